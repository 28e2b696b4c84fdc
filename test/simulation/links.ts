import type { Micros } from '../../src/core/time.js';
import type { Frame, Node, World } from './model.js';

/** What a node does with a frame that reaches its NIC. */
type Receive = (world: World, to: Node, frame: Frame) => void;

interface Broadcast {
  readonly world: World;
  readonly frame: Frame;
  readonly receive: Receive;
}

interface Delivery extends Broadcast {
  readonly to: Node;
}

/** Sends a frame to every other node. */
export function transmit(world: World, from: Node, frame: Frame, receive: Receive): void {
  if (!from.linkUp) return;
  const { scheduler, options } = world;
  if (world.stormy) {
    for (const to of world.nodes) if (to !== from) sendThroughStorm(from, { world, to, frame, receive });
  } else {
    scheduler.plan(scheduler.now + options.latency, reachEverybody, { world, frame, receive });
  }
}

/** Tells the checkers that two nodes did not hear each other just now. */
export function lose(world: World, from: number, to: number): void {
  for (const checker of world.checkers) checker.lost?.(from, to);
}

function sendThroughStorm(from: Node, delivery: Delivery): void {
  const { world, to } = delivery;
  const { random, scheduler, options } = world;
  const { faults } = options;
  if (world.cuts[from.index]![to.index] || random.chance(faults.loss)) {
    lose(world, from.index, to.index);
    return;
  }
  const copies = random.chance(faults.duplication) ? 2 : 1;
  for (let copy = 0; copy < copies; copy += 1) {
    const held: Micros = random.chance(faults.reordering) ? random.between(0, faults.delay) : 0;
    scheduler.plan(scheduler.now + options.latency + held, reach, delivery);
  }
}

function reachEverybody({ world, frame, receive }: Broadcast): void {
  for (const to of world.nodes) if (to.index !== frame.from) receive(world, to, frame);
}

function reach({ world, to, frame, receive }: Delivery): void {
  receive(world, to, frame);
}
