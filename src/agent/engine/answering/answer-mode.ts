/**
 * How groups' addresses are answered for: which group has which mode, and the change from one to the other while its addresses are in use.
 * The new mode answers before the old one stops; both give this NIC's MAC, so that nobody notices.
 */
import { type Micros, never } from '../../../core/time.js';
import { addressKey } from '../address-key.js';
import type { GroupConfig } from '../messages.js';
import { type Answering, type AnsweringEffect, none } from './contract.js';

type AnswerMode = GroupConfig['answer'];

export interface AnswerModes {
  /** As `Answering.want`, by a mode that may be another than before. */
  want(
    group: string,
    mode: AnswerMode,
    interfaceIndex: number,
    addresses: readonly Uint8Array[],
  ): readonly AnsweringEffect[];
  /** Nothing is answered for on behalf of the group any more. */
  drop(group: string): void;
  work(now: Micros): readonly AnsweringEffect[];
  /** Does work until some of the group's addresses are in place; not for long. */
  begin(group: string, now: Micros): readonly AnsweringEffect[];
  /** Does all the work that one group may bring, at once. */
  settle(now: Micros): readonly AnsweringEffect[];
  deadline(): Micros;
  held(group: string): readonly Uint8Array[];
  refused: Answering['refused'];
}

interface Answered {
  mode: AnswerMode;
  interfaceIndex: number;
  addresses: readonly Uint8Array[];
  /** Answers until `mode` does. */
  former: AnswerMode | undefined;
}

/** Two batches, removing and adding, for each 64 addresses of a group, and one more that renews. */
const mostBatches = 9;

/** One that removes, one that renews, one that adds. */
const batchesToBegin = 3;

export function createAnswerModes(modes: Readonly<Record<AnswerMode, Answering>>): AnswerModes {
  const answered = new Map<string, Answered>();
  const each = Object.values(modes);

  function replaceFormer(group: string, now: Answered): void {
    if (now.former === undefined || without(now.addresses, modes[now.mode].held(group)).length > 0) return;
    modes[now.former].want(group, now.interfaceIndex, []);
    now.former = undefined;
  }

  function work(now: Micros): readonly AnsweringEffect[] {
    let effects: readonly AnsweringEffect[] = none;
    for (const mode of each) effects = joined(effects, mode.work(now));
    for (const [group, one] of answered) if (one.former !== undefined) replaceFormer(group, one);
    return effects;
  }

  /** Works batch by batch for as long as `goesOn`. */
  function workOff(batches: number, goesOn: () => boolean, now: Micros): readonly AnsweringEffect[] {
    let effects: readonly AnsweringEffect[] = none;
    for (let batch = 0; batch < batches && goesOn(); batch++) effects = joined(effects, work(now));
    return effects;
  }

  function deadline(): Micros {
    let at = never;
    for (const mode of each) at = Math.min(at, mode.deadline());
    return at;
  }

  function held(group: string): readonly Uint8Array[] {
    const one = answered.get(group);
    if (one === undefined) return [];
    const present = modes[one.mode].held(group);
    return one.former === undefined ? present : [...present, ...without(modes[one.former].held(group), present)];
  }

  return {
    want(group, mode, interfaceIndex, addresses) {
      const before = answered.get(group);
      const goesBack = before?.former === mode;
      if (goesBack) modes[before.mode].want(group, interfaceIndex, []);
      const former = goesBack ? undefined : before?.mode === mode ? before.former : before?.mode;
      answered.set(group, { mode, interfaceIndex, addresses, former });
      if (former !== undefined) modes[former].want(group, interfaceIndex, common(modes[former].held(group), addresses));
      return modes[mode].want(group, interfaceIndex, addresses);
    },
    drop(group) {
      const before = answered.get(group);
      if (before === undefined) return;
      answered.delete(group);
      for (const mode of each) mode.want(group, before.interfaceIndex, []);
    },
    work,
    begin: (group, now) => workOff(batchesToBegin, () => held(group).length === 0, now),
    settle: (now) => workOff(mostBatches, () => deadline() <= now, now),
    deadline,
    held,
    refused(group) {
      const one = answered.get(group);
      return one === undefined ? [] : modes[one.mode].refused(group);
    },
  };
}

function joined(some: readonly AnsweringEffect[], others: readonly AnsweringEffect[]): readonly AnsweringEffect[] {
  if (others.length === 0) return some;
  return some.length === 0 ? others : [...some, ...others];
}

function common(some: readonly Uint8Array[], others: readonly Uint8Array[]): readonly Uint8Array[] {
  const keys = new Set(others.map(addressKey));
  return some.filter((address) => keys.has(addressKey(address)));
}

function without(some: readonly Uint8Array[], others: readonly Uint8Array[]): readonly Uint8Array[] {
  const keys = new Set(others.map(addressKey));
  return some.filter((address) => !keys.has(addressKey(address)));
}
