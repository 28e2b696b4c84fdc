/** What a program takes, as the kernel and Node.js say. */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Quantities by name, such as `sockets` or `heap, MiB`. */
export type Sample = ReadonlyMap<string, number>;

const MiB = 2 ** 20;

export interface Soaked {
  readonly name: string;
  readonly pid: number;
  /** Its memory cgroup. */
  readonly folder: string;
  /** What `resources.cjs` writes. */
  readonly file: string;
}

export function sample(program: Soaked): Sample {
  return new Map([...ofProcess(program.pid), ...ofGroup(program.folder), ...ofNode(program.file)]);
}

function ofProcess(pid: number): readonly (readonly [string, number])[] {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)![1]);
  const opened = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return []; // closed meanwhile
    }
  });
  return [
    ['resident of no file, MiB', field('RssAnon') / 1024],
    ['threads', field('Threads')],
    ['open files', opened.length],
    ['sockets', opened.filter((each) => each.startsWith('socket:')).length],
  ];
}

/** Usage without file pages that nobody used lately, and what the kernel itself has for it; in cgroups of version 1 or 2. */
function ofGroup(folder: string): readonly (readonly [string, number])[] {
  const number = (...names: readonly string[]) => {
    const name = names.find((each) => existsSync(join(folder, each)));
    return name === undefined ? undefined : Number(readFileSync(join(folder, name), 'utf8'));
  };
  const stat = new Map(
    readFileSync(join(folder, 'memory.stat'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' ') as [string, string]),
  );
  const used = number('memory.usage_in_bytes', 'memory.current') ?? Number.NaN;
  const inactive = Number(stat.get('total_inactive_file') ?? stat.get('inactive_file') ?? 0);
  const kernel = number('memory.kmem.usage_in_bytes') ?? Number(stat.get('kernel') ?? Number.NaN);
  return [
    ['working set, MiB', (used - inactive) / MiB],
    ...(Number.isNaN(kernel) ? [] : [['kernel memory, MiB', kernel / MiB] as const]),
  ];
}

function ofNode(file: string): readonly (readonly [string, number])[] {
  if (!existsSync(file)) return [];
  const said = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly heapUsed: number;
    readonly code: number;
    readonly external: number;
    readonly resources: Readonly<Record<string, number>>;
  };
  const resources = Object.entries(said.resources);
  const timers = resources.filter(([name]) => /Timeout|Immediate/.test(name));
  const sum = (list: readonly (readonly [string, number])[]) => list.reduce((total, [, count]) => total + count, 0);
  return [
    ['heap after a collection, MiB', said.heapUsed / MiB],
    ['of that compiled code, MiB', said.code / MiB],
    ['of that all else, MiB', (said.heapUsed - said.code) / MiB],
    ['outside the heap, MiB', said.external / MiB],
    ['timers', sum(timers)],
    ['handles', sum(resources) - sum(timers)],
  ];
}
