/** What the hostile host does. Each attack is some frames at a rate, or a program. */

import { seamlessPort } from '../../../src/core/bfd/seamless.js';
import { bfdPort, encodeControlPacket } from '../../../src/core/wire/bfd.js';
import { eventually } from '../eventually.js';
import { programArguments } from '../process.js';
import {
  arp,
  datagram,
  forgedAdvert,
  hostileMac,
  malformed,
  neighborAdvertisement,
  neighborSolicitation,
  sentFrom,
  sentTo,
  syn,
  withTtl,
} from './frames.js';
import { send } from './sender.js';
import { groups, key, prefix, type Stage, wrongKey } from './stage.js';

export interface Attack {
  readonly name: string;
  /** What may come of it: no address and no route moves; or the client believes the hostile host; or what it names moves. */
  readonly expected: 'nothing' | 'client' | 'plain' | 'signed' | 'routes';
  /** Does it to its end. @returns frames, or connections, a second */
  run(stage: Stage, o: Scale): Promise<number>;
}

export interface Scale {
  readonly seconds: number;
  /** Of storms, in frames a second. */
  readonly storm: number;
}

type Frames = (stage: Stage) => readonly Uint8Array[] | Promise<readonly Uint8Array[]>;

/** Few frames, each of them once or more within the time. */
const forgery = (name: string, expected: Attack['expected'], frames: Frames, perSecond = 1000): Attack => ({
  ...{ name, expected },
  run: async (stage, { seconds }) =>
    send(stage.hostile, stage.lab.folder, { frames: await frames(stage), perSecond, seconds }),
});

/** As many frames as there may be, all for one node, which may lead: a switch copies what is for everybody, which takes the rate down. */
const storm = (name: string, frames: Frames): Attack => ({
  ...{ name, expected: 'nothing' },
  run: async (stage, { seconds, storm: perSecond }) => {
    const mac = await stage.mac((await stage.leaderOf('signed')).leader);
    const aimed = (await frames(stage)).map((frame) => sentTo(frame, mac));
    return send(stage.hostile, stage.lab.folder, { frames: aimed, perSecond, seconds });
  },
});

const range = (count: number) => Array.from({ length: count }, (_, n) => n);
const vips = Object.values(groups).map(({ vip }) => vip);
const ofFour = Object.values(groups).filter(({ vip }) => !vip.includes(':'));
/** Of all that are signed, of both families. */
const signed = Object.values(groups).filter((group) => group !== groups.plain);
/** Pseudo-random, and the same each time. */
const spread = (n: number) => (n * 2_654_435_761) >>> 0;
const stranger = (n: number) => {
  const bits = spread(n);
  return `10.77.${1 + ((bits >>> 8) % 254)}.${1 + (bits % 254)}`;
};

/** By both members' addresses, for each group that is signed: unsigned, and with a key of nobody. */
function inMembersNames(stage: Stage, change: (n: number) => { readonly priority: number }): readonly Uint8Array[] {
  return range(256).flatMap((n) =>
    signed.flatMap(({ vip, virtualRouterId }) =>
      stage.nodes.flatMap(({ host }) =>
        [{}, { key: wrongKey }].map((more) =>
          forgedAdvert({
            ...{ virtualRouterId, addresses: vip.includes(':') ? ['fe80::66', vip] : [vip] },
            source: vip.includes(':') ? host.address6 : host.address,
            ...change(n),
            ...more,
          }),
        ),
      ),
    ),
  );
}

/** To each node by unicast, and to the group. */
const everyWay = (stage: Stage) => [{}, ...stage.nodes.map(({ host }) => ({ to: host.address }))];

export const attacks: readonly Attack[] = [
  forgery('adverts of a stranger, every priority, by unicast and multicast', 'nothing', (stage) =>
    range(256).flatMap((priority) =>
      ofFour.flatMap(({ vip, virtualRouterId }) =>
        everyWay(stage).map((way) =>
          forgedAdvert({ virtualRouterId, source: stage.hostile.address, priority, addresses: [vip], ...way }),
        ),
      ),
    ),
  ),
  forgery('adverts in members’ names, signed groups, every priority', 'nothing', (stage) =>
    inMembersNames(stage, (priority) => ({ priority })),
  ),
  forgery('adverts in members’ names with every TTL but 255', 'nothing', (stage) =>
    range(255).flatMap((ttl) =>
      stage.nodes.flatMap(({ host }) =>
        everyWay(stage).map((way) =>
          withTtl(
            forgedAdvert({
              ...{ virtualRouterId: groups.plain.virtualRouterId, addresses: [groups.plain.vip], ...way },
              ...{ source: host.address, priority: ttl % 2 === 0 ? 255 : 0 },
            }),
            ttl,
          ),
        ),
      ),
    ),
  ),
  forgery('adverts in members’ names with every other VRID', 'nothing', (stage) =>
    range(256)
      .filter((id) => id > 0 && !Object.values(groups).some(({ virtualRouterId }) => virtualRouterId === id))
      .flatMap((virtualRouterId) =>
        stage.nodes.flatMap(({ host }) =>
          everyWay(stage).map((way) =>
            forgedAdvert({ virtualRouterId, source: host.address, priority: 255, addresses: vips.slice(0, 1), ...way }),
          ),
        ),
      ),
  ),
  forgery('fragmented, oversized and malformed adverts in a member’s name', 'nothing', (stage) =>
    [groups.plain, groups.signed].flatMap(({ vip, virtualRouterId }) =>
      stage.nodes.flatMap(({ host }) =>
        malformed(forgedAdvert({ virtualRouterId, source: host.address, priority: 255, addresses: [vip] })),
      ),
    ),
  ),
  forgery('recorded adverts of all groups, sent again', 'nothing', async (stage) =>
    (await recorded(stage)).map((frame) => sentFrom(frame, hostileMac)),
  ),
  // A switch believes whoever sends last where a station is: what is for the nodes goes to the hostile host.
  forgery('the same with the nodes’ Ethernet addresses', 'routes', recorded),
  forgery(
    'adverts in a member’s name, priority 255, group without a key',
    'plain',
    async ({ leaderOf }) => {
      const { leader, backup } = await leaderOf('plain');
      const { vip, virtualRouterId } = groups.plain;
      const [source, to] = [backup.host.address, leader.host.address];
      return [forgedAdvert({ virtualRouterId, source, to, priority: 255, addresses: [vip] })];
    },
    10,
  ),
  forgery(
    'adverts in a member’s name, priority 255, signed with a stolen key',
    'signed',
    async ({ leaderOf }) => {
      const { backup } = await leaderOf('signed');
      const { vip, virtualRouterId } = groups.signed;
      const forged = { virtualRouterId, source: backup.host.address, priority: 255, addresses: [vip], key };
      return range(50).map((counter) => forgedAdvert({ ...forged, counter }));
    },
    10,
  ),
  storm('storm of adverts in members’ names, signed with a key of nobody', (stage) =>
    inMembersNames(stage, () => ({ priority: 255 })),
  ),
  storm('storm of fragments of adverts', ({ nodes }) =>
    malformed(
      forgedAdvert({
        ...{ virtualRouterId: groups.plain.virtualRouterId, addresses: [groups.plain.vip] },
        ...{ source: nodes[1]!.host.address, priority: 255 },
      }),
    ).slice(0, 6),
  ),
  storm('storm of ARP requests for virtual and for other addresses', ({ hostile }) =>
    range(4000).map((n) => arp('request', hostile.address, n % 4 === 0 ? ofFour[n % 3]!.vip : stranger(n))),
  ),
  storm('storm of ARP announcements of addresses of nobody', () =>
    range(4000).map((n) => arp(n % 2 === 0 ? 'request' : 'reply', stranger(n), stranger(n))),
  ),
  storm('storm of ND solicitations for virtual and for other addresses', ({ hostile }) =>
    range(4000).map((n) =>
      neighborSolicitation(
        hostile.address6,
        n % 4 === 0 ? groups.six.vip : `fd77::2:${(spread(n) & 0xffff).toString(16)}`,
      ),
    ),
  ),
  forgery('virtual addresses claimed by ARP and ND, ten times a second', 'client', () => claims(), 10),
  forgery('storm of claims to virtual addresses by ARP and ND, to everybody', 'client', () => claims(), 100_000),
  storm('storm of segments to all TCP ports that listen', async (stage) =>
    (
      await Promise.all(
        stage.nodes.map(async (node) => {
          const mac = await stage.mac(node);
          return range(3000).map((n) =>
            syn({
              ...{ source: n % 2 === 0 ? stage.hostile.address : stranger(n), to: node.host.address, mac },
              ...{ sourcePort: 1024 + (spread(n) % 60_000), port: [179, 17472, 17473][n % 3]! },
            }),
          );
        }),
      )
    ).flat(),
  ),
  storm('storm of datagrams to the ports of Seamless BFD and BFD', (stage) =>
    controlPackets(stage, stage.hostile.address),
  ),
  forgery('BFD in the router’s name, discriminators by chance', 'nothing', (stage) =>
    controlPackets(stage, stage.router.address, (n) => 1 + spread(n)),
  ),
  forgery('BFD in the router’s name, as if it had started anew', 'routes', (stage) =>
    controlPackets(stage, stage.router.address),
  ),
  {
    name: 'a rogue BGP router: connections, OPEN and UPDATE without end',
    expected: 'nothing',
    run: (stage, { seconds }) => connections(stage, 'rogue-router', [prefix, String(seconds)]),
  },
  {
    name: 'connections to the metrics port with headers that have no end',
    expected: 'nothing',
    run: async (stage, { seconds }) => {
      const [flood] = [stage.nodes[0]!].map(({ host }) =>
        stage.hostile.start('flood', process.execPath, [
          ...programArguments(new URL('../programs/header-flood', import.meta.url), import.meta.url),
          ...[host.address, '17472', '500'],
        ]),
      );
      let opened = 0;
      flood!.onLine((line) => {
        opened = Number(line);
      });
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      flood!.signal('SIGKILL');
      await flood!.exited;
      return opened / seconds;
    },
  },
];

/** What all say for a while. */
async function recorded({ tap, hub }: Stage): Promise<readonly Uint8Array[]> {
  await hub(true);
  const heard = tap.adverts().length;
  await eventually('adverts to record', () => tap.adverts().length > heard + 40);
  await hub(false);
  return tap.adverts().slice(heard);
}

/** That all virtual addresses are the hostile host's. */
function claims(): readonly Uint8Array[] {
  return [
    ...ofFour.flatMap(({ vip }) => [arp('request', vip, vip), arp('reply', vip, vip)]),
    neighborAdvertisement(groups.six.vip),
  ];
}

/** @param discriminator that it says it knows the session by; 0 where absent, as of who has just started */
async function controlPackets(
  stage: Stage,
  source: string,
  discriminator: (n: number) => number = () => 0,
): Promise<readonly Uint8Array[]> {
  const frames: Uint8Array[] = [];
  for (const node of stage.nodes) {
    const mac = await stage.mac(node);
    for (const n of range(800)) {
      const packet = encodeControlPacket({
        ...{ diagnostic: n % 8, state: (['AdminDown', 'Down', 'Init', 'Up'] as const)[n % 4]! },
        ...{ poll: false, final: false, controlPlaneIndependent: false, demand: false, detectMult: 1 + (n % 255) },
        ...{ myDiscriminator: 1 + (spread(n) & 0xffff), yourDiscriminator: discriminator(n) >>> 0 },
        ...{ desiredMinTx: 10_000, requiredMinRx: 10_000, requiredMinEchoRx: 0 },
      });
      const sourcePort = 49_152 + (n % 1000);
      const port = [bfdPort, seamlessPort][n % 2]!;
      frames.push(datagram({ source, to: node.host.address, mac, sourcePort, port }, packet));
    }
  }
  return frames;
}

/** Runs a program of the lab against all nodes. */
async function connections(stage: Stage, program: 'rogue-router', more: readonly string[]): Promise<number> {
  const rogue = stage.hostile.start(program, process.execPath, [
    ...programArguments(new URL(`../programs/${program}`, import.meta.url), import.meta.url),
    ...[stage.nodes.map(({ host }) => host.address).join(','), ...more],
  ]);
  let rate: number | undefined;
  rogue.onLine((line) => {
    rate = Number(line);
  });
  return eventually('the end of the connections', () => rate, { withinMs: 120_000, onTimeout: () => rogue.log() });
}
