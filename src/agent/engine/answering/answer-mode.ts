/**
 * The ways to answer, as one: which group goes which way, and the change from one to the other while its addresses are in use. The
 * new way answers before the old one stops; both give this NIC's MAC, so that nobody notices.
 */
import type { Micros } from '../../../core/time.js';
import { addressKey } from '../address-key.js';
import type { GroupConfig } from '../messages.js';
import type { Answering } from './contract.js';

type Way = GroupConfig['answer'];

export interface Ways {
  /** As `Answering.want`, by a way that may be another than before. */
  want(group: string, way: Way, interfaceIndex: number, addresses: readonly Uint8Array[]): void;
  /** Nothing is answered for on behalf of the group any more. */
  drop(group: string): void;
  work(now: Micros): void;
  /** Does work until some of the group's addresses are in place; not for long. */
  begin(group: string, now: Micros): void;
  /** Does all the work that one group may bring, at once. */
  settle(now: Micros): void;
  deadline(): Micros;
  held(group: string): readonly Uint8Array[];
  refused: Answering['refused'];
}

interface Going {
  way: Way;
  interfaceIndex: number;
  addresses: readonly Uint8Array[];
  /** Answers until `way` does. */
  former: Way | undefined;
}

/** Two batches, removing and adding, for each 64 addresses of a group, and one more that renews. */
const mostBatches = 9;

/** One that removes, one that renews, one that adds. */
const batchesToBegin = 3;

export function createWays(ways: Readonly<Record<Way, Answering>>): Ways {
  const going = new Map<string, Going>();
  const each = Object.values(ways);

  function replaceFormer(group: string, now: Going): void {
    if (now.former === undefined || without(now.addresses, ways[now.way].held(group)).length > 0) return;
    ways[now.former].want(group, now.interfaceIndex, []);
    now.former = undefined;
  }

  function work(now: Micros): void {
    for (const way of each) way.work(now);
    for (const [group, one] of going) if (one.former !== undefined) replaceFormer(group, one);
  }

  function deadline(): Micros {
    return Math.min(...each.map((way) => way.deadline()));
  }

  function held(group: string): readonly Uint8Array[] {
    const one = going.get(group);
    if (one === undefined) return [];
    const present = ways[one.way].held(group);
    return one.former === undefined ? present : [...present, ...without(ways[one.former].held(group), present)];
  }

  return {
    want(group, way, interfaceIndex, addresses) {
      const before = going.get(group);
      const goesBack = before?.former === way;
      if (goesBack) ways[before.way].want(group, interfaceIndex, []);
      const former = goesBack ? undefined : before?.way === way ? before.former : before?.way;
      going.set(group, { way, interfaceIndex, addresses, former });
      if (former !== undefined) ways[former].want(group, interfaceIndex, common(ways[former].held(group), addresses));
      ways[way].want(group, interfaceIndex, addresses);
    },
    drop(group) {
      const before = going.get(group);
      if (before === undefined) return;
      going.delete(group);
      for (const way of each) way.want(group, before.interfaceIndex, []);
    },
    work,
    begin(group, now) {
      for (let batch = 0; batch < batchesToBegin && held(group).length === 0; batch++) work(now);
    },
    settle(now) {
      for (let batch = 0; batch < mostBatches && deadline() <= now; batch++) work(now);
    },
    deadline,
    held,
    refused(group) {
      const one = going.get(group);
      return one === undefined ? [] : ways[one.way].refused(group);
    },
  };
}

function common(some: readonly Uint8Array[], others: readonly Uint8Array[]): readonly Uint8Array[] {
  const keys = new Set(others.map(addressKey));
  return some.filter((address) => keys.has(addressKey(address)));
}

function without(some: readonly Uint8Array[], others: readonly Uint8Array[]): readonly Uint8Array[] {
  const keys = new Set(others.map(addressKey));
  return some.filter((address) => !keys.has(addressKey(address)));
}
