import type { Micros } from '../../src/core/time.js';
import { expire, lease, putRight, removeLeftovers } from './addresses.js';
import { changed, changedAll } from './checkers/checker.js';
import { type GroupPlan, isAwake, type Node, type World } from './model.js';
import { give, localTime, planWake, turn } from './node.js';
import { createSeat, givesWay, receptionOf, routerConfig } from './seats.js';

const removalPoll: Micros = 10_000;

/** Starts the agent's process: it removes what an earlier life left behind and takes its seats. */
export function launch(world: World, node: Node): void {
  node.running = true;
  node.stopping = false;
  node.pausedAt = undefined;
  node.goneSince = undefined;
  node.life += 1;
  node.queue.length = 0;
  forgetLiveness(node);
  removeLeftovers(world, node);
  node.seats.fill(undefined);
  for (const plan of node.plans) if (plan.priorities.has(node.index)) join(world, node, plan);
  changedAll(world);
}

/** Ends the process at once; its addresses stay until their lease ends. */
export function crash(world: World, node: Node): void {
  node.running = false;
  node.stopping = false;
  node.pausedAt = undefined;
  node.queue.length = 0;
  forgetLiveness(node);
  node.seats.fill(undefined);
  letLeasesEnd(world, node);
  changedAll(world);
}

/** Asks the process to stop. It is started again `after` it has stopped. */
export function restart(world: World, node: Node, after: Micros): void {
  node.stopping = true;
  const relaunch = () => {
    if (!node.running && node.life === life) launch(world, node);
  };
  const { life } = node;
  node.whenStopped = () => world.scheduler.plan(world.scheduler.now + (world.stormy ? after : 0), relaunch, undefined);
  node.seats.forEach((seat, group) => {
    if (seat) leave(world, node, group);
  });
  stopIfDone(world, node);
}

/** Stops the process in its tracks, as SIGSTOP does, or the whole machine. */
export function pause(world: World, node: Node, stunned: boolean): void {
  node.pausedAt = world.scheduler.now;
  node.stunned = stunned;
  letLeasesEnd(world, node);
  changedAll(world);
}

/** Lets a stopped process go on. It takes a turn at once. */
export function resume(world: World, node: Node): void {
  const since = node.pausedAt;
  if (since === undefined) return;
  node.pausedAt = undefined;
  node.goneSince = undefined;
  for (const checker of world.checkers) checker.waking?.(node.index, since);
  turn(world, node);
  putRight(world, node);
  stopIfDone(world, node);
  changedAll(world);
}

/** Pulls or plugs in the cable; the node is told. */
export function setLink(world: World, node: Node, up: boolean): void {
  node.linkUp = up;
  if (isAwake(node)) turn(world, node);
  changedAll(world);
}

/** A plan reaches a node, unless a newer one was faster. */
export function learn(world: World, node: Node, plan: GroupPlan): void {
  const before = node.plans[plan.index]!;
  if (plan.revision < before.revision) return;
  node.plans[plan.index] = plan;
  if (!isAwake(node) || node.stopping) return;
  const seat = node.seats[plan.index];
  if (!plan.priorities.has(node.index)) {
    if (seat) leave(world, node, plan.index);
  } else if (!seat) {
    join(world, node, plan);
  } else if (!seat.leaving) {
    seat.reception = receptionOf(world, node, plan);
    give(
      world,
      node,
      plan.index,
      seat,
      { type: 'configure', config: routerConfig(node, plan), handOver: givesWay(node, before, plan) },
      localTime(world, node),
    );
    planWake(world, node);
  }
  for (const checker of world.checkers) checker.configured?.(node.index, plan.index);
  changed(world, plan.index);
}

/** What an agent does when a group is released: the seat is free, for a new one if the node is a member again. */
export function released(world: World, node: Node, group: number): void {
  node.seats[group] = undefined;
  for (const checker of world.checkers) checker.released?.(node.index, group);
  const plan = node.plans[group]!;
  if (!node.stopping && plan.priorities.has(node.index)) join(world, node, plan);
  else stopIfDone(world, node);
  changed(world, group);
}

/** Asks a node's routers to hand over. */
export function handOver(world: World, node: Node): void {
  const now = localTime(world, node);
  node.seats.forEach((seat, group) => {
    if (seat) give(world, node, group, seat, { type: 'hand-over' }, now);
  });
  planWake(world, node);
}

function join(world: World, node: Node, plan: GroupPlan): void {
  const seat = createSeat(world, node, plan);
  node.seats[plan.index] = seat;
  for (const checker of world.checkers) checker.started?.(node.index, plan.index);
  const now = localTime(world, node);
  if (!node.linkUp) give(world, node, plan.index, seat, { type: 'link-down' }, now);
  give(world, node, plan.index, seat, { type: 'startup' }, now);
  planWake(world, node);
}

function leave(world: World, node: Node, group: number): void {
  const seat = node.seats[group]!;
  if (seat.leaving) return;
  seat.leaving = true;
  give(world, node, group, seat, { type: 'shutdown' }, localTime(world, node));
  planWake(world, node);
}

function forgetLiveness(node: Node): void {
  node.datagrams.length = 0;
  node.watches.clear();
  node.subscriptions.all.clear();
}

function letLeasesEnd(world: World, node: Node): void {
  if (node.goneSince !== undefined) return;
  const since = world.scheduler.now;
  node.goneSince = since;
  const end = () => {
    if (node.goneSince === since) expire(world, node);
  };
  world.scheduler.plan(since + lease, end, undefined);
}

/** As the engine, the process ends only when its addresses are gone. */
function stopIfDone(world: World, node: Node): void {
  if (!node.stopping || !isAwake(node) || node.seats.some((seat) => seat !== undefined)) return;
  if (node.holdings.some((holding) => holding.held)) {
    world.scheduler.plan(world.scheduler.now + removalPoll, () => stopIfDone(world, node), undefined);
    return;
  }
  node.stopping = false;
  node.running = false;
  node.whenStopped?.();
  changedAll(world);
}
