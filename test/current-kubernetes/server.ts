// Owns: an etcd, and an API server for custom resources that is Kubernetes' own code, of the newest version that Debian has.
// Refuses to know: what is tested on it.
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { parse } from 'yaml';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { type Child, startChild } from '../cluster/child-process.js';
import { freePort } from '../cluster/free-port.js';
import { eventually } from '../lab/eventually.js';

export interface Answer {
  readonly status: number;
  /** The object, or a Status with `message`. */
  readonly body: {
    readonly message?: string;
    readonly metadata?: object;
    readonly spec?: object;
    readonly status?: unknown;
  };
}

/** Who asks, where it is not the administrator. */
export interface Caller {
  readonly user: string;
  /** Beside the name, such as the node that a token is bound to. */
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export interface CurrentServer {
  /** What it emulates, such as 1.36. */
  readonly version: string;
  /** Calls `path`, such as /apis/GROUP/VERSION/PLURAL. A body of a PATCH is server-side apply. */
  call(method: string, path: string, body?: object, caller?: Caller): Promise<Answer>;
  /** Applies the definitions of a folder of deploy, server-side, and waits until there can be objects. The server has no discovery for kubectl. */
  applyDefinitions(folder: 'crds' | 'crds-with-rules'): Promise<void>;
  /** What it has logged last. */
  log(): string;
  stop(): Promise<void>;
}

/** What a first build may take. */
export const buildDeadlineMs = 20 * 60_000;

/** Builds the server where that was not done before. Undefined where it cannot be built here; the reason is printed. */
export async function currentServerProgram(): Promise<string | undefined> {
  const script = join(projectRoot(), 'scripts', 'current-kubernetes');
  const { exitCode, stdout } = await execa(script, { reject: false, stderr: 'inherit' });
  if (exitCode === 0) return stdout.trim();
  if (exitCode === 125) return undefined;
  throw new Error(`scripts/current-kubernetes ended with exit code ${exitCode}`);
}

/**
 * @param o.emulated an older version whose CEL and features it has, such as 1.31
 * @param o.policies YAML: ValidatingAdmissionPolicies, bindings, Namespaces
 */
export async function startCurrentServer(
  program: string,
  o: { emulated?: string; policies?: string } = {},
): Promise<CurrentServer> {
  const dir = await mkdtemp(join(tmpdir(), 'openelb-vip-current-'));
  const running: Child[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: 8, rejectUnauthorized: false });
  const stop = async () => {
    agent.destroy();
    for (const child of running.splice(0).reverse()) await child.stop();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const etcd = `http://127.0.0.1:${await freePort('127.0.0.1')}`;
    const peer = `http://127.0.0.1:${await freePort('127.0.0.1')}`;
    const port = await freePort('127.0.0.1');
    const policies = join(dir, 'policies.yaml');
    await writeFile(policies, o.policies ?? '');
    running.push(await startChild('etcd', etcdFlags(dir, etcd, peer), join(dir, 'etcd.log')));
    const flags = [
      `--etcd-servers=${etcd}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      `--cert-dir=${dir}`,
      ...(o.policies === undefined ? [] : [`--policies=${policies}`]),
      ...(o.emulated === undefined ? [] : [`--emulated-version=${o.emulated}`]),
    ];
    const server = await startChild(program, flags, join(dir, 'server.log'));
    running.push(server);
    const url = `https://127.0.0.1:${port}`;
    const call: CurrentServer['call'] = (...args) => send(agent, url, ...args);
    await eventually(
      'an API server that is ready',
      async () => {
        if (server.hasEnded()) return 'ended';
        return (await call('GET', '/readyz')).status === 200 && 'ready';
      },
      { withinMs: 60_000, onTimeout: () => server.tail() },
    );
    if (server.hasEnded()) throw new Error(`${await server.ended}:\n${server.tail()}`);
    const version = (await call('GET', '/version')).body as Record<string, string>;
    return {
      version: `${version.emulationMajor}.${version.emulationMinor}`,
      call,
      async applyDefinitions(folder) {
        for (const definition of await readDefinitions(folder)) {
          const path = `${definitions}/${definition.metadata.name}`;
          const { status, body } = await call('PATCH', `${path}?fieldManager=test&force=true`, definition);
          if (status >= 300) throw new Error(`the server refuses ${definition.metadata.name}: ${body.message}`);
          const { group, names, versions } = definition.spec;
          const objects = `/apis/${group}/${versions[0]!.name}/${names.plural}`;
          await eventually(objects, async () => (await call('GET', objects)).status === 200);
        }
      },
      log: () => server.tail(),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

interface Definition {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly names: { readonly plural: string };
    readonly versions: readonly { readonly name: string }[];
  };
}

async function readDefinitions(folder: string): Promise<readonly Definition[]> {
  const path = join(projectRoot(), 'deploy', folder);
  const names = (await readdir(path)).filter((name) => name.endsWith('.yaml'));
  return Promise.all(names.map(async (name) => parse(await readFile(join(path, name), 'utf8')) as Definition));
}

function etcdFlags(dir: string, client: string, peer: string): string[] {
  return [
    `--data-dir=${join(dir, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--unsafe-no-fsync',
  ];
}

async function send(
  agent: Agent,
  url: string,
  method: string,
  path: string,
  body?: object,
  caller?: Caller,
): Promise<Answer> {
  const extra = Object.entries(caller?.extra ?? {}).map(
    ([key, values]) => [`Impersonate-Extra-${encodeURIComponent(key)}`, [...values]] as const,
  );
  const headers = {
    'Content-Type': method === 'PATCH' ? 'application/apply-patch+yaml' : 'application/json',
    Accept: 'application/json',
    ...(caller && { 'Impersonate-User': caller.user, ...Object.fromEntries(extra) }),
  };
  const sent = request(`${url}${path}`, { method, headers, agent, timeout: 30_000 });
  sent.on('timeout', () => sent.destroy(new Error(`${method} ${path}: no answer within 30 s`)));
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = await once(sent, 'response');
  const text = (await response.setEncoding('utf8').toArray()).join('');
  const isJson = String(response.headers['content-type']).startsWith('application/json');
  return { status: response.statusCode, body: isJson ? JSON.parse(text) : { message: text } };
}
