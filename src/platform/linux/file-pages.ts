/**
 * Leaves pages of files that this process has mapped but does not need at the moment, such as most of Node's own program once everything
 * has started, to the kernel.
 *
 * Owns: which mappings that is safe for. Only those that cannot be written and hold no page of this process's own: there the kernel only
 * takes pages out of the process's tables, keeps them in its cache, and maps them again, without reading a disk, when they are touched (a
 * microsecond for each 64 KiB). They count as resident otherwise: a bare Node has 34 MB of them.
 *
 * Source: madvise(2) MADV_DONTNEED, proc_pid_smaps(5).
 */
import { readFileSync } from 'node:fs';
import { madvise } from './sys.js';

const MADV_DONTNEED = 4;
/** Bytes. */
const pieceSize = 262_144n;

/** A part of this process's address space. */
export interface Mapping {
  readonly start: bigint;
  readonly end: bigint;
}

/**
 * Leaves the pages of all files; returns how many mappings were concerned. Where /proc does not tell, none is: this saves memory, nothing
 * depends on it. Asking /proc holds up other threads that map memory, for as long as the asking one may be kept from the processor.
 */
export function forgetFilePages(): number {
  const mappings = forgettable(ownMappings());
  forgetPages(mappings);
  return mappings.length;
}

/**
 * Where the pages of the program that this process runs are, Node's own: unlike those of a library they stay where they are. To be asked
 * before there are other threads. Node maps its built-in functions once more for each, and something else may be there when that one
 * has ended, whose memory `forgetPages` would destroy.
 */
export function programMappings(): readonly Mapping[] {
  return forgettable(ownMappings(), process.execPath);
}

/** Leaves the pages of these mappings, little by little: each piece holds up other threads for some microseconds. */
export function forgetPages(mappings: readonly Mapping[]): void {
  for (const { start, end } of mappings) {
    for (let at = start; at < end; at += pieceSize)
      madvise(at, end - at < pieceSize ? end - at : pieceSize, MADV_DONTNEED);
  }
}

function ownMappings(): string {
  try {
    return readFileSync('/proc/self/smaps', 'utf8');
  } catch {
    return '';
  }
}

/**
 * The mappings in the text of /proc/self/smaps that hold nothing but pages of a file, as they are in it.
 *
 * @param only of this file alone; undefined: of any
 */
export function forgettable(smaps: string, only?: string): readonly Mapping[] {
  return smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).flatMap((text) => {
    const [, start, end, permissions, inode, file] =
      /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ (\d+) *(.*)$/m.exec(text) ?? [];
    if (inode === undefined || inode === '0' || !permissions?.endsWith('p') || permissions.includes('w')) return [];
    if (only !== undefined && file !== only) return [];
    const own = ['Private_Dirty', 'Shared_Dirty', 'Anonymous', 'Swap'].some((field) => kilobytes(text, field) !== 0);
    return own || kilobytes(text, 'Rss') === 0 ? [] : [{ start: BigInt(`0x${start}`), end: BigInt(`0x${end}`) }];
  });
}

/** Undefined, which is no number of kilobytes, when the kernel does not say. */
function kilobytes(text: string, field: string): number | undefined {
  const [, digits] = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits);
}
