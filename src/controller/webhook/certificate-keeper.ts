/**
 * The life of the webhook's certificate: made, kept in a Secret that all replicas share, renewed before it ends, and trusted
 * by the webhook configuration before anybody serves it.
 */
import { randomBytes } from 'node:crypto';
import { hasStatus } from '../../platform/kubernetes/api-error.js';
import { secrets } from '../../platform/kubernetes/builtin-resources.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import { type Clock, type Log, pause } from '../../platform/kubernetes/clock.js';
import {
  configurationName,
  inject,
  pathTokenOf,
  serverNames,
  type WebhookConfiguration,
  webhookConfigurations,
} from './configuration.js';
import { type Credentials, credentialsOf, renew, renewalReason, type SecretData, secretData } from './credentials.js';

export interface CertificateKeeper {
  stop(): Promise<void>;
}

interface Secret {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly resourceVersion?: string };
  readonly type?: string;
  readonly data?: SecretData;
}

/** How often Secret and configuration are looked at, in milliseconds; after a failure, sooner. */
const lookEveryMs = 60_000;
const retryMs = 5_000;

const raceMs = 100;

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
  const stopping = new AbortController();
  /** Where the configuration has none, as at first. */
  const ownToken = randomBytes(24).toString('hex');
  let served: string | undefined;
  let said: string | undefined;

  /** Once for as long as it stays the same. */
  const complain = (problem: string, fields: object) => {
    if (said !== problem) log.warn(problem, fields);
    said = problem;
  };

  const stored = async (names: readonly string[]): Promise<Credentials> => {
    const secret = await client.get<Secret>(secrets, `${namespace}/${secretName}`);
    const present = credentialsOf(secret?.data);
    const reason = renewalReason(present, names, clock.wall());
    if (reason === undefined) return present;
    const next = renew(present, names, clock.wall());
    const data = secretData(next);
    if (secret === undefined) {
      const metadata = { name: secretName, namespace };
      await client.create(secrets, { metadata, type: 'kubernetes.io/tls', data });
    } else {
      // Guarded by its resourceVersion: of several replicas that renew, one does.
      await client.replace(secrets, { ...secret, data });
    }
    log.info('made a new certificate for the webhook', { why: reason, names });
    return next;
  };

  const look = async () => {
    const configuration = await client.get<WebhookConfiguration>(webhookConfigurations, configurationName);
    if (configuration === undefined) {
      const remedy = 'apply templates/webhook.yaml of the chart, or stop this with --webhook-address=0';
      return complain('nobody calls the webhook: there is no such ValidatingWebhookConfiguration', {
        name: configurationName,
        remedy,
      });
    }
    const credentials = await stored(serverNames(configuration));
    const pathToken = pathTokenOf(configuration) ?? ownToken;
    if (await inject(client, configuration, { bundle: credentials.bundle, pathToken }))
      log.info('the webhook configuration trusts our authority');
    said = undefined;
    const serving = `${credentials.certificate} ${pathToken}`;
    if (served === serving) return;
    served = serving;
    o.onServe({ ...credentials, pathToken });
  };

  const run = async () => {
    while (!stopping.signal.aborted) {
      let rest = lookEveryMs;
      try {
        await look();
      } catch (error) {
        // Another replica was faster: what it wrote is there at the next look.
        const lostRace = hasStatus(error, 409) || hasStatus(error, 422);
        rest = lostRace ? raceMs : retryMs;
        if (!lostRace && !stopping.signal.aborted) {
          complain(`cannot keep the certificate of the webhook, retrying: ${(error as Error).message}`, { error });
        }
      }
      await pause(clock, rest, stopping.signal);
    }
  };

  const running = run();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
