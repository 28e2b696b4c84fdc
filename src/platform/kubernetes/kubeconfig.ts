import type { Clock } from './clock.js';
import { ConnectionError } from './connection-error.js';
import type { Connection, Credentials } from './credentials.js';
import type { Kubeconfig } from './kubeconfig-reader.js';
import { parseServer } from './server-url.js';

/** Owns: the connection described by kubeconfig files, and when they are read again. */

/** Files and plugins are asked again this often; a plugin's token that expires meanwhile is renewed on the first 401. */
const lookAgainMs = 60_000;

export async function kubeconfigConnection(o: {
  files: readonly string[];
  source: string;
  clock: Clock;
}): Promise<Connection> {
  const { readKubeconfig } = await import('./kubeconfig-reader.js');
  let chosen: Kubeconfig | undefined = read();
  const { namespace, origin } = chosen;
  const server = parseServer(chosen.server, origin);
  let asked = o.clock.now();
  let current = ask();
  await current;

  function read(): Kubeconfig {
    try {
      return readKubeconfig(o.files, o.source);
    } catch (cause) {
      throw new ConnectionError('configuration', (cause as Error).message, cause);
    }
  }

  async function ask(): Promise<Credentials> {
    // Read from scratch after a refusal, so that a plugin's remembered token is forgotten too.
    chosen ??= read();
    try {
      return await chosen.credentials();
    } catch (cause) {
      throw new ConnectionError(
        'unauthorised',
        `cannot get the credentials of ${chosen.origin}: ${(cause as Error).message}. ` +
          'Check the certificate, key and token files it names, or run its exec plugin by hand',
        cause,
      );
    }
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
