/** The subcommand `agent`: its flags, and how it begins and ends. */
import { hostname } from 'node:os';
import type { Command } from '../cli/command.js';
import type { Flag, FlagValues } from '../cli/flags.js';
import { kubeconfigFlag, logLevel, serviceFlags } from '../cli/shared-flags.js';
import { ignoreStraySignals } from '../platform/linux/stray-signals.js';
import { exit as endProcess } from '../platform/linux/sys.js';
import { createLogger, describeError } from '../platform/observability/log.js';
import { programVersion } from '../platform/observability/program-version.js';
import { missingCapabilities } from './capabilities.js';
import { closeAll } from './hand-over.js';
import { failed, runUntilStopped } from './program.js';
import { AnotherAgent } from './single-instance.js';
import { createSupervisor, superviseProcess } from './supervisor.js';

const flags: readonly Flag[] = [
  {
    name: 'node-name',
    env: 'NODE_NAME',
    type: 'string',
    value: 'NAME',
    help: "This node's name, as the members of VipGroups have it; without it, the host name.",
    check: (text) => (text === '' ? 'a node has a name: give it one' : undefined),
  },
  {
    name: 'manifests',
    type: 'string',
    value: 'DIR',
    help: 'Run without Kubernetes, from the VipGroup manifests (.yaml, .yml, .json) in this directory, reloaded when they change.',
  },
  {
    name: 'state-dir',
    type: 'string',
    value: 'DIR',
    default: '/var/lib/openelb-vip',
    help:
      'Where the last known groups are kept, for a start while the API server is unreachable, and what settings of the host were before a ' +
      'virtual MAC changed them.',
  },
  {
    name: 'namespace',
    type: 'string',
    value: 'NAME',
    default: 'openelb-system',
    help: 'Where the Lease is by which the agent says that it lives; the controller looks for it in its own namespace.',
  },
  {
    name: 'checks-dir',
    type: 'string',
    value: 'DIR',
    help: 'Where the programs and files are that the checks and notify hooks of groups may use, by name. Without it none is used.',
  },
  {
    name: 'keys-dir',
    type: 'string',
    value: 'DIR',
    help: 'Where the keys are that adverts are signed with (vrrp.authentication), one in each file NAME.ID; read again when they change.',
  },
  {
    name: 'passwords-dir',
    type: 'string',
    value: 'DIR',
    help:
      'With --manifests: where the passwords of BGP sessions are; that of spec.conf.passwordSecret NAME, entry KEY, in the file NAME/KEY. ' +
      'Read again when they change.',
  },
  {
    name: 'daemon-set',
    type: 'string',
    value: 'NAME',
    help:
      'The DaemonSet in --namespace that runs the agents: when it is gone as the agent is told to stop, routers are left for good, instead of ' +
      'being asked to keep the routes for the next agent.',
  },
  kubeconfigFlag,
  ...serviceFlags({ metrics: ':17472', health: '127.0.0.1:17473' }),
];

export const command: Command = {
  usage: 'openelb-vip agent [FLAGS]',
  about:
    "Takes part in the election of each VipGroup that names this node, and makes the group's addresses answer while it leads. " +
    'Needs root, or the capabilities NET_ADMIN and NET_RAW; with SYS_NICE it also gets real-time scheduling.',
  flags,
  run,
};

/** How long what still runs when all is done keeps the process, in milliseconds. */
const lastsMs = 1_500;
/** How long each part may take to close: a thread that is to write to a file system whose server is gone does not end. */
const closesMs = 1_000;

async function run(values: FlagValues): Promise<number> {
  const code = await runAndClose(values);
  // Node itself would wait for its threads first, of which one may read from a network file system whose server is gone.
  setTimeout(endProcess, lastsMs, code).unref();
  return code;
}

async function runAndClose(values: FlagValues): Promise<number> {
  const log = createLogger({ level: logLevel(values), program: 'agent' });
  log.info('starting', programVersion());
  const node = (values['node-name'] as string | undefined) ?? hostname().toLowerCase();
  const missing = missingCapabilities();
  if (missing !== undefined) return failed(log, 'not enough privileges', missing);
  ignoreStraySignals();
  const supervisor = createSupervisor(log, () => performance.now());
  const closers: (() => unknown)[] = [superviseProcess(supervisor)];
  try {
    const parts = { listeners: [], agent: undefined, feed: undefined, isStopping: false };
    return await runUntilStopped({ values, node, log, supervisor, closers, ...parts });
  } catch (error) {
    if (error instanceof AnotherAgent) return failed(log, 'another agent runs here', error.message);
    return failed(log, 'the agent cannot start', describeError(error));
  } finally {
    await closeAll(closers, closesMs);
  }
}
