import { readFileSync } from 'node:fs';
import type { Clock } from './clock.js';
import { ConnectionError } from './connection-error.js';
import type { Connection, Credentials } from './credentials.js';
import { type Chosen, chooseFromKubeconfig } from './kubeconfig-file.js';
import { parseServer } from './server-url.js';

/** Owns: the connection described by kubeconfig files, with client certificates, tokens, passwords and plugins. */

/** Files and plugins are asked again this often; a plugin's token that expires meanwhile is renewed on the first 401. */
const lookAgainMs = 60_000;

export async function kubeconfigConnection(o: {
  files: readonly string[];
  source: string;
  clock: Clock;
}): Promise<Connection> {
  let chosen: Chosen | undefined = chooseFromKubeconfig(o.files, o.source);
  const { namespace, origin } = chosen;
  const server = parseServer(chosen.cluster.server, origin);
  let asked = o.clock.now();
  let current = ask();
  await current;

  function ask(): Promise<Credentials> {
    // Read from scratch after a refusal, so that a plugin's remembered token is forgotten too.
    chosen ??= chooseFromKubeconfig(o.files, o.source);
    return credentialsOf(chosen);
  }

  return {
    server,
    namespace,
    origin,
    async credentials() {
      if (chosen === undefined || o.clock.now() - asked >= lookAgainMs) {
        asked = o.clock.now();
        current = ask();
        current.catch(() => {
          asked = Number.NEGATIVE_INFINITY;
        });
      }
      return current;
    },
    refresh() {
      chosen = undefined;
    },
  };
}

async function credentialsOf(chosen: Chosen): Promise<Credentials> {
  const { exec, 'auth-provider': provider } = chosen.user;
  try {
    if (exec === undefined && provider === undefined) return ownCredentials(chosen);
    const { pluginCredentials } = await import('./kubeconfig-plugin.js');
    return await pluginCredentials(chosen);
  } catch (cause) {
    throw new ConnectionError(
      'unauthorised',
      `cannot get the credentials of ${chosen.origin}: ${(cause as Error).message}. ` +
        'Check the certificate, key and token files it names, or run its exec plugin by hand',
      cause,
    );
  }
}

/** A token file goes before a token, and data before files, as in kubectl. */
function ownCredentials({ cluster, user }: Chosen): Credentials {
  const ca = content(cluster['certificate-authority-data'], cluster['certificate-authority']);
  const cert = content(user['client-certificate-data'], user['client-certificate']);
  const key = content(user['client-key-data'], user['client-key']);
  const servername = cluster['tls-server-name'];
  return {
    headers: { ...authorization(user), ...(user.as ? { 'impersonate-user': user.as } : {}) },
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(servername ? { servername } : {}),
      ...(cluster['insecure-skip-tls-verify'] === true ? { rejectUnauthorized: false } : {}),
    },
  };
}

function authorization({ token, tokenFile, username, password }: Chosen['user']): { authorization?: string } {
  const bearer = tokenFile ? readFileSync(tokenFile, 'utf8').trim() : token;
  if (bearer) return { authorization: `Bearer ${bearer}` };
  if (!username) return {};
  return { authorization: `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}` };
}

function content(data: string | undefined, file: string | undefined): Buffer | undefined {
  if (data) return Buffer.from(data, 'base64');
  return file ? readFileSync(file) : undefined;
}
