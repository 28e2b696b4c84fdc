/** Whether leaders' programs live, as their Backups ask them: the engine's liveness, over the links of the simulation. */
import { demandOf, type Followed, isWorthWatching } from '../../src/core/liveness/demand.js';
import { stream, streamDue, subscribe } from '../../src/core/liveness/subscriptions.js';
import { createWatch, stepWatch, type Watch, type WatchInput } from '../../src/core/liveness/watch.js';
import { type Micros, never } from '../../src/core/time.js';
import type { Input } from '../../src/core/vrrp/virtual-router.js';
import { equalOctets } from '../../src/core/wire/octets.js';
import type { GroupPlan, Node, Seat, World } from './model.js';
import { bestSuccessor } from './seats.js';

/** A question to another node's program, or its answer. */
export interface Datagram {
  readonly from: number;
  readonly type: 'question' | 'answer';
  /** Which watch it is of. */
  readonly key: string;
  /** Of a question: at which interval it wants further answers; 0: none. */
  readonly streamInterval: Micros;
  /** Of an answer: it comes for an earlier question. */
  readonly unasked: boolean;
}

/** Who asked for answers, and for which watch. */
export interface Asker {
  readonly from: number;
  readonly key: string;
}

/** One leader, as a node watches it for all groups of one patience. */
export interface Watched {
  readonly peer: number;
  readonly spread: Micros;
  watch: Watch;
}

/** What liveness does to the node's routers. */
type Give = (world: World, node: Node, group: number, seat: Seat, input: Input, now: Micros) => void;

/** A node that follows has heard an advert of the leader that counts. */
export function heardLeader(world: World, node: Node, group: number, from: number, now: Micros): void {
  const seat = node.seats[group];
  const plan = node.plans[group]!;
  if (seat?.router.state !== 'Backup' || !isWorthWatching(groupOf(plan, seat))) return;
  const { patience, spread } = demandOf(groupOf(plan, seat));
  const key = `${from} ${patience.limit}`;
  let watched = node.watches.get(key);
  if (watched === undefined) {
    watched = { peer: from, spread, watch: createWatch(patience, now) };
    node.watches.set(key, watched);
  }
  step(world, node, key, watched, { type: 'advert', at: now }, now);
}

/** The node's turn: what waits in its socket, then what is due. */
export function turnLiveness(world: World, node: Node, give: Give, now: Micros): void {
  for (const { from, type, key, streamInterval, unasked } of node.datagrams.splice(0)) {
    if (type === 'question') {
      answer(world, node, { from, key }, false);
      if (streamInterval > 0 && node.answersUnasked && isFollowedBy(node, from))
        subscribe(
          node.subscriptions,
          { address: `${from}`, identity: key, interval: streamInterval, answer: { from, key } },
          now,
        );
    } else {
      const watched = node.watches.get(key);
      if (watched !== undefined) step(world, node, key, watched, { type: 'answer', at: now, unasked }, now);
    }
  }
  stream(node.subscriptions, now, (asker) => answer(world, node, asker, true));
  // Adverts that wait are read before anybody is given up.
  const drainedAt = node.queue.length > 0 ? -never : now;
  for (const [key, watched] of node.watches) {
    if (watched.watch.deadline > now) continue;
    const groups = followed(world, node, watched);
    if (groups.length === 0) node.watches.delete(key);
    else if (step(world, node, key, watched, { type: 'time', drainedAt }, now)) {
      for (const [group, seat] of groups) {
        for (const checker of world.checkers) checker.gone?.(node.index, group);
        const source = world.nodes[watched.peer]!.sources[seat.router.config.family];
        give(
          world,
          node,
          group,
          seat,
          {
            type: 'peer-lost',
            source,
            spread: watched.spread,
            best: bestSuccessor(node.plans[group]!, node.index, watched.peer),
            patient: node.plans[group]!.fast === undefined,
          },
          now,
        );
      }
    }
  }
}

export function livenessDeadline(node: Node): Micros {
  let at = streamDue(node.subscriptions);
  for (const { watch } of node.watches.values()) at = Math.min(at, watch.deadline);
  return at;
}

/** Gives one input; returns whether the peer is lost. */
function step(world: World, node: Node, key: string, watched: Watched, input: WatchInput, now: Micros): boolean {
  const { watch, output } = stepWatch(watched.watch, input, now);
  watched.watch = watch;
  if (output === 'ask') {
    const { streamed, askEvery } = watch.patience;
    const streamInterval = streamed === undefined ? 0 : askEvery;
    send(world, node, watched.peer, { from: node.index, type: 'question', key, streamInterval, unasked: false });
  }
  return output === 'lost';
}

function answer(world: World, node: Node, { from, key }: Asker, unasked: boolean): void {
  send(world, node, from, { from: node.index, type: 'answer', key, streamInterval: 0, unasked });
}

/** Whether the other node is a member of a group that this one leads. */
function isFollowedBy(node: Node, other: number): boolean {
  return node.seats.some((seat, group) => seat?.router.state === 'Active' && node.plans[group]!.priorities.has(other));
}

/** The groups that follow the peer, with the watch's patience. */
function followed(world: World, node: Node, { peer, watch }: Watched): (readonly [number, Seat])[] {
  return node.seats.flatMap((seat, group) => {
    if (seat?.router.state !== 'Backup') return [];
    if (demandOf(groupOf(node.plans[group]!, seat)).patience.limit !== watch.patience.limit) return [];
    const { activeSource, config } = seat.router;
    const isFollowed =
      activeSource !== undefined && equalOctets(activeSource, world.nodes[peer]!.sources[config.family]);
    return isFollowed ? [[group, seat] as const] : [];
  });
}

/** A datagram takes the ways that frames take; its chance is another, so that it changes nothing about theirs. */
function send(world: World, from: Node, to: number, datagram: Datagram): void {
  const { options, scheduler, datagramRandom: random } = world;
  if (!from.linkUp || from.filtersDatagrams || world.nodes[to]!.filtersDatagrams) return;
  const { faults } = options;
  if (world.stormy && (world.cuts[from.index]![to] || random.chance(faults.loss))) return;
  const held = world.stormy && random.chance(faults.reordering) ? random.between(0, faults.delay) : 0;
  scheduler.plan(
    scheduler.now + options.latency + held,
    () => world.arrive(world, world.nodes[to]!, datagram),
    undefined,
  );
}

function groupOf({ fast }: GroupPlan, { router }: Seat): Followed {
  return { version: router.config.version, activeInterval: router.activeInterval, fast };
}
