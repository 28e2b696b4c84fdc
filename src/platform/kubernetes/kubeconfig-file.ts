import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { ConnectionError } from './connection-error.js';

/**
 * Owns: reading kubeconfig files and choosing the cluster and user of the current context.
 * Source: Kubernetes API reference, kubeconfig (v1).
 */

/** Paths are absolute; `-data` is base64. */
export interface ClusterEntry {
  readonly server: string;
  readonly 'certificate-authority'?: string;
  readonly 'certificate-authority-data'?: string;
  readonly 'insecure-skip-tls-verify'?: boolean;
  readonly 'tls-server-name'?: string;
  readonly 'proxy-url'?: string;
}

export interface UserEntry {
  readonly 'client-certificate'?: string;
  readonly 'client-certificate-data'?: string;
  readonly 'client-key'?: string;
  readonly 'client-key-data'?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly as?: string;
  readonly 'as-groups'?: readonly string[];
  /** What plugins need, for whoever runs them. */
  readonly exec?: object;
  readonly 'auth-provider'?: object;
}

export interface Chosen {
  readonly cluster: ClusterEntry;
  readonly user: UserEntry;
  readonly namespace: string;
  /** For messages. */
  readonly origin: string;
}

interface ContextEntry {
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
}

interface Merged {
  current: string;
  readonly contexts: Map<string, ContextEntry>;
  readonly clusters: Map<string, ClusterEntry>;
  readonly users: Map<string, UserEntry>;
}

/**
 * As in kubectl, the first file to define a thing wins.
 *
 * @param source the flag or variable that named the files
 * @throws ConnectionError (configuration) naming the file, what is wrong and the remedy
 */
export function chooseFromKubeconfig(files: readonly string[], source: string): Chosen {
  const merged: Merged = { current: '', contexts: new Map(), clusters: new Map(), users: new Map() };
  for (const file of files) {
    try {
      mergeFile(file, merged);
    } catch (cause) {
      const message = `cannot use the kubeconfig ${file} (from ${source}): ${(cause as Error).message}`;
      throw new ConnectionError('configuration', message, cause);
    }
  }
  return choose(merged, `kubeconfig ${files.join(':')}`);
}

function choose({ current, contexts, clusters, users }: Merged, named: string): Chosen {
  const wrong = (problem: string) => new ConnectionError('configuration', `${named}: ${problem}`);
  if (current === '') throw wrong('it has no current-context. Set one: kubectl config use-context NAME');
  const context = contexts.get(current);
  if (context === undefined) {
    const known = [...contexts.keys()].join(', ') || 'none';
    throw wrong(`current-context is ${current}, which is not among its contexts (${known})`);
  }
  const cluster = clusters.get(context.cluster ?? '');
  if (cluster === undefined) {
    throw wrong(`context ${current} names the cluster ${context.cluster ?? ''}, which it does not define`);
  }
  if (cluster['proxy-url']) {
    throw wrong(`cluster ${context.cluster} has a proxy-url, which is not supported. Reach the server directly`);
  }
  const user = context.user ? users.get(context.user) : {};
  if (user === undefined) throw wrong(`context ${current} names the user ${context.user}, which it does not define`);
  if (user['as-groups']?.length) {
    throw wrong(`user ${context.user} has as-groups, which is not supported. Give the user the rights it needs itself`);
  }
  return { cluster, user, namespace: context.namespace ?? 'default', origin: `${named}, context ${current}` };
}

function mergeFile(file: string, merged: Merged): void {
  const content: unknown = parse(readFileSync(file, 'utf8'));
  if (typeof content !== 'object' || content === null) throw new Error('it is empty or no mapping. Write a kubeconfig');
  const folder = dirname(file);
  const { 'current-context': current, ...lists } = content as Record<string, unknown>;
  if (merged.current === '' && typeof current === 'string') merged.current = current;
  const add = <T>(list: string, field: string, into: Map<string, T>, take: (entry: object, where: string) => T) => {
    for (const [index, { name, entry, where }] of entries(lists[list], list, field).entries()) {
      if (name === undefined) throw new Error(`${list}[${index}].name is missing`);
      if (!into.has(name)) into.set(name, take(entry, where));
    }
  };
  add('contexts', 'context', merged.contexts, (entry) => entry);
  add('clusters', 'cluster', merged.clusters, (entry, where) => {
    const cluster = absolute(entry as ClusterEntry, ['certificate-authority'], folder);
    if (typeof cluster.server !== 'string') throw new Error(`${where}.server is missing`);
    return cluster;
  });
  add('users', 'user', merged.users, (entry) =>
    absolute(entry as UserEntry, ['client-certificate', 'client-key', 'tokenFile'], folder),
  );
}

/** The named entries of a list such as `clusters: [{ name, cluster: { … } }]`. */
function entries(list: unknown, listName: string, field: string) {
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) throw new Error(`${listName} is not a list`);
  return list.map((each: { readonly name?: unknown } & Record<string, unknown>, index) => ({
    name: typeof each?.name === 'string' ? each.name : undefined,
    entry: (each?.[field] ?? {}) as object,
    where: `${listName}[${index}].${field}`,
  }));
}

/** Paths in a kubeconfig are relative to it. */
function absolute<T extends object>(entry: T, paths: readonly (keyof T)[], folder: string): T {
  const copy = { ...entry };
  for (const path of paths) {
    const value = copy[path];
    if (typeof value === 'string' && value !== '') copy[path] = resolve(folder, value) as T[keyof T];
  }
  return copy;
}
