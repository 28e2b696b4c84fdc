/**
 * The validating webhook: for Eips, and for what agents write. Nothing depends on it: its configuration says `failurePolicy: Ignore`. What it
 * would have refused of Eips the controller reports in conditions and Events.
 */

import { X509Certificate } from 'node:crypto';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import { type Clock, type Log, systemClock } from '../../platform/kubernetes/clock.js';
import type { ServedUnasked } from '../objects/served-unasked.js';
import { createAgentNodes } from './agent-node.js';
import { createAgentReviews } from './agent-review.js';
import { keepCertificate } from './certificate-keeper.js';
import type { ClientAuthority } from './client-authority.js';
import { agentPath, eipPath } from './configuration.js';
import { answer, type ReviewedWorld } from './eip-review.js';
import { type Routes, serveWebhook } from './server.js';

export interface Webhook {
  readonly port: number;
  /** When the certificate that is served ends, in milliseconds since 1970; undefined while none is served. */
  certificateEnd(): number | undefined;
  stop(): Promise<void>;
}

/** Starts serving, and keeping the certificate. Rejects with the system's error when it cannot listen. */
export async function startWebhook(o: {
  readonly client: ApiClient;
  readonly world: ReviewedWorld;
  readonly allServices: ServedUnasked;
  readonly listen: { readonly host?: string; readonly port: number };
  /** Who may call; without it anybody who reaches the port. */
  readonly clients?: ClientAuthority | undefined;
  /** Where the Secret is, and the agents. */
  readonly namespace: string;
  /** The name of the agents' ServiceAccount. */
  readonly agentAccount: string;
  readonly log: Log;
  readonly clock?: Clock;
}): Promise<Webhook> {
  const { client, namespace, log, clock = systemClock } = o;
  const { world, allServices } = o;
  // What many agents ask for must not queue behind what the controller writes.
  const own = client.reopen();
  const agents = createAgentReviews({
    agent: `system:serviceaccount:${namespace}:${o.agentAccount}`,
    nodes: createAgentNodes({ client: own, namespace, clock, log }),
  });
  const routes: Routes = {
    [eipPath]: { answer: (body, isKnown) => answer(body, { world, allServices, mayName: isKnown }) },
    [agentPath]: { answer: agents.answer, unread: agents.unread, onlyKnown: true },
  };
  const server = await serveWebhook(o.listen, routes, o.clients);
  let end: number | undefined;
  const keeper = keepCertificate({
    client,
    namespace,
    log,
    clock,
    onServe: (serving) => {
      server.use(serving);
      end = Date.parse(new X509Certificate(serving.certificate).validTo);
    },
  });
  return {
    port: server.port,
    certificateEnd: () => end,
    stop: async () => {
      await keeper.stop();
      await server.close();
      own.close();
    },
  };
}
