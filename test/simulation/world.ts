import { createSubscriptions } from '../../src/core/liveness/subscriptions.js';
import type { Micros } from '../../src/core/time.js';
import { never } from '../../src/core/time.js';
import { step } from '../../src/core/vrrp/virtual-router.js';
import type { Checker } from './checkers/checker.js';
import { createHeldIffLeadingChecker } from './checkers/held-iff-leading.js';
import { createLeaseChecker } from './checkers/lease.js';
import { createOneLeaderChecker } from './checkers/one-leader.js';
import { createSilentAfterReleaseChecker } from './checkers/silent-after-release.js';
import { createTwoHoldersChecker } from './checkers/two-holders.js';
import { createUnservedChecker } from './checkers/unserved.js';
import { createWokenListensChecker } from './checkers/woken-listens.js';
import { released } from './lifecycle.js';
import type { GroupPlan, Node, World } from './model.js';
import { receiveDatagram } from './node.js';
import type { Options } from './options.js';
import { randomPlan } from './plans.js';
import { createRandom, type Random } from './random.js';
import { createScheduler } from './scheduler.js';

const creators: readonly ((world: World) => Checker)[] = [
  createOneLeaderChecker,
  createTwoHoldersChecker,
  createUnservedChecker,
  createHeldIffLeadingChecker,
  createLeaseChecker,
  createSilentAfterReleaseChecker,
  createWokenListensChecker,
];

export interface WorldSetting {
  readonly options: Options;
  readonly random: Random;
  /** Groups as given, or by chance. */
  readonly plans?: readonly GroupPlan[];
  /** Another core, to see whether the checkers notice. */
  readonly step?: World['step'];
  readonly trace?: World['trace'];
}

/** A world at its beginning: nothing runs. */
export function createWorld(setting: WorldSetting): World {
  const { options, random } = setting;
  const datagramRandom = createRandom(`datagrams ${options.latency}`);
  const plans =
    setting.plans ??
    Array.from({ length: options.groups }, (_, index) => randomPlan(random, options, index, datagramRandom));
  const world: World = {
    options,
    random,
    datagramRandom,
    scheduler: createScheduler(),
    nodes: Array.from({ length: options.nodes }, (_, index) =>
      createNode(random, options, index, plans, {
        filtersDatagrams: datagramRandom.chance(0.15),
        answersUnasked: datagramRandom.chance(0.8),
      }),
    ),
    plans: [...plans],
    cuts: Array.from({ length: options.nodes }, () => new Array<boolean>(options.nodes).fill(false)),
    checkers: [],
    step: setting.step ?? step,
    arrive: receiveDatagram,
    released,
    trace: setting.trace,
    transitions: new Map(),
    stormy: false,
  };
  for (const create of creators) world.checkers.push(create(world));
  return world;
}

function createNode(
  random: Random,
  options: Options,
  index: number,
  plans: readonly GroupPlan[],
  datagrams: Pick<Node, 'filtersDatagrams' | 'answersUnasked'>,
): Node {
  const last = index + 1;
  return {
    index,
    sources: {
      4: Uint8Array.of(192, 0, 2, last),
      6: Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last),
    },
    clockRate: 1 + random.between(-options.clockDrift, options.clockDrift),
    clockOffset: random.between(0, 1e12) satisfies Micros,
    seats: plans.map(() => undefined),
    holdings: plans.map(() => ({ wanted: false, held: false, refusals: 0, turn: 0 })),
    plans: [...plans],
    queue: [],
    datagrams: [],
    watches: new Map(),
    subscriptions: createSubscriptions(),
    ...datagrams,
    running: false,
    pausedAt: undefined,
    goneSince: undefined,
    stunned: false,
    stopping: false,
    whenStopped: undefined,
    linkUp: true,
    refusesAddresses: false,
    wakeAt: never,
    life: 0,
  };
}
