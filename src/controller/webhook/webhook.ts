/**
 * The validating webhook for Eips. Nothing depends on it: its configuration says `failurePolicy: Ignore`, and what it would
 * have refused the controller reports in conditions and Events.
 */
import type { Eip } from '../../api/eip.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import { type Clock, type Log, systemClock } from '../../platform/kubernetes/clock.js';
import type { Service } from '../objects/builtin-objects.js';
import { keepCertificate } from './certificate-keeper.js';
import type { ClientAuthority } from './client-authority.js';
import { objections } from './eip-admission.js';
import { readReview, writeReview } from './review.js';
import { type Answer, serveWebhook } from './server.js';

/** What reviews are judged by. */
export interface ReviewedWorld {
  readonly eips: { list(): Iterable<Eip> };
  readonly services: { list(): Iterable<Service> };
  /** What is not known yet; undefined when everything is. */
  problem(): string | undefined;
}

export interface Webhook {
  readonly port: number;
  stop(): Promise<void>;
}

/** The path that reviews are sent to, as in OpenELB. */
export const eipPath = '/validate-network-kubesphere-io-v1alpha2-eip';

/** Starts serving, and keeping the certificate. Rejects with the system's error when it cannot listen. */
export async function startWebhook(o: {
  readonly client: ApiClient;
  readonly world: ReviewedWorld;
  readonly allServices: boolean;
  readonly listen: { readonly host?: string; readonly port: number };
  /** Who may call; without it anybody who reaches the port, and no answer names a Service. */
  readonly clients?: ClientAuthority | undefined;
  /** Where the Secret is. */
  readonly namespace: string;
  readonly log: Log;
  readonly clock?: Clock;
}): Promise<Webhook> {
  const { client, namespace, log, clock = systemClock } = o;
  const judged = { world: o.world, allServices: o.allServices, mayName: o.clients !== undefined };
  const server = await serveWebhook(o.listen, { [eipPath]: (body) => answer(body, judged) }, o.clients);
  const keeper = keepCertificate({ client, namespace, log, clock, onServe: server.use });
  return {
    port: server.port,
    stop: async () => {
      await keeper.stop();
      await server.close();
    },
  };
}

/**
 * What is answered to the body of a request.
 *
 * @param o.mayName whether the caller may hear the names of Services: it is known to be the API server
 */
export function answer(
  body: string,
  o: { readonly world: ReviewedWorld; readonly allServices: boolean; readonly mayName?: boolean },
): Answer {
  const unknown = o.world.problem();
  if (unknown !== undefined) return { status: 503, text: unknown };
  const review = readReview(body);
  if (!review.ok) return { status: 400, text: review.reason };
  const { eips, services } = o.world;
  const { allServices, mayName = false } = o;
  const around = () => ({ eips: [...eips.list()], services: [...services.list()], allServices, mayName });
  const problems = review.change === undefined ? [] : objections(review.change, around());
  return { status: 200, json: writeReview(review, problems) };
}
