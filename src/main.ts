#!/usr/bin/env -S node --v8-pool-size=1 --single-threaded-gc --max-semi-space-size=1 --optimize-for-size --no-sparkplug --no-maglev --no-separate-gc-phases --expose-gc --inspect-port=240.0.0.1:0
/**
 * The executable `openelb-vip`: finds the subcommand, reads its flags, runs it and exits with its code.
 *
 * Subcommands are loaded when asked for, so that an agent never carries the controller in its memory. The flags above keep V8 small. One
 * helper thread, for the optimizing compiler: 0 would mean as many as the node has cores. None for collections, so that no thread waits for
 * another's (`agent/collect-alone.ts`). A megabyte for young objects, which would else take most of what these programs ever use. Heaps
 * that grow in small steps. No code from the two compilers in between: it takes megabytes and these programs are as fast without. Young
 * objects are collected while old ones are marked, too: the engine has no event loop to end the marking soon, and its heap doubled meanwhile.
 * A way to collect garbage at once, when a start is over (`agent/spare-memory.ts`). And no debugger for a SIGUSR1 that comes before this program has
 * its say: it would listen at an address that no host has (RFC 1112 4). Node has a flag for that (--disable-sigusr1), but not Node 20.
 */
import type { Command } from './cli/command.js';
import { helpText, nearest, parseFlags } from './cli/flags.js';

interface Subcommand {
  readonly summary: string;
  /** Signals that do not end it, from the start on. It says later what else they mean. */
  readonly outlives?: readonly NodeJS.Signals[];
  load(): Promise<{ readonly command: Command }>;
}

const subcommands: Readonly<Record<string, Subcommand>> = {
  controller: {
    summary: 'give addresses to Services and place them on nodes (one per cluster)',
    load: () => import('./controller/command.js'),
  },
  agent: {
    summary: 'make addresses answer, by VRRP (one per node)',
    outlives: [
      'SIGHUP',
      'SIGUSR2',
      ...(['SIGALRM', 'SIGIO', 'SIGPROF', 'SIGPWR', 'SIGSTKFLT', 'SIGVTALRM', 'SIGXCPU', 'SIGXFSZ'] as const),
    ],
    load: () => import('./agent/command.js'),
  },
  status: {
    summary: 'show which node holds which addresses',
    load: () => import('./status/command.js'),
  },
  history: {
    summary: 'show who led which group when, and why that changed',
    load: () => import('./history/command.js'),
  },
  rebalance: {
    summary: "bring an Eip's groups back to their preferred leaders",
    load: () => import('./rebalance/command.js'),
  },
  'wait-drained': {
    summary: 'wait until no connection goes by a node any more',
    load: () => import('./wait-drained/command.js'),
  },
  'probe-service': {
    summary: 'wait until a Service is announced and answers',
    load: () => import('./probe-service/command.js'),
  },
  convert: {
    summary: "turn another load balancer's configuration into ours",
    load: () => import('./convert/command.js'),
  },
  check: {
    summary: 'say what is wrong with manifests before they are applied',
    load: () => import('./check/command.js'),
  },
  doctor: {
    summary: 'say what is wrong on a node or in a cluster, and what to do',
    load: () => import('./doctor/command.js'),
  },
  completion: {
    summary: 'print what bash or zsh completes this program by',
    load: async () => (await import('./completion/command.js')).completionOf(subcommands),
  },
  version: {
    summary: 'say which version of this program this is',
    load: () => import('./version/command.js'),
  },
};

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    (name === undefined ? process.stderr : process.stdout).write(overview());
    return name === undefined ? 2 : 0;
  }
  const subcommand = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
  if (subcommand === undefined) {
    const close = nearest(name, Object.keys(subcommands));
    const remedy = close === undefined ? 'see openelb-vip --help' : `did you mean ${close}?`;
    return usageError(`unknown command ${JSON.stringify(name)}: ${remedy}`);
  }
  // Before anything is loaded, which takes a while. Nobody is to get a debugger by a signal.
  for (const signal of ['SIGUSR1' as const, ...(subcommand.outlives ?? [])]) process.on(signal, () => {});
  const { command } = await subcommand.load();
  const parsed = parseFlags(command.flags, rest, process.env, command);
  if (!parsed.ok) return usageError(parsed.problem);
  if (parsed.help) {
    process.stdout.write(helpText(command));
    return 0;
  }
  return command.run(parsed.values, parsed.positionals);
}

function overview(): string {
  const lines = Object.entries(subcommands).map(([name, { summary }]) => `  ${name.padEnd(15)}${summary}`);
  return [
    'Usage: openelb-vip COMMAND [FLAGS]',
    '',
    'Addresses for Services of type LoadBalancer on bare metal.',
    '',
    'Commands:',
    ...lines,
    '',
    'openelb-vip COMMAND --help lists the flags of a command.',
    '',
  ].join('\n');
}

function usageError(problem: string): number {
  process.stderr.write(`openelb-vip: ${problem}\n`);
  return 2;
}

/** How long what still runs when a command is done keeps the process, in milliseconds. */
const lastsMs = 2_000;

/**
 * Nothing that a command left open keeps the program from ending. `process.exit` would wait for Node's threads, of which one may read from
 * a network file system whose server is gone.
 */
async function endProcess(code: number): Promise<void> {
  try {
    (await import('./platform/linux/sys.js')).exit(code);
  } catch {
    process.exit(code); // what calls libc cannot be loaded here
  }
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
    setTimeout(endProcess, lastsMs, code).unref();
  },
  (error: unknown) => {
    process.stderr.write(`openelb-vip: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  },
);
