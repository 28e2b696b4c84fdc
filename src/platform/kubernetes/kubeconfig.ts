import { readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { dirname, resolve } from 'node:path';
import { type Cluster, KubeConfig, type User } from '@kubernetes/client-node';
import { parse } from 'yaml';
import type { Clock } from './clock.js';
import { type Connection, type Credentials, parseServer } from './connection.js';
import { ConnectionError } from './connection-error.js';

/**
 * Owns: the connection described by kubeconfig files: contexts, client certificates, tokens, exec plugins.
 * The reading is `@kubernetes/client-node`'s; only this module imports its code, so only users of a kubeconfig pay for it.
 */

/** Files and plugins are asked again this often; a plugin's token that expires meanwhile is renewed on the first 401. */
const lookAgainMs = 60_000;

export async function kubeconfigConnection(o: {
  files: readonly string[];
  source: string;
  clock: Clock;
}): Promise<Connection> {
  let chosen: Chosen | undefined = load(o.files, o.source);
  const { server, namespace, origin } = chosen;
  let asked = o.clock.now();
  let current = ask();
  await current;

  function ask(): Promise<Credentials> {
    // Read from scratch after a refusal, so that a plugin's remembered token is forgotten too.
    chosen ??= load(o.files, o.source);
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

interface Chosen {
  readonly config: KubeConfig;
  readonly server: URL;
  readonly namespace: string;
  readonly origin: string;
  readonly tokenFile: string | undefined;
}

function load(files: readonly string[], source: string): Chosen {
  const config = readFiles(files, source);
  const named = `kubeconfig ${files.join(':')}`;
  const wrong = (problem: string) => new ConnectionError('configuration', `${named}: ${problem}`);

  const contextName = config.getCurrentContext();
  if (!contextName) throw wrong('it has no current-context. Set one: kubectl config use-context NAME');
  const context = config.getContexts().find((each) => each.name === contextName);
  if (!context) {
    const known = config.getContexts().map((each) => each.name);
    throw wrong(`current-context is ${contextName}, which is not among its contexts (${known.join(', ') || 'none'})`);
  }
  const origin = `${named}, context ${contextName}`;
  const cluster = config.getCluster(context.cluster);
  if (!cluster) throw wrong(`context ${contextName} names the cluster ${context.cluster}, which it does not define`);
  if (cluster.proxyUrl)
    throw wrong(`cluster ${cluster.name} has a proxy-url, which is not supported. Reach the server directly`);
  const user = config.getUser(context.user);
  if (context.user && !user)
    throw wrong(`context ${contextName} names the user ${context.user}, which it does not define`);

  const server = parseServer(cluster.server, origin);
  return {
    config: only(cluster, user, server),
    server,
    namespace: context.namespace ?? 'default',
    origin,
    tokenFile: user ? tokenFileOf(files, user.name) : undefined,
  };
}

function readFiles(files: readonly string[], source: string): KubeConfig {
  const merged = new KubeConfig();
  for (const file of files) {
    const one = new KubeConfig();
    try {
      one.loadFromFile(file);
    } catch (cause) {
      throw new ConnectionError(
        'configuration',
        `cannot use the kubeconfig ${file} (from ${source}): ${(cause as Error).message}`,
        cause,
      );
    }
    // As in kubectl: the first file to define a thing wins.
    for (const each of one.getClusters()) if (!merged.getCluster(each.name)) merged.addCluster(each);
    for (const each of one.getUsers()) if (!merged.getUser(each.name)) merged.addUser(each);
    for (const each of one.getContexts()) if (!merged.getContextObject(each.name)) merged.addContext(each);
    if (!merged.getCurrentContext()) merged.setCurrentContext(one.getCurrentContext());
  }
  return merged;
}

/** The library refuses plain http unless TLS checks are off; {@link parseServer} has decided where plain http may go. */
function only(cluster: Cluster, user: User | null, server: URL): KubeConfig {
  const plain = server.protocol === 'http:';
  const narrowed = new KubeConfig();
  narrowed.loadFromClusterAndUser(
    { ...cluster, skipTLSVerify: plain || cluster.skipTLSVerify },
    user ?? { name: 'anonymous' },
  );
  return narrowed;
}

/** The library knows this key only as `token-file` and reads it once; kubectl calls it tokenFile and follows changes. */
function tokenFileOf(files: readonly string[], userName: string): string | undefined {
  for (const file of files) {
    const parsed = parse(readFileSync(file, 'utf8')) as { users?: { name?: string; user?: Record<string, unknown> }[] };
    const user = parsed?.users?.find((each) => each?.name === userName)?.user;
    if (!user) continue;
    const path = user.tokenFile;
    return typeof path === 'string' ? resolve(dirname(file), path) : undefined;
  }
  return undefined;
}

async function credentialsOf(chosen: Chosen): Promise<Credentials> {
  const options: RequestOptions = {};
  try {
    await chosen.config.applyToHTTPSOptions(options);
    if (chosen.tokenFile) {
      options.headers = {
        ...options.headers,
        Authorization: `Bearer ${readFileSync(chosen.tokenFile, 'utf8').trim()}`,
      };
    }
  } catch (cause) {
    throw new ConnectionError(
      'unauthorised',
      `cannot get the credentials of ${chosen.origin}: ${(cause as Error).message}. ` +
        'Check the certificate, key and token files it names, or run its exec plugin by hand',
      cause,
    );
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = String(value);
  if (options.auth) headers.authorization = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  const { ca, cert, key, servername, rejectUnauthorized } = options;
  return {
    headers,
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(servername === undefined ? {} : { servername }),
      ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    },
  };
}
