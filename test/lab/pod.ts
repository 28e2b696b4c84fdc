import { run } from './command.js';
import type { Host } from './host.js';
import { startProcess } from './process.js';
import { startResponder } from './responder.js';

/** A program in a network namespace of its own behind a node: what a Pod is to the data path of a Service. */
export interface Pod {
  readonly name: string;
  readonly node: string;
  readonly address: string;
  readonly address6: string;
  readonly start: Host['start'];
}

/**
 * Starts a Pod on each node, `pod-NODE`, that answers as a responder does, and makes the nodes route to each other's Pods as a
 * network plugin would: Pod N is 10.244.N.2 and fd44:N::2.
 */
export async function startPods(o: { lab: string; folder: string; nodes: readonly Host[] }): Promise<readonly Pod[]> {
  const pods = await Promise.all(o.nodes.map((node, index) => startPod(o.lab, o.folder, node, index + 1)));
  for (const node of o.nodes) {
    for (const [index, other] of o.nodes.entries()) {
      if (other === node) continue;
      await node.run('ip', ['route', 'add', `10.244.${index + 1}.0/24`, 'via', other.address]);
      await node.run('ip', ['-6', 'route', 'add', `fd44:${index + 1}::/64`, 'via', other.address6]);
    }
  }
  return pods;
}

async function startPod(lab: string, folder: string, node: Host, number: number): Promise<Pod> {
  const name = `pod-${node.name}`;
  const namespace = `${lab}-${name}`;
  const inside = (...args: string[]) => run('ip', ['-n', namespace, ...args]);
  await node.run('sysctl', ['-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']);
  await run('ip', ['netns', 'add', namespace]);
  await run('ip', ['netns', 'exec', namespace, 'sysctl', '-qw', 'net.ipv6.conf.default.accept_dad=0']);
  await run('ip', [
    '-n',
    node.namespace,
    'link',
    'add',
    'pods',
    'type',
    'veth',
    'peer',
    'name',
    'eth0',
    'netns',
    namespace,
  ]);
  await node.run('ip', ['address', 'add', `10.244.${number}.1/24`, 'dev', 'pods']);
  await node.run('ip', ['address', 'add', `fd44:${number}::1/64`, 'dev', 'pods', 'nodad']);
  await node.run('ip', ['link', 'set', 'pods', 'up']);
  const [address, address6] = [`10.244.${number}.2`, `fd44:${number}::2`];
  await inside('link', 'set', 'lo', 'up');
  await inside('address', 'add', `${address}/24`, 'dev', 'eth0');
  await inside('address', 'add', `${address6}/64`, 'dev', 'eth0', 'nodad');
  await inside('link', 'set', 'eth0', 'up');
  await inside('route', 'add', 'default', 'via', `10.244.${number}.1`);
  await inside('-6', 'route', 'add', 'default', 'via', `fd44:${number}::1`);
  const start: Host['start'] = (title, command, args, env) =>
    startProcess({
      title: `${name}: ${title}`,
      log: `${folder}/${name}-${title}.log`,
      command: 'ip',
      args: ['netns', 'exec', namespace, command, ...args],
      ...(env === undefined ? {} : { env }),
    });
  await startResponder({ name, start });
  return { name, node: node.name, address, address6, start };
}
