/** Credentials in a Secret that all replicas share: made when there are none, renewed before they end. */
import { secrets } from '../../platform/kubernetes/builtin-resources.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import type { Clock, Log } from '../../platform/kubernetes/clock.js';
import { type Credentials, credentialsOf, renew, renewalReason, type SecretData, secretData } from './credentials.js';

export interface Secret {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly resourceVersion?: string };
  readonly type?: string;
  readonly data?: SecretData;
}

/**
 * Fails as the client does; with 409 when another replica was faster, whose credentials are there at the next look.
 *
 * @param at.whose what is served with them, for the log
 * @param names every name the server is called by
 */
export async function storedCredentials(
  client: ApiClient,
  at: { readonly namespace: string; readonly name: string; readonly whose: string },
  names: readonly string[],
  { clock, log }: { readonly clock: Pick<Clock, 'wall'>; readonly log: Log },
): Promise<Credentials> {
  const { namespace, name, whose } = at;
  const secret = await client.get<Secret>(secrets, `${namespace}/${name}`);
  const present = credentialsOf(secret?.data);
  const reason = renewalReason(present, names, clock.wall());
  if (reason === undefined) return present;
  const next = renew(present, names, clock.wall());
  const data = secretData(next);
  if (secret === undefined) {
    await client.create(secrets, { metadata: { name, namespace }, type: 'kubernetes.io/tls', data });
  } else {
    // Guarded by its resourceVersion: of several replicas that renew, one does.
    await client.replace(secrets, { ...secret, data });
  }
  log.info(`made a new certificate for ${whose}`, { why: reason, names });
  return next;
}
