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

/** A part of this process's address space. */
export interface Mapping {
  readonly start: bigint;
  readonly end: bigint;
}

/** Leaves them; returns how many mappings were concerned. Where /proc does not tell, none is: this saves memory, nothing depends on it. */
export function forgetFilePages(): number {
  let text: string;
  try {
    text = readFileSync('/proc/self/smaps', 'utf8');
  } catch {
    return 0;
  }
  const mappings = forgettable(text);
  for (const { start, end } of mappings) madvise(start, end - start, MADV_DONTNEED);
  return mappings.length;
}

/** The mappings in the text of /proc/self/smaps that hold nothing but pages of a file, as they are in it. */
export function forgettable(smaps: string): readonly Mapping[] {
  return smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).flatMap((text) => {
    const [, start, end, permissions, inode] = /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ (\d+)/.exec(text) ?? [];
    if (inode === undefined || inode === '0' || !permissions?.endsWith('p') || permissions.includes('w')) return [];
    const own = ['Private_Dirty', 'Shared_Dirty', 'Anonymous', 'Swap'].some((field) => kilobytes(text, field) !== 0);
    return own || kilobytes(text, 'Rss') === 0 ? [] : [{ start: BigInt(`0x${start}`), end: BigInt(`0x${end}`) }];
  });
}

/** Undefined, which is no number of kilobytes, when the kernel does not say. */
function kilobytes(text: string, field: string): number | undefined {
  const [, digits] = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits);
}
