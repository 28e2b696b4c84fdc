import { readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { dirname, resolve } from 'node:path';
import { rootCertificates } from 'node:tls';
import { KubeConfig, type User } from '@kubernetes/client-node';
import { loadAll } from 'js-yaml';
import type { Credentials } from './credentials.js';

/**
 * Owns: what kubeconfig files say, as client-node reads them: contexts, certificates, tokens, plugins and proxies. Here stands
 * what it leaves out: several files, `tokenFile`, and whom to impersonate beside `as`. Only this module imports its code, which is
 * as large as all of ours, so it is loaded when a kubeconfig is given.
 * Source: Kubernetes API reference, kubeconfig (v1).
 */

export interface Kubeconfig {
  readonly server: string;
  /** Of the context; 'default' when it names none. */
  readonly namespace: string;
  /** For messages: 'kubeconfig /etc/x, context y'. */
  readonly origin: string;
  /** @throws Error when a certificate, key or token file cannot be read, or a plugin fails */
  credentials(): Promise<Credentials>;
}

/** What client-node drops of a user. */
interface Dropped {
  readonly tokenFile?: string;
  readonly 'as-uid'?: string;
  readonly 'as-groups'?: readonly string[];
  readonly 'as-user-extra'?: Readonly<Record<string, readonly string[]>>;
}

type Mapping = Readonly<Record<string, unknown>>;

/**
 * The current context; the first file to define a thing wins, as in kubectl.
 *
 * @param source the flag or variable that named the files
 * @throws Error naming the file, what is wrong and the remedy
 */
export function readKubeconfig(files: readonly string[], source: string): Kubeconfig {
  const all = new KubeConfig();
  all.loadFromOptions({ clusters: [], contexts: [], users: [], currentContext: '' });
  const read = files.map((file) => {
    try {
      return { file, ...mergeFile(file, all) };
    } catch (cause) {
      throw new Error(`cannot use the kubeconfig ${file} (from ${source}): ${(cause as Error).message}`, { cause });
    }
  });
  const named = `kubeconfig ${files.join(':')}`;
  const wrong = (problem: string) => new Error(`${named}: ${problem}${incomplete(read)}`);
  const current = all.getCurrentContext();
  if (!current) throw new Error(`${named}: it has no current-context. Set one: kubectl config use-context NAME`);
  const context = all.getContextObject(current);
  if (context === null) {
    const known = all.contexts.map(({ name }) => name).join(', ') || 'none';
    throw wrong(`current-context is ${current}, which is not among its contexts (${known})`);
  }
  const cluster = all.getCluster(context.cluster);
  if (cluster === null) {
    throw wrong(`context ${current} names the cluster ${context.cluster}, which it does not define`);
  }
  const user = context.user ? all.getUser(context.user) : { name: '' };
  if (user === null) throw wrong(`context ${current} names the user ${context.user}, which it does not define`);
  const { file, dropped } = droppedOf(user.name, read);
  if (!user.impersonateUser && (dropped['as-groups'] ?? dropped['as-uid'] ?? dropped['as-user-extra'])) {
    throw wrong(`user ${user.name} has as-groups, as-uid or as-user-extra without as. Name whom to impersonate in as`);
  }
  const proxy = cluster.proxyUrl ? `, by the proxy ${proxyName(cluster.proxyUrl, wrong)}` : '';
  const chosen = new KubeConfig();
  // The library refuses plain http unless TLS checks are off; where plain http may go is decided elsewhere.
  const plain = cluster.server.startsWith('http:') ? { skipTLSVerify: true } : {};
  chosen.loadFromClusterAndUser({ ...cluster, ...plain }, asKubectl(user, dropped, dirname(file)));
  // As in kubectl, data goes before files.
  if (cluster.caData) delete chosen.clusters[0]!.caFile;
  return {
    server: cluster.server,
    namespace: context.namespace ?? 'default',
    origin: `${named}, context ${current}${proxy}`,
    async credentials() {
      const { tokenFile } = dropped;
      const token = tokenFile && readFileSync(resolve(dirname(file), tokenFile), 'utf8').trim();
      return credentialsOf(chosen, {
        ...(token && { authorization: `Bearer ${token}` }),
        ...impersonated(user, dropped),
      });
    },
  };
}

function mergeFile(file: string, all: KubeConfig): Omit<ReadFile, 'file'> {
  const text = readFileSync(file, 'utf8');
  const [content] = loadAll(text);
  if (typeof content !== 'object' || content === null) throw new Error('it is empty or no mapping. Write a kubeconfig');
  const one = new KubeConfig();
  // Entries that are not complete matter only where the current context names them.
  one.loadFromString(text, { onInvalidEntry: 'filter' });
  one.makePathsAbsolute(dirname(file));
  for (const list of ['clusters', 'contexts', 'users'] as const) {
    const known = new Set((all[list] as { name: string }[]).map(({ name }) => name));
    all[list] = [...all[list], ...one[list].filter(({ name }) => !known.has(name))] as never;
  }
  if (!all.getCurrentContext()) all.setCurrentContext(one.getCurrentContext());
  return { text, content: content as Mapping };
}

interface ReadFile {
  readonly file: string;
  readonly text: string;
  readonly content: Mapping;
}

/** The entries that were passed over, in words, where one of them may be what is missed. */
function incomplete(read: readonly ReadFile[]): string {
  for (const { text } of read) {
    try {
      new KubeConfig().loadFromString(text);
    } catch (error) {
      return `: ${(error as Error).message}`;
    }
  }
  return '';
}

function droppedOf(name: string, read: readonly ReadFile[]): { readonly file: string; readonly dropped: Dropped } {
  for (const { file, content } of read) {
    const users = (Array.isArray(content.users) ? content.users : []) as { name?: unknown; user?: Dropped | null }[];
    const found = users.find((each) => each?.name === name);
    if (found !== undefined) return { file, dropped: found.user ?? {} };
  }
  return { file: '', dropped: {} };
}

/** A token file goes before a token, data before files, and a plugin's path is relative to the file that names it. */
function asKubectl(user: User, { tokenFile }: Dropped, folder: string): User {
  const { token, certFile, keyFile, exec, ...rest } = user;
  const program = exec?.command?.includes('/') ? { ...exec, command: resolve(folder, exec.command) } : exec;
  return {
    ...rest,
    ...(program && { exec: program }),
    ...(token && !tokenFile ? { token } : {}),
    ...(certFile && !user.certData ? { certFile } : {}),
    ...(keyFile && !user.keyData ? { keyFile } : {}),
  };
}

/** Source: Kubernetes documentation, "User impersonation"; the library sends Impersonate-User. */
function impersonated(user: User, dropped: Dropped): Record<string, string | readonly string[]> {
  if (!user.impersonateUser) return {};
  const { 'as-groups': groups = [], 'as-uid': uid, 'as-user-extra': extra = {} } = dropped;
  return {
    ...(groups.length > 0 && { 'impersonate-group': groups }),
    ...(uid && { 'impersonate-uid': uid }),
    ...Object.fromEntries(
      Object.entries(extra).map(([key, values]) => [
        `impersonate-extra-${encodeURIComponent(key)}`.toLowerCase(),
        values,
      ]),
    ),
  };
}

async function credentialsOf(
  config: KubeConfig,
  more: Readonly<Record<string, string | readonly string[]>>,
): Promise<Credentials> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const { ca, cert, key, servername, rejectUnauthorized, auth, agent } = options;
  const headers = Object.fromEntries(
    Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
  const basic = auth && !headers.authorization && { authorization: `Basic ${Buffer.from(auth).toString('base64')}` };
  trustProxy(agent, { ca, rejectUnauthorized });
  return {
    headers: { ...basic, ...headers, ...more },
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(servername === undefined ? {} : { servername }),
      ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    },
    ...(config.clusters[0]?.proxyUrl && typeof agent === 'object' ? { proxy: agent } : {}),
  };
}

/**
 * To a proxy of HTTPS the same holds as to the server, as with kubectl: the library would trust no authority of the kubeconfig. Beside it
 * those that everybody trusts, since many a proxy is not the cluster's.
 */
function trustProxy(agent: unknown, { ca, rejectUnauthorized }: Pick<RequestOptions, 'ca' | 'rejectUnauthorized'>) {
  if (typeof agent !== 'object' || agent === null || !('proxyRequestOptions' in agent)) return;
  agent.proxyRequestOptions = {
    ...(ca === undefined ? {} : { ca: [...rootCertificates, ca].flat() }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  };
}

/** Without its password. */
function proxyName(text: string, wrong: (problem: string) => Error): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^(https?|socks(4a?|5h?)?):$/.test(url.protocol) || url.hostname === '') {
    throw wrong('its proxy-url is not one of a proxy. Write it as http://HOST:PORT, https://… or socks5://…');
  }
  return `${url.protocol}//${url.host}`;
}
