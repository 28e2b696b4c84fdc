/** The subcommand `agent`: its flags, and an agent put together from them and run until it is told to stop. */
import { hostname } from 'node:os';
import type { Command } from '../cli/command.js';
import type { Flag, FlagValues } from '../cli/flags.js';
import { parseListenAddress } from '../cli/listen-address.js';
import { kubeconfigFlag, logLevel, serviceFlags } from '../cli/shared-flags.js';
import { healthRoute, type Route, serveRoutes } from '../platform/observability/health.js';
import { createLogger, describeError, type Logger } from '../platform/observability/log.js';
import { createMetrics } from '../platform/observability/metrics.js';
import { type Agent, deathText, startAgent } from './agent.js';
import { registerAgentMetrics } from './agent-metrics.js';
import { missingCapabilities } from './capabilities.js';
import { type Feed, feedFromCluster, feedFromDirectory } from './feeds.js';
import { readinessOf, readyRoute, sourceText } from './health.js';
import { agentSocket } from './single-instance.js';
import type { GroupSource } from './sources/group-source.js';

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

async function run(values: FlagValues): Promise<number> {
  const log = createLogger({ level: logLevel(values), program: 'agent' });
  const node = (values['node-name'] as string | undefined) ?? hostname().toLowerCase();
  const missing = missingCapabilities();
  if (missing !== undefined) return failed(log, 'not enough privileges', missing);
  const closers: (() => unknown)[] = [];
  try {
    return await runUntilStopped(values, node, log, closers);
  } catch (error) {
    return failed(log, 'the agent cannot start', describeError(error));
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

/** @param closers takes what is to be called at the end, in reverse order, however that comes about */
async function runUntilStopped(
  values: FlagValues,
  node: string,
  log: Logger,
  closers: (() => unknown)[],
): Promise<number> {
  let agent: Agent | undefined;
  let source: GroupSource | undefined;
  const metrics = createMetrics();
  const reported = () => agent?.report().catch((error: unknown) => ({ engine: describeError(error) }));
  const status: Route = async () => {
    const unnamed = agent?.unnamed()?.text;
    return json({ node, source: sourceText(source), ...(unnamed && { unnamed }), ...(await reported()) });
  };
  const routes = {
    '/healthz': healthRoute(() => (agent === undefined ? 'starting' : agent.problem())),
    '/readyz': readyRoute(async () => readinessOf(agent, source, agent?.problem() ? undefined : await reported())),
    '/metrics': async () => ({ status: 200, contentType: 'text/plain; version=0.0.4', body: await metrics.text() }),
    '/status': status,
  };
  try {
    closers.push((await serveRoutes({ path: agentSocket(node) }, routes)).close);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return failed(
      log,
      'another agent runs here',
      `this host has an agent with the node name ${node} already: stop it first`,
    );
  }
  for (const name of ['metrics-address', 'health-address']) {
    closers.push(await listen(name, values, routes));
  }

  let feed: Feed | undefined;
  let died: (reason: Error) => void = () => {};
  const death = new Promise<Error>((resolve) => {
    died = resolve;
  });
  agent = await startAgent({
    node,
    log,
    stateDir: String(values['state-dir']),
    checksDir: values['checks-dir'] as string | undefined,
    keysDir: values['keys-dir'] as string | undefined,
    status: () => feed?.status,
    onDeath: (reason) => died(reason),
  });
  closers.push(agent.end);
  registerAgentMetrics(metrics, agent.report, () => source);
  const signals = signalled();
  const begin = values.manifests === undefined ? feedFromCluster : feedFromDirectory;
  feed = await begin({ values, node, log, agent, env: process.env });
  source = feed.source;
  const ended = await Promise.race([signals.first, death]);
  if (ended instanceof Error) return failed(log, 'the agent ends', deathText(ended));
  log.info('stopping: handing over', { signal: ended });
  void signals.second.then((signal) => {
    log.warn('stopping at once', { signal });
    process.exit(1);
  });
  await source.stop();
  await agent.release();
  await feed.close();
  log.info('stopped');
  return 0;
}

async function listen(
  name: string,
  values: FlagValues,
  routes: Readonly<Record<string, Route>>,
): Promise<() => unknown> {
  const text = String(values[name]);
  const address = parseListenAddress(text);
  if (address === undefined || address === 'off') return () => {};
  try {
    return (await serveRoutes(address, routes)).close;
  } catch (cause) {
    throw new Error(`--${name} ${text}: cannot listen there: choose another, or 0 for none`, { cause });
  }
}

function signalled(): { readonly first: Promise<NodeJS.Signals>; readonly second: Promise<NodeJS.Signals> } {
  const waiting: ((signal: NodeJS.Signals) => void)[] = [];
  const promises = [0, 1].map(() => new Promise<NodeJS.Signals>((resolve) => waiting.push(resolve)));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => waiting.shift()?.(signal));
  return { first: promises[0]!, second: promises[1]! };
}

function json(value: object) {
  return { status: 200, contentType: 'application/json', body: `${JSON.stringify(value)}\n` };
}

function failed(log: Logger, message: string, reason: string): number {
  log.error(message, { reason });
  return 1;
}
