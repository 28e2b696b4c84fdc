/** `openelb-vip controller`: its flags, and its life from start to SIGTERM. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { controllerLeaseLabels } from '../api/agent-lease.js';
import { leaseKey } from '../api/asking.js';
import type { Command } from '../cli/command.js';
import type { Flag, FlagValues } from '../cli/flags.js';
import { parseListenAddress } from '../cli/listen-address.js';
import { kubeconfigFlag, logLevel, serviceFlags } from '../cli/shared-flags.js';
import { type ApiClient, openClient } from '../platform/kubernetes/client.js';
import { systemClock } from '../platform/kubernetes/clock.js';
import { loadConnection } from '../platform/kubernetes/connection.js';
import { createEventRecorder } from '../platform/kubernetes/events.js';
import { createGate, type Gate } from '../platform/kubernetes/fence.js';
import { runElection } from '../platform/kubernetes/lease.js';
import { registerApiMetrics } from '../platform/observability/api-metrics.js';
import { type HealthServer, healthRoute, type Routes, serveRoutes } from '../platform/observability/health.js';
import { listeningProblem } from '../platform/observability/listening.js';
import { createLogger, type Logger } from '../platform/observability/log.js';
import { createMetrics, type Metrics } from '../platform/observability/metrics.js';
import { programVersion, registerBuildInfo } from '../platform/observability/program-version.js';
import { createSigner } from '../platform/signatures/ed25519.js';
import { collectAll } from '../platform/v8/collect-all.js';
import { type Controller, startController } from './controller.js';
import { registerMetrics, registerWebhookMetrics } from './metrics.js';
import { whenServed } from './served.js';
import { registerTimings } from './timings.js';
import { idListProblem, idRangeProblem, idsOf } from './virtual-router-id-flags.js';
import { webFlags, webSettings } from './web/flags.js';
import type { Web } from './web/web.js';
import { agentAccountFlag, webhookAddress, webhookClientFlags, webhookClients, webhookFlag } from './webhook/flag.js';
import { startWebhook, type Webhook } from './webhook/webhook.js';

export const flags: readonly Flag[] = [
  kubeconfigFlag,
  {
    name: 'namespace',
    type: 'string',
    value: 'NAME',
    default: 'openelb-system',
    help: "Where the Lease of the leader election is, and the Secret with the webhook's certificate.",
  },
  {
    name: 'leader-elect',
    type: 'boolean',
    default: true,
    help: 'Act only while holding the Lease openelb-controller, so that several may run; OPENELB_LEADER_ELECT=false acts at once.',
  },
  {
    name: 'ask-agents',
    type: 'boolean',
    default: true,
    help: 'While it leads, ask each agent every 3 s whether it lives, at the port of its metrics; those that are heard so write their Lease once in 2 min instead of each 4 s. Needs --leader-elect.',
  },
  {
    name: 'all-services',
    type: 'boolean',
    default: false,
    help: 'Serve every LoadBalancer Service without a class, not only those with the annotation lb.kubesphere.io/v1alpha1: openelb.',
  },
  {
    name: 'metallb-objects',
    type: 'boolean',
    default: false,
    help:
      "Make Eips, BgpConf and BgpPeers of MetalLB's objects, keep them equal, and, once MetalLB does not run any more, serve LoadBalancer " +
      'Services without a class as it did.',
  },
  {
    name: 'metallb-namespace',
    type: 'string',
    value: 'NAME',
    default: 'metallb-system',
    help: "Where MetalLB's objects are read, with --metallb-objects.",
  },
  {
    name: 'vrid-range',
    type: 'string',
    value: 'FIRST-LAST',
    default: '1-255',
    help: 'The virtual router IDs that VipGroups may have.',
    check: idRangeProblem,
  },
  {
    name: 'reserved-vrids',
    type: 'string',
    value: 'LIST',
    default: '',
    help: 'Virtual router IDs that other routers on the network use, like 1,10-12; VipGroups avoid them, and leave them.',
    check: idListProblem,
  },
  webhookFlag,
  ...webhookClientFlags,
  agentAccountFlag,
  ...webFlags,
  ...serviceFlags({ metrics: ':50052', health: ':50054' }),
];

/** What src/web is bundled into, beside this program. */
const builtPage = new URL('../web/', import.meta.url);

/** How long after the start what only that needed is given back, in milliseconds: all is looked at by then. */
const startMs = 45_000;

export const command: Command = {
  usage: 'openelb-vip controller [FLAGS]',
  about: 'Gives addresses to Services of type LoadBalancer and decides which nodes announce them.',
  flags,
  run: async (values) => {
    // Objects from the API are mostly garbage the moment they were read: collect it sooner than V8 would by itself.
    setFlagsFromString('--heap-growing-percent=30');
    const log = createLogger({ level: logLevel(values), program: 'controller' });
    log.info('starting', programVersion());
    const stopping = new AbortController();
    const stop = () => stopping.abort();
    process.on('SIGTERM', stop).on('SIGINT', stop);
    try {
      return await run(values, { log, signal: stopping.signal, env: process.env });
    } finally {
      process.off('SIGTERM', stop).off('SIGINT', stop);
    }
  },
};

/** Runs until `signal` aborts (0), or until it cannot go on (1), after saying why in the log. */
export async function run(
  values: FlagValues,
  o: { readonly log: Logger; readonly signal: AbortSignal; readonly env: Readonly<Record<string, string | undefined>> },
): Promise<number> {
  const { log, signal, env } = o;
  const { kubeconfig } = values;
  const servers: HealthServer[] = [];
  let webhook: Webhook | undefined;
  let web: Web | undefined;
  try {
    const connection = await loadConnection({ env, ...(typeof kubeconfig === 'string' ? { kubeconfig } : {}) });
    const metrics = createMetrics();
    registerBuildInfo(metrics);
    const client = openClient(connection, { program: 'controller', onCall: registerApiMetrics(metrics) });
    const standing: Standing = { controller: undefined, waitsFor: 'the API server was not asked yet' };
    servers.push(...(await serve(values, standing, metrics)));
    const waiting = (reason: string) => {
      standing.waitsFor = reason;
    };
    const asking = whenServed(client, String(values.namespace), { log, clock: systemClock, signal, waiting });
    const apis = await orStopped(asking, signal);
    const identity = identityOf(env);
    // Whatever is written for the cluster is written by the leader alone.
    const gate = createGate();
    const writer = client.fencedBy(gate);
    const recorder = createEventRecorder(writer, { component: 'openelb.io/controller', instance: identity, apis, log });
    const metallb = values['metallb-objects'] === true ? { namespace: String(values['metallb-namespace']) } : undefined;
    const serving = {
      allServices: values['all-services'] === true,
      ...(metallb === undefined ? {} : { metallb }),
      namespace: String(values.namespace),
      virtualRouterIds: idsOf(String(values['vrid-range']), String(values['reserved-vrids'])),
    };
    const signer = values['ask-agents'] === true && values['leader-elect'] !== false ? createSigner() : undefined;
    const controller = startController({
      client: writer,
      apis,
      recorder,
      settings: serving,
      timings: registerTimings(metrics),
      signer,
      log,
    });
    standing.controller = controller;
    registerMetrics(metrics, controller);
    const listen = webhookAddress(values);
    if (listen !== undefined) {
      const { world, allServices } = controller;
      const clients = await orStopped(webhookClients(values), signal);
      const namespace = String(values.namespace);
      const agentAccount = String(values['agent-service-account'] ?? agentAccountFlag.default);
      webhook = await startWebhook({ client, world, allServices, listen, clients, namespace, agentAccount, log }).catch(
        (error: unknown) => {
          throw listeningProblem(error, '--webhook-address', String(values['webhook-address']));
        },
      );
      registerWebhookMetrics(metrics, webhook);
    }
    const settings = webSettings(values);
    if (settings !== undefined) {
      const { startWeb } = await import('./web/web.js');
      const namespace = String(values.namespace);
      web = await startWeb({ client, known: controller, settings, namespace, page: builtPage, log });
    }
    log.info('started', { server: connection.server.origin, kubernetes: apis.version.gitVersion, identity });
    setTimeout(collectAll, startMs).unref();
    const code = await lead(values, client, { gate, controller, identity, key: signer?.publicKey }, o);
    if (code === 0) await recorder.flush();
    await Promise.all([controller.stop(), webhook?.stop(), web?.stop()]);
    client.close();
    return code;
  } catch (error) {
    if (signal.aborted) return 0;
    log.error('cannot run', { error });
    return 1;
  } finally {
    await Promise.all([webhook?.stop(), web?.stop(), ...servers.map((server) => server.close())]);
  }
}

/** Rejects when it is to stop before: a file system that is dead ends no read, and a server that hangs answers late. */
function orStopped<T>(reading: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    reading.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/**
 * The candidate's name. A container that is started anew in its Pod is the candidate that it was: its former process has ended, so the
 * Lease need not run out before it goes on.
 */
function identityOf({ POD_NAME, POD_UID }: NodeJS.ProcessEnv): string {
  return `${POD_NAME || hostname()}_${POD_UID || randomBytes(4).toString('hex')}`;
}

interface Candidate {
  readonly gate: Gate;
  readonly controller: Controller;
  readonly identity: string;
  /** The public key by which it asks agents; undefined: it asks none. */
  readonly key: string | undefined;
}

async function lead(
  values: FlagValues,
  client: ApiClient,
  { gate, controller, identity, key = '' }: Candidate,
  { log, signal }: { readonly log: Logger; readonly signal: AbortSignal },
): Promise<number> {
  if (values['leader-elect'] === false) {
    gate.open();
    await controller.lead(signal);
    return signal.aborted ? 0 : 1;
  }
  return new Promise((resolve) => {
    const election = runElection(client, {
      namespace: String(values.namespace),
      name: 'openelb-controller',
      labels: controllerLeaseLabels,
      annotations: { [leaseKey]: key },
      identity,
      log,
      onStarted: (leading, fence) => {
        gate.open(fence);
        return controller.lead(leading);
      },
      // What was decided may be out of date by now: starting afresh is safer than going on.
      onLost: () => resolve(1),
    });
    const release = () => void election.release().then(() => resolve(0));
    if (signal.aborted) release();
    else signal.addEventListener('abort', release, { once: true });
  });
}

/** How far the program is. */
interface Standing {
  /** Undefined while it waits for the API server, and for what. */
  controller: Controller | undefined;
  waitsFor: string;
}

async function serve(values: FlagValues, standing: Standing, metrics: Metrics): Promise<readonly HealthServer[]> {
  const stuckMs = 120_000;
  const stuck = () =>
    (standing.controller?.stats().queue?.longestRunningMs ?? 0) > stuckMs ? 'a reconciliation does not end' : undefined;
  const routes = {
    '/healthz': healthRoute(stuck),
    '/readyz': healthRoute(() =>
      standing.controller === undefined ? standing.waitsFor : standing.controller.problem(),
    ),
    '/metrics': async () => ({ status: 200, contentType: 'text/plain; version=0.0.4', body: await metrics.text() }),
  };
  const { '/metrics': metricsRoute, ...health } = routes;
  const [metricsAt, healthAt] = [String(values['metrics-address']), String(values['health-address'])];
  const wanted =
    metricsAt === healthAt
      ? [{ flag: '--metrics-address', address: metricsAt, paths: routes }]
      : [
          { flag: '--metrics-address', address: metricsAt, paths: { '/metrics': metricsRoute } },
          { flag: '--health-address', address: healthAt, paths: health },
        ];
  const begun = await Promise.allSettled(wanted.map(({ flag, address, paths }) => serveAt(flag, address, paths)));
  const servers = begun.flatMap((each) => (each.status === 'fulfilled' && each.value ? [each.value] : []));
  const failed = begun.find((each) => each.status === 'rejected');
  if (failed === undefined) return servers;
  await Promise.all(servers.map((server) => server.close()));
  throw failed.reason;
}

/** Undefined: it is to be nowhere. */
async function serveAt(flag: string, address: string, paths: Routes): Promise<HealthServer | undefined> {
  const at = parseListenAddress(address);
  if (at === undefined || at === 'off') return undefined;
  return serveRoutes(at, paths).catch((error: unknown) => {
    throw listeningProblem(error, flag, address);
  });
}
