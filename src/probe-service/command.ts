/** The subcommand `probe-service`: waits until a Service has addresses that are announced and answer. `helm test` runs it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { group, version } from '../api/annotations.js';
import { readVipGroup } from '../api/read-for-people.js';
import type { VipGroup } from '../api/vip-group.js';
import type { Command } from '../cli/command.js';
import type { FlagValues } from '../cli/flags.js';
import { kubeconfigFlag } from '../cli/shared-flags.js';
import { services } from '../platform/kubernetes/builtin-resources.js';
import { type ApiClient, openClient } from '../platform/kubernetes/client.js';
import { loadConnection } from '../platform/kubernetes/connection.js';
import type { Resource } from '../platform/kubernetes/resource.js';
import { describeError } from '../platform/observability/log.js';
import { type Announcement, announced, firstPort, type ServiceView } from './announcement.js';
import { askOnce, urlOf } from './ask.js';

const vipGroups: Resource = { group, version, plural: 'vipgroups', kind: 'VipGroup', namespaced: false };

/** Between two looks, in milliseconds. */
const pauseMs = 500;

export const command: Command = {
  usage: 'openelb-vip probe-service --namespace NAMESPACE --service NAME',
  about:
    'Waits until each address of a Service is announced by a node, by its VipGroup, and answers an HTTP request on the first port of the ' +
    'Service. Ends with 1 and what is missing otherwise. On a node and in a Pod kube-proxy answers for the address itself, so that the ' +
    'request shows the Service, and the VipGroup who is asked from outside; ask from another machine to see the whole way.',
  flags: [
    kubeconfigFlag,
    { name: 'namespace', type: 'string', value: 'NAMESPACE', default: 'default', help: 'Where the Service is.' },
    { name: 'service', type: 'string', value: 'NAME', help: 'The Service. Required.' },
    {
      name: 'path',
      type: 'string',
      value: 'PATH',
      default: '/',
      help: 'What is asked for; any answer from 200 to 399 will do.',
      check: (text) => (text.startsWith('/') ? undefined : 'a path begins with /, as in /healthz'),
    },
    {
      name: 'timeout',
      type: 'string',
      value: 'SECONDS',
      default: '60',
      help: 'How long all of that may take.',
      check: (text) => (/^[1-9][0-9]{0,3}$/.test(text) ? undefined : 'write whole seconds from 1 to 9999'),
    },
  ],
  run,
};

async function run(values: FlagValues): Promise<number> {
  const service = values.service as string | undefined;
  if (service === undefined || service === '') {
    process.stderr.write('openelb-vip probe-service: --service is missing: name the Service, as in --service web\n');
    return 2;
  }
  const key = `${String(values.namespace)}/${service}`;
  try {
    const kubeconfig = values.kubeconfig as string | undefined;
    const client = openClient(await loadConnection({ kubeconfig, env: process.env }));
    try {
      return await probe(client, key, { path: String(values.path), timeoutMs: Number(values.timeout) * 1_000 });
    } finally {
      client.close();
    }
  } catch (error) {
    process.stderr.write(`openelb-vip probe-service: ${describeError(error)}\n`);
    return 1;
  }
}

async function probe(client: ApiClient, key: string, o: { path: string; timeoutMs: number }): Promise<number> {
  const started = performance.now();
  for (;;) {
    const answer = await look(client, key, o.path);
    const seconds = ((performance.now() - started) / 1_000).toFixed(1);
    if ('announcements' in answer) {
      for (const { address, nodes, group: name } of answer.announcements)
        process.stdout.write(`${address} answers, announced by ${nodes.join(', ')} (VipGroup ${name})\n`);
      process.stdout.write(`Service ${key} answered after ${seconds} s\n`);
      return 0;
    }
    if (performance.now() - started + pauseMs > o.timeoutMs) {
      process.stderr.write(`openelb-vip probe-service: Service ${key}, after ${seconds} s: ${answer.missing}\n`);
      return 1;
    }
    await sleep(pauseMs);
  }
}

async function look(client: ApiClient, key: string, path: string) {
  const service = await client.get<ServiceView>(services, key);
  const list = await client.list<VipGroup>(vipGroups);
  const found = announced(
    service,
    list.items.flatMap((each) => readVipGroup(each) ?? []),
  );
  if ('missing' in found) return found;
  const port = firstPort(service!);
  if (port === undefined) return { missing: 'it has no port' };
  const wrong = await Promise.all(
    found.announcements.map(({ address }: Announcement) => askOnce(urlOf(address, port, path))),
  );
  const missing = wrong.find((each) => each !== undefined);
  return missing === undefined ? found : { missing };
}
