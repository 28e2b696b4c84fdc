import type { Micros } from '../../src/core/time.js';
import type { Random } from './random.js';

const ms: Micros = 1000;
const second: Micros = 1_000_000;

/** Everything that may go wrong while a storm lasts, and how badly. Probabilities are per frame, rates per node and minute. */
export interface Faults {
  /** Probability that a frame is lost on one link. */
  readonly loss: number;
  /** Probability that a frame arrives twice. */
  readonly duplication: number;
  /** Probability that a frame is held back at random, so that later ones overtake it. */
  readonly reordering: number;
  /** Most that any frame is held back. */
  readonly delay: Micros;
  /** Frames of one node stop reaching another, the reverse still works. */
  readonly oneWayCuts: number;
  /** A cable is pulled: the node knows. */
  readonly linkFlaps: number;
  /** The process stops for up to `pauseLength` (SIGSTOP, starvation); frames wait in its socket. */
  readonly pauses: number;
  readonly pauseLength: Micros;
  /** Probability that a pause is that of a whole machine, so that frames meanwhile are lost. */
  readonly stun: number;
  /** The process dies at once and is started again later. */
  readonly crashes: number;
  /** The process is asked to stop and is started again later. */
  readonly restarts: number;
  /** Leaders are asked to hand over. */
  readonly handOvers: number;
  /** The kernel refuses addresses for a while. */
  readonly addressFailures: number;
  /** Address work takes up to `addressSlowness`. */
  readonly addressSlowness: Micros;
  /** Members come and go, become ones of last resort, priorities and intervals change, and nodes learn of it one by one. Per group and minute. */
  readonly changes: number;
  /** How long a change takes to reach a node at most. */
  readonly changeDelay: Micros;
}

/** One world: how many nodes and groups, how they are set up, how long storms and calms last. */
export interface Options {
  readonly nodes: number;
  readonly groups: number;
  /** Advertisement intervals to choose from. */
  readonly intervals: readonly Micros[];
  /** Largest deviation of a node's clock rate from 1. */
  readonly clockDrift: number;
  /** How long a frame takes when nothing is wrong. */
  readonly latency: Micros;
  /** Largest preempt delay of a group that preempts. */
  readonly preemptDelay: Micros;
  readonly stormLength: Micros;
  readonly calmLength: Micros;
  readonly faults: Faults;
}

export const quiet: Faults = {
  loss: 0,
  duplication: 0,
  reordering: 0,
  delay: 0,
  oneWayCuts: 0,
  linkFlaps: 0,
  pauses: 0,
  pauseLength: 0,
  stun: 0,
  crashes: 0,
  restarts: 0,
  handOvers: 0,
  addressFailures: 0,
  addressSlowness: 0,
  changes: 0,
  changeDelay: 0,
};

/** A world by chance: each fault is absent from about half of all worlds, so that every mixture comes up. */
export function randomOptions(random: Random): Options {
  const maybe = (most: number) => (random.chance(0.5) ? random.between(0, most) : 0);
  return {
    nodes: random.whole(3, 7),
    groups: random.whole(1, 3),
    intervals: random.chance(0.3) ? [250 * ms, 500 * ms, second] : [random.pick([250 * ms, 500 * ms, second])],
    clockDrift: maybe(0.001),
    latency: random.magnitude(20, 2 * ms),
    preemptDelay: 3 * second,
    stormLength: 60 * second,
    calmLength: 40 * second,
    faults: {
      loss: maybe(0.3),
      duplication: maybe(0.2),
      reordering: maybe(0.3),
      delay: maybe(150 * ms),
      oneWayCuts: maybe(3),
      linkFlaps: maybe(2),
      pauses: maybe(4),
      pauseLength: 10 * second,
      stun: random.pick([0, 0.5, 1]),
      crashes: maybe(1.5),
      restarts: maybe(1.5),
      handOvers: maybe(4),
      addressFailures: maybe(2),
      addressSlowness: maybe(100 * ms),
      changes: maybe(4),
      changeDelay: 2 * second,
    },
  };
}
