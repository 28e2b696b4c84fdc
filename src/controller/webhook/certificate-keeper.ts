/**
 * The life of the webhook's certificate: made, kept in a Secret that all replicas share, renewed before it ends, and trusted
 * by the webhook configuration before anybody serves it.
 */
import { randomBytes } from 'node:crypto';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import type { Clock, Log } from '../../platform/kubernetes/clock.js';
import type { Credentials } from '../certificate/credentials.js';
import { keepLooking } from '../certificate/looking.js';
import { storedCredentials } from '../certificate/stored.js';
import {
  configurationName,
  inject,
  pathTokenOf,
  serverNames,
  type WebhookConfiguration,
  webhookConfigurations,
} from './configuration.js';

export interface CertificateKeeper {
  stop(): Promise<void>;
}

const secretName = 'openelb-webhook-certificate';

/** @param o.onServe told of the credentials to serve with, at first and whenever they change */
export function keepCertificate(o: {
  readonly client: ApiClient;
  readonly namespace: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly onServe: (serving: Credentials & { readonly pathToken: string }) => void;
}): CertificateKeeper {
  const { client, namespace, clock, log } = o;
  /** Where the configuration has none, as at first. */
  const ownToken = randomBytes(24).toString('hex');
  let served: string | undefined;

  return keepLooking(
    async (complain) => {
      const configuration = await client.get<WebhookConfiguration>(webhookConfigurations, configurationName);
      if (configuration === undefined) {
        const remedy = 'apply templates/webhook.yaml of the chart, or stop this with --webhook-address=0';
        return complain('nobody calls the webhook: there is no such ValidatingWebhookConfiguration', {
          name: configurationName,
          remedy,
        });
      }
      const secret = { namespace, name: secretName, whose: 'the webhook' };
      const credentials = await storedCredentials(client, secret, serverNames(configuration), { clock, log });
      const pathToken = pathTokenOf(configuration) ?? ownToken;
      if (await inject(client, configuration, { bundle: credentials.bundle, pathToken }))
        log.info('the webhook configuration trusts our authority');
      const serving = `${credentials.certificate} ${pathToken}`;
      if (served === serving) return;
      served = serving;
      o.onServe({ ...credentials, pathToken });
    },
    { what: 'the certificate of the webhook', clock, log },
  );
}
