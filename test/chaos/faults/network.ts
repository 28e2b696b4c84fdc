/** What befalls a node's NIC, its cable, and the way to the API server. */
import { run } from '../../lab/command.js';
import { eventually } from '../../lab/eventually.js';
import type { Fault, Scene } from './fault.js';

const heal = async ({ node }: Scene) => void (await node.host.cable.heal());

/** Rules in the node's own tables, which go with their table. */
const table = async ({ node }: Scene, ...rules: readonly string[]) => {
  const chains = ['input', 'output'].map(
    (hook) => `add chain inet chaos ${hook} { type filter hook ${hook} priority 0; }`,
  );
  const input = ['add table inet chaos', ...chains, ...rules.map((rule) => `add rule inet chaos ${rule}`)].join('\n');
  await node.host.run('nft', ['-f', '-'], { input: `${input}\n` });
};
const withoutTable = async ({ node }: Scene) => {
  const input = 'add table inet chaos\ndelete table inet chaos\n'; // whether it is there or not
  await node.host.run('nft', ['-f', '-'], { input });
};

/** The other end of the cable is a port of the lab's bridge. */
async function newNic({ stack, node }: Scene): Promise<void> {
  const { host } = node;
  const bridge = (...args: readonly string[]) => run('ip', ['-n', stack.lab.bridge, ...args]);
  await bridge('link', 'delete', host.name);
  await bridge('link', 'add', host.name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', host.namespace);
  await bridge('link', 'set', host.name, 'master', 'br0', 'up');
  await host.run('ip', ['address', 'add', `${host.address}/24`, 'brd', '+', 'dev', 'eth0']);
  await host.run('ip', ['address', 'add', `${host.address6}/64`, 'dev', 'eth0', 'nodad']);
  await host.run('ip', ['link', 'set', 'eth0', 'up']);
}

const onNic = (scene: Scene, ...args: readonly string[]) => scene.node.host.run('ip', args);

/** By which an address that somebody adds is found again. */
const more = 'eth0:more';

/** As after a boot, with this one for IPv4. */
async function onlyOwnAddresses(scene: Scene, address: string): Promise<void> {
  await onNic(scene, 'address', 'flush', 'dev', 'eth0', 'scope', 'global');
  await onNic(scene, 'address', 'add', `${address}/24`, 'brd', '+', 'dev', 'eth0');
  await onNic(scene, 'address', 'add', `${scene.node.host.address6}/64`, 'dev', 'eth0', 'nodad');
}

/** Another lease of DHCP, which the kubelet has the API server know. */
async function readdress(scene: Scene, address: string): Promise<void> {
  await onlyOwnAddresses(scene, address);
  const addresses = [
    { type: 'InternalIP', address },
    { type: 'Hostname', address: scene.node.name },
  ];
  const patch = JSON.stringify({ status: { addresses } });
  await scene.stack.api.kubectl([
    'patch',
    'node',
    scene.node.name,
    '--subresource=status',
    '--type=merge',
    '-p',
    patch,
  ]);
}

/** Of what goes to the API server and comes from it, what the rule's verdict befalls. */
const apiServer = (name: string, rules: (scene: Scene) => readonly string[]): Fault => ({
  name,
  lastsMs: [500, 8_000],
  befall: (scene) => table(scene, ...rules(scene)),
  undo: withoutTable,
});
const to = ({ stack }: Scene) => `output ip daddr ${stack.control.address}`;
const from = ({ stack }: Scene) => `input ip saddr ${stack.control.address}`;
const some = ({ random }: Scene, least: number, most: number) => `numgen random mod 100 < ${random.whole(least, most)}`;

export const ofTheNetwork: readonly Fault[] = [
  {
    name: 'the cable is pulled',
    unfit: true,
    lastsMs: [20, 6_000],
    befall: async ({ node }) => void (await node.host.cable.cut()),
    undo: heal,
  },
  ...(['both', 'from-host', 'to-host'] as const).map(
    (direction): Fault => ({
      name: `the cable is dead, ${direction}, with its carrier`,
      unfit: true,
      lastsMs: [20, 6_000],
      befall: async ({ node }) => void (await node.host.cable.cutSilently(direction)),
      undo: heal,
    }),
  ),
  ...(['input', 'output'] as const).map(
    (hook): Fault => ({
      name: `a part of what ${hook === 'input' ? 'comes in' : 'goes out'} is lost`,
      unfit: true,
      lastsMs: [500, 6_000],
      befall: (scene) => table(scene, `${hook} ${some(scene, 10, 70)} drop`),
      undo: withoutTable,
    }),
  ),
  apiServer('the API server is out of the node’s reach', (scene) => [`${to(scene)} drop`]),
  apiServer('the API server answers the node late', (scene) =>
    [to, from].map((way) => `${way(scene)} ${some(scene, 20, 60)} drop`),
  ),
  apiServer('the API server has little room for the node', (scene) =>
    [to, from].map((way) => `${way(scene)} limit rate over ${scene.random.whole(2, 20)} kbytes/second drop`),
  ),
  apiServer('connections to the API server break', (scene) => [
    `${to(scene)} meta l4proto tcp ${some(scene, 5, 50)} reject with tcp reset`,
  ]),
  { name: 'the NIC is taken away and made anew', unfit: true, lastsMs: [0, 0], befall: newNic },
  {
    name: 'the node loses its power, and boots',
    unfit: true,
    lastsMs: [500, 6_000],
    async befall(scene) {
      const { node } = scene;
      await node.host.cable.cut();
      node.agent().signal('SIGKILL');
      await node.host.run('nft', ['flush', 'ruleset']);
      await onlyOwnAddresses(scene, node.host.address);
    },
    async undo(scene) {
      await heal(scene);
      await eventually(`the end of the agent of ${scene.node.name}`, () => !scene.node.agent().running());
      scene.node.startAgent();
    },
  },
  {
    name: 'the node gets another address, and its old one back',
    unfit: true,
    lastsMs: [500, 6_000],
    befall: (scene) =>
      readdress(scene, `${scene.node.host.address.replace(/\.\d+$/, '')}.${scene.random.whole(60, 90)}`),
    undo: (scene) => readdress(scene, scene.node.host.address),
  },
  {
    name: 'the NIC goes down and up',
    unfit: true,
    lastsMs: [10, 2_000],
    befall: async (scene) => void (await onNic(scene, 'link', 'set', 'eth0', 'down')),
    undo: async (scene) => void (await onNic(scene, 'link', 'set', 'eth0', 'up')),
  },
  {
    name: 'the NIC has another MTU',
    lastsMs: [100, 3_000],
    befall: async (scene) => void (await onNic(scene, 'link', 'set', 'eth0', 'mtu', '1400')),
    undo: async (scene) => void (await onNic(scene, 'link', 'set', 'eth0', 'mtu', '1500')),
  },
  {
    name: 'the NIC has another MAC',
    unfit: true,
    lastsMs: [0, 0],
    async befall(scene) {
      const octets = Array.from({ length: 4 }, () => scene.random.whole(0, 255).toString(16).padStart(2, '0'));
      await onNic(scene, 'link', 'set', 'eth0', 'address', `02:42:${octets.join(':')}`);
    },
  },
  {
    name: 'somebody gives the NIC an address more',
    lastsMs: [100, 4_000],
    befall: async (scene) => {
      await onNic(scene, 'address', 'add', `10.77.0.${scene.random.whole(220, 250)}/24`, 'dev', 'eth0', 'label', more);
    },
    undo: async (scene) => void (await onNic(scene, 'address', 'flush', 'label', more).catch(() => {})),
  },
  {
    name: 'somebody takes a virtual address off the NIC',
    lastsMs: [0, 0],
    befall: async (scene) => {
      await onNic(scene, 'address', 'delete', `${scene.address}/32`, 'dev', 'eth0').catch(() => {});
    },
  },
];
