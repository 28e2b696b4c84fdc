/**
 * The symptoms of docs/bgp.md, each brought about by the mistake that the page names, on a router of its own with one or two nodes. All
 * happen at once.
 */
import assert from 'node:assert/strict';
import { type BgpSpeaker, configuration, peerOf, startBgpSpeaker } from '../lab/bgp-speaker.js';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import type { Lab } from '../lab/lab.js';
import { startBird } from '../lab/routers/bird.js';
import { startFrr } from '../lab/routers/frr.js';
import { gatewaysOf } from '../lab/routers/kernel-routes.js';
import { neighborAt } from '../lab/routers/router.js';
import { addNode } from './bgp-cases.js';

const vip = '192.0.2.1/32';

export interface Symptom {
  /** The first cell of its row. */
  readonly name: string;
  provoke(place: Place): Promise<void>;
}

/** Where one is brought about. */
interface Place {
  readonly folder: string;
  readonly router: Host;
  readonly nodes: readonly [Host, Host];
}

/** A place for each, all on one wire. */
export async function placeFor(lab: Lab, index: number): Promise<Place> {
  return {
    folder: lab.folder,
    router: await lab.addHost(`r${index}`, 20 + index),
    nodes: [await addNode(lab, `n${index}a`, 100 + index), await addNode(lab, `n${index}b`, 150 + index)],
  };
}

/** A BIRD in order, but for what is replaced. */
function birdFor({ router, nodes }: Place, o: { options?: string; ipv4?: string; kernel?: string } = {}) {
  return [
    `router id ${router.address};`,
    'protocol device { }',
    `protocol kernel { ${o.kernel ?? 'merge paths on;'} ipv4 { import none; export all; }; }`,
    ...nodes.flatMap((node, i) => [
      `protocol bgp node${i} {`,
      `  local as 65000; neighbor ${node.address} as 65001; ${o.options ?? ''}`,
      `  ipv4 { ${o.ipv4 ?? 'import all;'} export none; };`,
      '}',
    ]),
  ];
}

/** Has a node tell the router of one address. */
async function speak(
  place: Place,
  index: 0 | 1 = 0,
  { over6 = false, ...changes }: { over6?: boolean; session?: object; bfd?: object } = {},
): Promise<BgpSpeaker> {
  const node = place.nodes[index];
  const speaker = await startBgpSpeaker(node, place.folder, { bfd: changes.bfd !== undefined });
  const session = { identifier: 0x0a4d_0000 + Number(node.address.split('.')[3]), families: [4], ...changes.session };
  speaker.command(
    configuration([peerOf('r', over6 ? place.router.address6 : place.router.address, { ...changes, session })]),
  );
  speaker.routes([vip]);
  speaker.command({ type: 'complete' });
  return speaker;
}

const reported = (speaker: BgpSpeaker, reason: string) =>
  eventually(`${reason} to be reported`, () => speaker.report('r')?.problem?.reason === reason, {
    onTimeout: () => JSON.stringify(speaker.report('r')),
  });

export const symptoms: readonly Symptom[] = [
  {
    name: 'the connection is closed at once',
    provoke: async (place) => {
      const { router, nodes } = place;
      await startFrr(place.folder, router, {
        as: 65000,
        neighbors: [{ at: { range: `${nodes[1].address}/32` }, as: 65001 }],
      });
      await reported(await speak(place), 'ClosedByRouter');
    },
  },
  {
    name: 'Established, the router has no route',
    provoke: async (place) => {
      const lines = [
        'router bgp 65000',
        ` neighbor ${place.nodes[0].address} remote-as external`,
        ` neighbor ${place.nodes[0].address} timers connect 1`,
      ];
      const router = await startFrr(place.folder, place.router, { lines });
      const speaker = await speak(place);
      await speaker.eventuallyTold('r', 1);
      await eventually('what its summary says', async () =>
        (await router.ask('show', 'bgp', 'ipv4', 'unicast', 'summary')).includes('(Policy)'),
      );
      assert.deepEqual(await router.paths(vip), []);
    },
  },
  {
    name: 'the router has routes, its kernel one way',
    provoke: async (place) => {
      const router = await startBird(place.folder, place.router, { lines: birdFor(place, { kernel: ' ' }) });
      await speak(place, 0);
      await speak(place, 1);
      await eventually('two ways', async () => (await router.paths(vip)).length === 2);
      await eventually('one of them in the kernel', async () => (await gatewaysOf(place.router, vip)).length === 1);
    },
  },
  {
    name: 'IPv4 routes are missing on a session over IPv6',
    provoke: async (place) => {
      const neighbor = { at: { address: place.nodes[0].address6 }, as: 65001 };
      await startBird(place.folder, place.router, { as: 65000, neighbors: [neighbor] });
      await place.nodes[0].run('ip', ['-4', 'address', 'flush', 'dev', 'eth0']);
      const speaker = await speak(place, 0, { over6: true, session: { families: [4, 6], extendedNextHop: true } });
      await reported(speaker, 'NoNextHop');
    },
  },
  {
    name: 'sessions end about every hold time',
    provoke: async (place) => {
      await startBird(place.folder, place.router, { lines: birdFor(place, { options: 'error wait time 1, 5;' }) });
      const speaker = await speak(place, 0, { session: { holdTime: 3 } });
      await speaker.eventuallyTold('r', 1);
      await place.nodes[0].cable.cutSilently('to-host');
      await eventually('the end of the hold time', () => speaker.report('r')?.lastClose?.reason === 'hold-timer');
      await reported(speaker, 'HoldTimerExpired');
    },
  },
  {
    name: 'BFD stays `Down`',
    provoke: async (place) => {
      await startBird(place.folder, place.router, { lines: birdFor(place) });
      const timing = { desiredMinTx: 300_000, requiredMinRx: 300_000, detectMult: 3 };
      const speaker = await speak(place, 0, { bfd: timing });
      await reported(speaker, 'BfdMissing');
      assert.equal(speaker.report('r')?.bfd?.state, 'Down');
      assert.equal(speaker.report('r')?.state, 'Established');
    },
  },
  {
    name: 'routes change when an agent restarts',
    provoke: async (place) => {
      const lines = birdFor(place, { options: 'graceful restart off;' });
      const router = await startBird(place.folder, place.router, { lines });
      const speaker = await speak(place);
      const { negotiated } = await speaker.eventuallyTold('r', 1);
      assert.equal(negotiated?.gracefulRestart, false);
      speaker.command({ type: 'leave', how: 'restart' });
      await eventually('the route to go', async () => (await router.paths(vip)).length === 0);
    },
  },
  {
    name: 'after a failure a node stays away for a minute or more',
    provoke: async (place) => {
      const router = await startBird(place.folder, place.router, {
        lines: birdFor(place, { options: 'hold time 3;' }),
      });
      const speaker = await speak(place, 0, { session: { holdTime: 3 } });
      await speaker.eventuallyTold('r', 1);
      await place.nodes[0].cable.cutSilently();
      await eventually('BIRD to wait', async () =>
        /Error wait:\s+[\d.]+\/60/.test(await router.ask('show', 'protocols', 'all', 'node0')),
      );
      await place.nodes[0].cable.heal();
      await reported(speaker, 'ClosedByRouter');
    },
  },
  {
    name: 'two of three nodes have a session, one has not',
    provoke: async (place) => {
      const lines = [
        'router bgp 65000',
        ' no bgp ebgp-requires-policy',
        ' neighbor NODES peer-group',
        ' neighbor NODES remote-as external',
        ' bgp listen limit 1',
        ' bgp listen range 10.77.0.0/24 peer-group NODES',
      ];
      const router = await startFrr(place.folder, place.router, { lines });
      const first = await speak(place, 0);
      await first.eventuallyTold('r', 1);
      await reported(await speak(place, 1), 'ClosedByRouter');
      assert.equal((await neighborAt(router, place.nodes[1].address))?.state, undefined);
    },
  },
];

/** Rows that settings of the matrix (`bgp-cases.ts`) bring about, by its name there. */
export const inMatrix: Readonly<Record<string, string>> = {
  '`BgpPeer` 0/3, `NoAnswer`': 'another password',
  '`lastClose` `received peer-as`': 'the router expects another AS',
  '`lastClose` `sent peer-as`': 'our speaker expects another AS',
};
