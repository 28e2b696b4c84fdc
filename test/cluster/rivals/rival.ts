// Owns: a controller as a process of its own that acts at once, without an election, and is started again each time it is killed.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { programArguments } from '../../lab/process.js';
import { type Child, startChild } from '../child-process.js';
import type { Cluster } from '../harness.js';
import { writeKubeconfig } from '../kubeconfig.js';
import { type Fate, openWriteGate } from './write-gate.js';

export interface Rival {
  readonly name: string;
  /** How often it was killed at a write. */
  kills(): Readonly<Record<Exclude<Fate, 'pass'>, number>>;
  tail(): string;
  stop(): Promise<void>;
}

/**
 * @param o.fateOf decides at each write other than of Events whether the controller dies there
 * @param o.lateMs how late what a watch brings comes, by its path
 */
export async function startRival(
  cluster: Cluster,
  o: { name: string; folder: string; fateOf(): Fate; lateMs(path: string): number },
): Promise<Rival> {
  const kills = { before: 0, after: 0 };
  let child: Child | undefined;
  let stopped = false;
  let dying = false;

  const kill = async () => {
    child?.kill('SIGKILL');
    await child?.ended;
    dying = false;
    if (!stopped) await start();
  };
  const gate = await openWriteGate(cluster, {
    fateOf: () => {
      const fate = dying || stopped ? 'pass' : o.fateOf();
      if (fate === 'pass') return fate;
      kills[fate] += 1;
      dying = true;
      return fate;
    },
    kill,
    lateMs: o.lateMs,
  });
  const folder = join(o.folder, o.name);
  await mkdir(folder, { recursive: true });
  const kubeconfig = join(folder, 'kubeconfig');
  await writeKubeconfig(kubeconfig, { url: gate.url });

  const start = async () => {
    const program = programArguments(new URL('../../../src/main', import.meta.url), import.meta.url);
    const flags = [`--kubeconfig=${kubeconfig}`, '--metrics-address=', '--health-address=', '--log-level=debug'];
    const command = ['OPENELB_LEADER_ELECT=false', process.execPath, ...program, 'controller', ...flags];
    child = await startChild('env', command, join(folder, 'log'));
  };
  await start();
  return {
    name: o.name,
    kills: () => kills,
    tail: () => child?.tail() ?? '',
    stop: async () => {
      stopped = true;
      await child?.stop();
      await gate.close();
    },
  };
}
