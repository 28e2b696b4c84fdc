/** An agent as a program: what is put together at its start, and how it goes on until it is told to stop. */
import { mkdir } from 'node:fs/promises';
import type { FlagValues } from '../cli/flags.js';
import { parseListenAddress } from '../cli/listen-address.js';
import { systemClock } from '../platform/kubernetes/clock.js';
import { exit as endProcess } from '../platform/linux/sys.js';
import { registerApiMetrics } from '../platform/observability/api-metrics.js';
import { serveRoutes } from '../platform/observability/health.js';
import { describeError, type Logger, type ProgramLog } from '../platform/observability/log.js';
import { createMetrics, type Metrics } from '../platform/observability/metrics.js';
import { registerBuildInfo } from '../platform/observability/program-version.js';
import { type Agent, deathText, startAgent } from './agent.js';
import { registerAgentMetrics } from './agent-metrics.js';
import { agentRoutes } from './agent-routes.js';
import { agentSocket } from './ask-agent.js';
import { type BgpManager, createBgpManager } from './bgp/manager.js';
import { registerBgpMetrics } from './bgp-metrics.js';
import { registerDrainingMetrics } from './draining/metrics.js';
import type { ReportedMembers } from './engine/messages.js';
import { feedFromCluster } from './feeds/cluster.js';
import type { Feed } from './feeds/contract.js';
import { feedFromDirectory } from './feeds/directory.js';
import { handOver, within } from './hand-over.js';
import { sourceText } from './health.js';
import { type Listener, listenPatiently } from './listener.js';
import { startRoutingThread } from './routing-thread.js';
import { openServiceManager, type ServiceManager } from './service-manager.js';
import { handleSignals, type SignalActions } from './signals.js';
import { takeInstanceLock } from './single-instance.js';
import { routingCheckpointPath } from './sources/bgp-checkpoint.js';
import type { Supervisor } from './supervisor.js';
import { tellCounters, tellState } from './tell.js';

/** How long a start that is broken off may take to come to where it can be. */
const startLastsMs = 1_000;

/** The agent as a program. What is made while it starts is undefined before. */
export interface Program {
  readonly values: FlagValues;
  readonly node: string;
  readonly log: ProgramLog;
  readonly supervisor: Supervisor;
  /** Takes what is to be called at the end, in reverse order, however that comes about. */
  readonly closers: (() => unknown)[];
  readonly listeners: Listener[];
  agent: Agent | undefined;
  feed: Feed | undefined;
  isStopping: boolean;
}

/** What a program has besides, before it starts. */
interface Parts {
  readonly manager: ServiceManager;
  readonly bgp: BgpManager;
}

/** @returns the exit code */
export async function runUntilStopped(p: Program): Promise<number> {
  const { log, supervisor, closers } = p;
  const manager = openServiceManager({
    env: process.env,
    log,
    problem: () => p.agent?.problem(),
    status: () => p.agent?.unnamed()?.text ?? `source ${sourceText(p.feed?.source)}`,
  });
  closers.push(manager.close);
  const signals = handleSignals(wishes(p, manager), supervisor);
  closers.push(signals.close);
  const bgp = bgpOf(p);
  let died: (reason: Error) => void = () => {};
  const death = new Promise<Error>((resolve) => {
    died = resolve;
  });
  const started = start(p, { manager, bgp }, died);
  const begun = await Promise.race([started, signals.stop, death]);
  if (typeof begun === 'string') {
    p.isStopping = true; // a start that is late begins nothing that nobody would end
    await within(startLastsMs, started);
  }
  const ended = begun ?? (await Promise.race([signals.stop, death]));
  if (ended instanceof Error) return failed(log, 'the agent ends', deathText(ended));
  p.isStopping = true;
  manager.stopping();
  log.info('stopping: handing over', { signal: ended });
  const { agent, feed } = p;
  const outcome = await Promise.race([handOver({ feed, agent, bgp, log }), signals.stopAtOnce]);
  if (outcome === 'done') {
    log.info('stopped');
    return 0;
  }
  log.warn('stopping at once', { signal: outcome });
  await Promise.all([p.agent?.release('at-once'), bgp.leave({ how: 'at-once', text: 'the agent is ended' })]);
  closers.unshift(() => endProcess(1));
  return 1;
}

/** What signals ask for, beside its end. */
function wishes(p: Program, manager: ServiceManager): SignalActions {
  const { log, node, supervisor } = p;
  return {
    async reload() {
      log.info('reading again what the agent goes by');
      await manager.reload(() => Promise.all([p.feed?.source.reload(), p.agent?.reloadKeys()]));
    },
    async tellState() {
      const report = await reported(p);
      if (report !== undefined) tellState(log, node, sourceText(p.feed?.source), report);
    },
    async tellCounters() {
      const report = await reported(p);
      if (report !== undefined) tellCounters(log, report, supervisor.counts());
    },
  };
}

/** What the engine says of its groups, or why it does not; undefined before there is one. */
function reported({ agent }: Program, members?: ReportedMembers) {
  return agent?.report(members).catch((error: unknown) => ({ engine: describeError(error) }));
}

function stateDirectory({ values }: Program): string {
  return String(values['state-dir']);
}

function bgpOf(p: Program): BgpManager {
  const { node, log, supervisor } = p;
  const stateDir = stateDirectory(p);
  return createBgpManager({
    async start(on) {
      await mkdir(stateDir, { recursive: true });
      return startRoutingThread(routingCheckpointPath(stateDir, node), on);
    },
    connectBfd(thread) {
      const { link, ended } = p.agent!.connectBfd(thread.wakeFd);
      thread.connectBfd(link);
      return ended;
    },
    changed: () => p.feed?.bgpChanged(),
    supervisor,
    log,
    clock: systemClock,
  });
}

/** @param onDeath called when the engine has ended by itself */
async function start(p: Program, { manager, bgp }: Parts, onDeath: (reason: Error) => void): Promise<void> {
  const { values, node, log, supervisor, closers } = p;
  const metrics = createMetrics();
  registerBuildInfo(metrics);
  const onCall = registerApiMetrics(metrics);
  await listen(p, bgp, metrics);
  const agent = await startAgent({
    node,
    log,
    stateDir: stateDirectory(p),
    checksDir: values['checks-dir'] as string | undefined,
    keysDir: values['keys-dir'] as string | undefined,
    status: () => p.feed?.status,
    supervisor,
    ofShared: bgp,
    onDeath,
  });
  p.agent = agent;
  closers.push(agent.end, bgp.end);
  if (p.isStopping) return;
  registerAgentMetrics(metrics, {
    figures: agent.figures,
    source: () => p.feed?.source,
    errors: supervisor.counts,
    linesLost: log.lost,
  });
  registerBgpMetrics(metrics, bgp);
  registerDrainingMetrics(metrics, agent.draining);
  const begin = values.manifests === undefined ? feedFromCluster : feedFromDirectory;
  p.feed = await begin({ values, node, log, agent, bgp, env: process.env, onCall });
  if (!p.isStopping) manager.ready();
}

/** Answers on the agent's socket, of which there is one on a node, and at the addresses of its flags. */
async function listen(p: Program, bgp: BgpManager, metrics: Metrics): Promise<void> {
  const { values, node, log } = p;
  const { all, local } = agentRoutes({
    node,
    metrics,
    agent: () => p.agent,
    bgp,
    source: () => p.feed?.source,
    reported: (members) => reported(p, members),
    amiss: () => amiss(p, bgp),
    alive: () => p.feed?.alive,
  });
  const keep = (listener: Listener) => {
    p.listeners.push(listener);
    p.closers.push(listener.close);
  };
  keep(await takeInstanceLock({ node, log, listen: () => serveRoutes({ path: agentSocket(node) }, all, local) }));
  for (const name of ['metrics-address', 'health-address']) {
    const text = String(values[name]);
    const address = parseListenAddress(text);
    if (address === undefined || address === 'off') continue;
    const what = `--${name} ${text} is not answered: end who has it, or choose another, or 0 for none`;
    keep(await listenPatiently({ what, log, listen: () => serveRoutes(address, all, local) }));
  }
}

function amiss({ log, supervisor, listeners, feed }: Program, bgp: BgpManager): readonly (string | undefined)[] {
  return [
    log.problem(),
    supervisor.problem(),
    ...listeners.map((each) => each.problem()),
    ...bgp.problems(),
    ...(feed?.problems() ?? []),
  ];
}

/** @returns the exit code */
export function failed(log: Logger, message: string, reason: string): number {
  log.error(message, { reason });
  return 1;
}
