/** The subcommand `agent`: its flags, and an agent put together from them and run until it is told to stop. */
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { Command } from '../cli/command.js';
import type { Flag, FlagValues } from '../cli/flags.js';
import { parseListenAddress } from '../cli/listen-address.js';
import { kubeconfigFlag, logLevel, serviceFlags } from '../cli/shared-flags.js';
import { systemClock } from '../platform/kubernetes/clock.js';
import { ignoreStraySignals } from '../platform/linux/stray-signals.js';
import { exit as endProcess } from '../platform/linux/sys.js';
import { registerApiMetrics } from '../platform/observability/api-metrics.js';
import { serveRoutes } from '../platform/observability/health.js';
import { createLogger, describeError, type Logger, type ProgramLog } from '../platform/observability/log.js';
import { createMetrics } from '../platform/observability/metrics.js';
import { programVersion, registerBuildInfo } from '../platform/observability/program-version.js';
import { type Agent, deathText, startAgent } from './agent.js';
import { registerAgentMetrics } from './agent-metrics.js';
import { agentRoutes } from './agent-routes.js';
import { agentSocket } from './ask-agent.js';
import { createBgpManager } from './bgp/manager.js';
import { registerBgpMetrics } from './bgp-metrics.js';
import { missingCapabilities } from './capabilities.js';
import { registerDrainingMetrics } from './draining/metrics.js';
import type { ReportedMembers } from './engine/messages.js';
import { type Feed, feedFromCluster, feedFromDirectory } from './feeds.js';
import { closeAll, handOver, within } from './hand-over.js';
import { sourceText } from './health.js';
import { type Listener, listenPatiently } from './listener.js';
import { startRoutingThread } from './routing-thread.js';
import { openServiceManager } from './service-manager.js';
import { handleSignals } from './signals.js';
import { AnotherAgent, takeInstanceLock } from './single-instance.js';
import { routingCheckpointPath } from './sources/bgp-checkpoint.js';
import { createSupervisor, type Supervisor, superviseProcess } from './supervisor.js';
import { tellCounters, tellState } from './tell.js';

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
/** How long each part may take to close: a thread that is to write to such a file system does not end. */
const closesMs = 1_000;
/** How long a start that is broken off may take to come to where it can be. */
const startLastsMs = 1_000;

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
    return await runUntilStopped(values, { node, log, supervisor, closers });
  } catch (error) {
    if (error instanceof AnotherAgent) return failed(log, 'another agent runs here', error.message);
    return failed(log, 'the agent cannot start', describeError(error));
  } finally {
    await closeAll(closers, closesMs);
  }
}

/** @param o.closers takes what is to be called at the end, in reverse order, however that comes about */
async function runUntilStopped(
  values: FlagValues,
  o: {
    readonly node: string;
    readonly log: ProgramLog;
    readonly supervisor: Supervisor;
    readonly closers: (() => unknown)[];
  },
): Promise<number> {
  const { node, log, supervisor, closers } = o;
  let agent: Agent | undefined;
  let feed: Feed | undefined;
  let isStopping = false;
  const reported = (members?: ReportedMembers) =>
    agent?.report(members).catch((error: unknown) => ({ engine: describeError(error) }));
  const manager = openServiceManager({
    env: process.env,
    log,
    problem: () => agent?.problem(),
    status: () => agent?.unnamed()?.text ?? `source ${sourceText(feed?.source)}`,
  });
  closers.push(manager.close);
  const signals = handleSignals(
    {
      async reload() {
        log.info('reading again what the agent goes by');
        await manager.reload(() => Promise.all([feed?.source.reload(), agent?.reloadKeys()]));
      },
      async tellState() {
        const report = await reported();
        if (report !== undefined) tellState(log, node, sourceText(feed?.source), report);
      },
      async tellCounters() {
        const report = await reported();
        if (report !== undefined) tellCounters(log, report, supervisor.counts());
      },
    },
    supervisor,
  );
  closers.push(signals.close);

  const stateDir = String(values['state-dir']);
  const bgp = createBgpManager({
    async start(on) {
      await mkdir(stateDir, { recursive: true });
      return startRoutingThread(routingCheckpointPath(stateDir, node), on);
    },
    connectBfd(thread) {
      const { link, ended } = agent!.connectBfd(thread.wakeFd);
      thread.connectBfd(link);
      return ended;
    },
    changed: () => feed?.bgpChanged(),
    supervisor,
    log,
    clock: systemClock,
  });
  const metrics = createMetrics();
  registerBuildInfo(metrics);
  const onCall = registerApiMetrics(metrics);
  const listeners: Listener[] = [];
  const amiss = () => [
    log.problem(),
    supervisor.problem(),
    ...listeners.map((each) => each.problem()),
    ...bgp.problems(),
    ...(feed?.problems() ?? []),
  ];
  const routes = agentRoutes({ node, metrics, agent: () => agent, bgp, source: () => feed?.source, reported, amiss });
  const keep = (listener: Listener) => {
    listeners.push(listener);
    closers.push(listener.close);
  };
  const { all, local } = routes;
  let died: (reason: Error) => void = () => {};
  const death = new Promise<Error>((resolve) => {
    died = resolve;
  });
  async function start(): Promise<void> {
    keep(await takeInstanceLock({ node, log, listen: () => serveRoutes({ path: agentSocket(node) }, all, local) }));
    for (const name of ['metrics-address', 'health-address']) {
      const text = String(values[name]);
      const address = parseListenAddress(text);
      if (address === undefined || address === 'off') continue;
      const what = `--${name} ${text} is not answered: end who has it, or choose another, or 0 for none`;
      keep(await listenPatiently({ what, log, listen: () => serveRoutes(address, all, local) }));
    }
    agent = await startAgent({
      node,
      log,
      stateDir,
      checksDir: values['checks-dir'] as string | undefined,
      keysDir: values['keys-dir'] as string | undefined,
      status: () => feed?.status,
      supervisor,
      onDeath: (reason) => died(reason),
    });
    closers.push(agent.end, bgp.end);
    if (isStopping) return;
    registerAgentMetrics(metrics, agent.figures, () => feed?.source, supervisor.counts, log.lost);
    registerBgpMetrics(metrics, bgp);
    registerDrainingMetrics(metrics, agent.draining);
    const begin = values.manifests === undefined ? feedFromCluster : feedFromDirectory;
    feed = await begin({ values, node, log, agent, bgp, env: process.env, onCall });
    if (!isStopping) manager.ready();
  }

  const started = start();
  const begun = await Promise.race([started, signals.stop, death]);
  if (typeof begun === 'string') {
    isStopping = true; // a start that is late begins nothing that nobody would end
    await within(startLastsMs, started);
  }
  const ended = begun ?? (await Promise.race([signals.stop, death]));
  if (ended instanceof Error) return failed(log, 'the agent ends', deathText(ended));
  isStopping = true;
  manager.stopping();
  log.info('stopping: handing over', { signal: ended });
  const outcome = await Promise.race([handOver({ feed, agent, bgp, log }), signals.stopAtOnce]);
  if (outcome === 'done') {
    log.info('stopped');
    return 0;
  }
  log.warn('stopping at once', { signal: outcome });
  await Promise.all([agent?.release('at-once'), bgp.leave({ how: 'at-once', text: 'the agent is ended' })]);
  closers.unshift(() => endProcess(1));
  return 1;
}

function failed(log: Logger, message: string, reason: string): number {
  log.error(message, { reason });
  return 1;
}
