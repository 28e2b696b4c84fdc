import { type Micros, never } from '../../src/core/time.js';
import { receiveAdvert } from '../../src/core/vrrp/receive.js';
import type { Input, Output } from '../../src/core/vrrp/virtual-router.js';
import { want } from './addresses.js';
import { changed } from './checkers/checker.js';
import { lose, transmit } from './links.js';
import { type Datagram, heardLeader, livenessDeadline, turnLiveness } from './liveness.js';
import { type Frame, isAwake, type Node, type Seat, type World } from './model.js';
import { frameOf } from './seats.js';

/** As the engine: what is late by less is not worth telling the routers. */
const unnoticed: Micros = 5_000;
/** As the engine: frames taken per turn. */
const framesPerTurn = 128;
/** Frames that a socket keeps for a process that does not read them. */
const socketCapacity = 1_000;
/** Rounding between the clocks must not make a wake early. */
const rounding: Micros = 0.01;

/** A frame reaches a node's NIC. */
export function receive(world: World, node: Node, frame: Frame): void {
  const isDeaf = !node.running || !node.linkUp || (node.stunned && node.pausedAt !== undefined);
  if (isDeaf || node.queue.length >= socketCapacity) {
    lose(world, frame.from, node.index);
    return;
  }
  node.queue.push(frame);
  if (node.pausedAt === undefined) turn(world, node);
}

/** One turn of the agent: has it slept (then it fences first)? — the link — frames that wait — timers. */
export function turn(world: World, node: Node): void {
  const now = localTime(world, node);
  for (let group = 0; group < node.seats.length; group += 1) {
    const seat = node.seats[group];
    if (!seat) continue;
    const lateness = now - seat.router.deadline;
    if (lateness > unnoticed) give(world, node, group, seat, { type: 'slept', lateness }, now);
    if (seat.router.linkUp !== node.linkUp) {
      give(world, node, group, seat, { type: node.linkUp ? 'link-up' : 'link-down' }, now);
    }
  }
  if (node.queue.length > 0) drain(world, node, now);
  turnLiveness(world, node, give, now);
  for (let group = 0; group < node.seats.length; group += 1) {
    const seat = node.seats[group];
    if (seat && seat.router.deadline <= now) give(world, node, group, seat, { type: 'time' }, now);
  }
  planWake(world, node);
}

/** A datagram reaches a node. */
export function receiveDatagram(world: World, node: Node, datagram: Datagram): void {
  const isDeaf = !node.running || !node.linkUp || (node.stunned && node.pausedAt !== undefined);
  if (isDeaf || node.datagrams.length >= socketCapacity) return;
  node.datagrams.push(datagram);
  if (node.pausedAt === undefined) turn(world, node);
}

/** Gives one input to a node's router and performs what comes out. The caller plans the next wake. */
export function give(world: World, node: Node, group: number, seat: Seat, input: Input, now: Micros): void {
  const wasLeaving = seat.router.leaving !== undefined;
  const { router, outputs } = world.step(seat.router, input, now);
  seat.router = router;
  for (const output of outputs) perform(world, node, group, seat, output);
  if ((router.leaving !== undefined) !== wasLeaving) changed(world, group);
}

/** The node's own clock. */
export function localTime(world: World, node: Node): Micros {
  return node.clockOffset + world.scheduler.now * node.clockRate;
}

/** Plans the earliest deadline of the node, unless an earlier wake is planned already. */
export function planWake(world: World, node: Node): void {
  let deadline: Micros = node.queue.length > 0 ? localTime(world, node) : never;
  for (const seat of node.seats) if (seat && seat.router.deadline < deadline) deadline = seat.router.deadline;
  deadline = Math.min(deadline, livenessDeadline(node));
  if (deadline === never) return;
  const at = (deadline - node.clockOffset) / node.clockRate + rounding;
  if (at >= node.wakeAt) return;
  node.wakeAt = at;
  world.scheduler.plan(at, wake, { world, node, at });
}

function wake({ world, node, at }: { world: World; node: Node; at: Micros }): void {
  if (node.wakeAt !== at) return;
  node.wakeAt = never;
  if (isAwake(node)) turn(world, node);
}

function drain(world: World, node: Node, now: Micros): void {
  const { queue } = node;
  const taken = Math.min(queue.length, framesPerTurn);
  for (let index = 0; index < taken; index += 1) handle(world, node, queue[index]!, now);
  if (taken === queue.length) queue.length = 0;
  else queue.splice(0, taken);
}

function handle(world: World, node: Node, frame: Frame, now: Micros): void {
  const { group, received, input } = frame;
  const seat = node.seats[group];
  if (!seat || !receiveAdvert(received, seat.reception).ok) return;
  give(world, node, group, seat, input, now);
  if (received.advert.priority > 0) heardLeader(world, node, group, frame.from, now);
  for (const checker of world.checkers) checker.heard?.(node.index, group, received.advert.priority);
}

function perform(world: World, node: Node, group: number, seat: Seat, output: Output): void {
  world.trace?.(world.scheduler.now, `node ${node.index} group ${group}: ${describe(output)}`);
  switch (output.type) {
    case 'advertise':
      transmit(world, node, frameOf(node, group, seat, output.priority), receive);
      for (const checker of world.checkers) checker.sent?.(node.index, group, output.priority);
      break;
    case 'take-addresses':
      want(world, node, group, true);
      break;
    case 'drop-addresses':
      want(world, node, group, false);
      break;
    case 'announce':
      for (const checker of world.checkers) checker.sent?.(node.index, group, undefined);
      break;
    case 'transition':
      world.transitions.set(output.reason, (world.transitions.get(output.reason) ?? 0) + 1);
      changed(world, group);
      break;
    case 'released':
      world.released(world, node, group);
  }
}

function describe(output: Output): string {
  if (output.type === 'advertise') return `advertise ${output.priority}`;
  return output.type === 'transition' ? `${output.from} -> ${output.to} (${output.reason})` : output.type;
}
