/**
 * What keeping connections costs the agent's main thread with so many addresses: milliseconds for a turn in which somebody else leads a group, for
 * one that only renews, and for one that only asks former leaders whether they live. Real nf_tables, in a network namespace of its own; as root.
 * `node --import=tsx test/bench/draining.ts [--addresses 10000] [--groups 100]`
 */
import { parseArgs } from 'node:util';
import { configure, keyOf, leaderSeen, type Peer } from '../../src/agent/draining/state.js';
import { newTurns, turn } from '../../src/agent/draining/turn.js';
import { type Nftables, openNftables } from '../../src/platform/linux/nftables/nftables.js';
import { openTwoHosts } from '../kernel/two-hosts.js';

const { values } = parseArgs({
  options: {
    addresses: { type: 'string', default: '10000' },
    groups: { type: 'string', default: '100' },
    simulated: { type: 'boolean', default: false },
  },
});
const perGroup = Math.ceil(Number(values.addresses) / Number(values.groups));
const minute = 60_000_000;
const station = Uint8Array.of(2, 0, 0, 0, 0, 1);

const hosts = values.simulated ? undefined : openTwoHosts('drainbench');
const nftables = hosts?.inB(() => openNftables()) ?? simulated();
let now = 0;
const answers = new Map<string, Uint8Array>();
const turns = newTurns(
  {
    now: () => now,
    openNftables: () => ({ ...nftables, hasChain: () => true }), // as if beside kube-proxy
    node: { read: () => '1', hasInterface: () => false },
    rtnetlink: {
      neighborMac: () => station,
      useNeighbor() {},
      routeTo: () => ({ interfaceIndex: 1, source: undefined, gateway: undefined }),
    },
    macOf: () => Uint8Array.of(2, 0, 0, 0, 0, 9),
    hasLink: () => true,
    probe: {
      ask: (peer: Peer) => void answers.set(keyOf(peer), station),
      heard: () => ({ neighbors: answers, overrun: new Set() }),
      keep() {},
    },
  },
  { info() {}, warn: (message: string, fields: unknown) => console.error(message, fields) },
);

const groups = Array.from({ length: Number(values.groups) }, (_, group) => ({
  name: `group${group}`,
  addresses: Array.from({ length: perGroup }, (_, n) => `10.${group >> 8}.${group & 255}.${n}`),
  window: 5 * minute,
  isSaid: true,
}));
configure(turns.draining, new Map(groups.map(({ name, ...group }) => [name, group])), now);
const lead = (group: string, leader: string | undefined) => {
  const binding = { nic: 1, answersOn: 1, mac: station, source: Uint8Array.of(192, 0, 2, 9) };
  leaderSeen(
    turns.draining,
    { type: 'leader', proven: true, silenced: false, group, leader, station, ...binding },
    now,
  );
  turns.dirty = true;
};

function measure(rounds: number, prepare: (round: number) => void): string {
  const took = Array.from({ length: rounds }, (_, round) => {
    prepare(round);
    const from = performance.now();
    turn(turns);
    return performance.now() - from;
  }).toSorted((a, b) => a - b);
  return `median ${took[rounds >> 1]!.toFixed(2)} ms, longest ${took[rounds - 1]!.toFixed(2)} ms`;
}

for (const { name } of groups) lead(name, '192.0.2.1');
console.log(`${perGroup * groups.length} addresses in ${groups.length} groups`);
console.log(`the first turn: ${measure(1, () => {})}`);
console.log(
  `one group's leader is another: ${measure(20, (round) => {
    now += 10_000;
    lead('group0', round % 2 === 0 ? undefined : '192.0.2.1');
  })}`,
);
console.log(
  `all groups' leader is another: ${measure(20, (round) => {
    now += 10_000;
    for (const { name } of groups) lead(name, round % 2 === 0 ? undefined : '192.0.2.1');
  })}`,
);
for (const { name } of groups) lead(name, undefined);
turn(turns);
console.log(
  `renewal: ${measure(40, () => {
    now += 3_000_000;
  })}`,
);
console.log(
  `former leaders are asked: ${measure(100, () => {
    now += 25_000;
  })}`,
);
nftables.close();
hosts?.close();

/** Nothing but what this process does. */
function simulated(): Nftables {
  return {
    transact: () => undefined,
    hasTable: () => false,
    hasChain: () => true,
    hasSet: () => false,
    outline: () => '',
    rules: () => [],
    elements: () => [],
    close() {},
  };
}
