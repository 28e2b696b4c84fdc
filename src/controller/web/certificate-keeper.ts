/** What the view is served with: a Secret that somebody else keeps (cert-manager, say), or one of its own. */
import { secrets } from '../../platform/kubernetes/builtin-resources.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import type { Clock, Log } from '../../platform/kubernetes/clock.js';
import { type Credentials, credentialsOf, unusable } from '../certificate/credentials.js';
import { keepLooking, type Looking } from '../certificate/looking.js';
import { type Secret, storedCredentials } from '../certificate/stored.js';

export const ownSecret = 'openelb-web-certificate';

/**
 * @param o.secret that somebody else keeps; empty: its own is made and renewed
 * @param o.onServe told of the credentials to serve with, at first and whenever they change
 */
export function keepWebCertificate(o: {
  readonly client: ApiClient;
  readonly namespace: string;
  readonly secret: string;
  readonly names: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly onServe: (serving: Credentials) => void;
}): Looking {
  const { client, namespace, clock, log } = o;
  let served: string | undefined;
  return keepLooking(
    async (complain) => {
      const own = { namespace, name: ownSecret, whose: 'the web view' };
      const credentials =
        o.secret === ''
          ? await storedCredentials(client, own, o.names, { clock, log })
          : credentialsOf((await client.get<Secret>(secrets, `${namespace}/${o.secret}`))?.data);
      const problem = unusable(credentials);
      if (problem !== undefined) {
        const remedy = 'have it hold tls.crt and tls.key, or leave out --web-certificate-secret';
        return complain(`the web view has no certificate to serve with: ${problem}`, { secret: o.secret, remedy });
      }
      if (served === credentials.certificate) return;
      served = credentials.certificate;
      o.onServe(credentials);
    },
    { what: 'the certificate of the web view', clock, log },
  );
}
