import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LabError } from './command.js';

/**
 * Who owns which lab: one file per lab, with the owner's process. A file whose process is gone is the trace of a run that was killed.
 * Everything here is synchronous, because the last call comes from the process's `exit` event.
 */
const registry = '/run/openelb-vip-lab';
const netns = '/run/netns';

interface Owner {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: tells a process from a later one with the same id. */
  readonly started: string;
}

/**
 * Makes this process the owner of the lab, after removing what killed runs have left (of any lab).
 * @throws LabError when another living process owns a lab of that name, or without the right to make namespaces.
 */
export function claimLab(name: string): void {
  if (!/^[a-z][a-z0-9]*$/.test(name)) throw new LabError(`lab name ${name}: small letters and digits only`);
  if (process.getuid?.() !== 0) throw new LabError('network namespaces need root: run this as root');
  mkdirSync(registry, { recursive: true });
  for (const other of readdirSync(registry)) {
    const owner = JSON.parse(readFileSync(join(registry, other), 'utf8')) as Owner;
    if (startOf(owner.pid) !== owner.started) removeLab(other);
    else if (other === name)
      throw new LabError(`the lab ${name} is in use by process ${owner.pid}: end that one first (kill ${owner.pid})`);
  }
  removeLab(name);
  const me: Owner = { pid: process.pid, started: startOf(process.pid) ?? '' };
  writeFileSync(join(registry, name), JSON.stringify(me));
}

/** Ends every process in the lab's namespaces and removes them and its scratch folder. Safe to call again. */
export function removeLab(name: string): void {
  endOwnCommands(name);
  const namespaces = namespacesOf(name);
  for (const namespace of namespaces) {
    for (const pid of pidsIn(namespace)) kill(pid);
  }
  for (const namespace of namespaces) ip('netns', 'del', namespace);
  rmSync(scratchFolder(name), { recursive: true, force: true });
  rmSync(join(registry, name), { force: true });
}

/** Ends what this process has running of the lab's commands, such as one that is about to add a namespace. */
function endOwnCommands(name: string): void {
  const ours = new RegExp(`(^|\0)${name}-`);
  const pids = childrenOf(process.pid).filter((pid) => ours.test(textOf(`/proc/${pid}/cmdline`)));
  for (const pid of pids) kill(pid);
  // One that dies may yet finish what the kernel does for it.
  for (const pid of pids) while (stateOf(pid) !== undefined && stateOf(pid) !== 'Z') pauseMs(1);
}

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^[0-9]+$/.test(entry) && statOf(entry)[1] === String(pid))
    .map(Number);
}

const stateOf = (pid: number) => statOf(pid)[0];

function pauseMs(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** Where the lab's processes keep their logs and state; gone with the lab. */
export function scratchFolder(name: string): string {
  return join(tmpdir(), `openelb-vip-lab-${name}`);
}

function namespacesOf(name: string): string[] {
  try {
    return readdirSync(netns).filter((entry) => entry.startsWith(`${name}-`));
  } catch {
    return []; // no namespace was ever made on this machine
  }
}

function pidsIn(namespace: string): number[] {
  return ip('netns', 'pids', namespace).split('\n').filter(Boolean).map(Number);
}

function kill(pid: number): void {
  if (pid === process.pid) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it ended by itself meanwhile
  }
}

/** A namespace that is already gone is as good as removed. */
function ip(...args: string[]): string {
  try {
    return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}

/** Undefined for a process that is dead, also while nobody has asked how it died. */
function startOf(pid: number): string | undefined {
  const stat = statOf(pid);
  return stat[0] === 'Z' ? undefined : stat[19];
}

/** The fields of /proc/PID/stat from the third one, the state, on; none when there is no such process. */
function statOf(pid: number | string): readonly string[] {
  const stat = textOf(`/proc/${pid}/stat`);
  return stat === '' ? [] : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
