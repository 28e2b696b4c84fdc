import type { Micros } from '../../../src/core/time.js';
import { give } from './ends.js';
import type { Link, RoutingWorld, Side } from './model.js';

/** A TCP connection: of each direction what is under way, in order, whatever becomes of the link. */
export interface Pipe {
  /** Its number at either end; undefined while that end has not taken it, or does no longer. */
  readonly numbers: [number | undefined, number | undefined];
  /** Segments on their way from each side, the oldest first. */
  readonly under: readonly [Segment[], Segment[]];
  /** When the next segment of a side arrives at the earliest. */
  readonly freeAt: [Micros, Micros];
  /** Whether an attempt to deliver the first segment of a side is planned. */
  readonly planned: [boolean, boolean];
}

type Segment = Uint8Array | 'fin';

const second: Micros = 1_000_000;

/** How long a packet is under way, this time. */
export function delay({ options, random }: RoutingWorld): Micros {
  return options.latency * random.between(1, 2);
}

/** A side connects; the other takes it or not, or there is nobody. */
export function connect(world: RoutingWorld, link: Link, side: Side, number: number): void {
  const other = (1 - side) as Side;
  const end = link.ends[side]!;
  world.scheduler.plan(
    world.scheduler.now + delay(world),
    () => {
      // A SYN that is lost, or one to a machine that is off, is not answered: the caller gives up.
      if (link.blocked !== 'no' || isOff(world, link, other)) return;
      const pipe: Pipe = { numbers: [undefined, undefined], under: [[], []], freeAt: [0, 0], planned: [false, false] };
      const answerAt = world.scheduler.now + delay(world);
      const answered = (input: Parameters<typeof give>[3]) =>
        world.scheduler.plan(
          answerAt,
          () => {
            if (link.ends[side] === end && link.blocked === 'no') give(world, link, side, input);
          },
          undefined,
        );
      const there = link.ends[other];
      if (there === undefined || there.session.life !== 'running') {
        answered({ type: 'closed', connection: number, error: 'connection refused' });
        return;
      }
      pipe.numbers[side] = number;
      pipe.freeAt[other] = answerAt;
      link.pipes.add(pipe);
      world.scheduler.plan(
        answerAt,
        () => {
          if (link.ends[side] !== end || pipe.numbers[side] !== number) return;
          end.pipes.set(number, pipe);
          give(world, link, side, { type: 'connected', connection: number, localAddress: addressOf(link, side) });
          deliverSoon(world, link, pipe, other);
        },
        undefined,
      );
      give(world, link, other, { type: 'accepted', localAddress: addressOf(link, other) }, pipe);
    },
    undefined,
  );
}

export function addressOf({ node, router }: Link, side: Side): Uint8Array {
  return side === 0 ? Uint8Array.of(192, 0, 2, 11 + node) : Uint8Array.of(192, 0, 2, 1 + router);
}

/** Octets go out, in segments of any size. */
export function send(world: RoutingWorld, link: Link, side: Side, pipe: Pipe, octets: Uint8Array): void {
  const { random } = world;
  let at = 0;
  while (at < octets.length) {
    const size = random.chance(0.7) ? octets.length - at : random.whole(1, octets.length - at);
    pipe.under[side].push(octets.slice(at, at + size));
    at += size;
  }
  deliverSoon(world, link, pipe, side);
}

/** A side closes its end: after what it sent, or at once. What comes from the other is heard no more. */
export function close(world: RoutingWorld, link: Link, side: Side, pipe: Pipe, abort: boolean): void {
  const number = pipe.numbers[side];
  if (number !== undefined) link.ends[side]?.pipes.delete(number);
  pipe.numbers[side] = undefined;
  if (!abort) {
    pipe.under[side].push('fin');
    deliverSoon(world, link, pipe, side);
  } else resetOther(world, link, side, pipe);
}

/** The other end hears of the end of a connection, unless the link is cut: then it hears nothing. */
export function resetOther(world: RoutingWorld, link: Link, side: Side, pipe: Pipe): void {
  pipe.under[side].length = 0;
  world.scheduler.plan(
    world.scheduler.now + delay(world),
    () => {
      if (link.blocked === 'no') endAt(world, link, (1 - side) as Side, pipe, 'connection reset');
    },
    undefined,
  );
}

/** An end hears that a connection has ended. */
export function endAt(world: RoutingWorld, link: Link, side: Side, pipe: Pipe, error?: string): void {
  const number = pipe.numbers[side];
  pipe.numbers[side] = undefined;
  if (number !== undefined) {
    link.ends[side]?.pipes.delete(number);
    give(world, link, side, { type: 'closed', connection: number, ...(error === undefined ? {} : { error }) });
  }
  if (pipe.numbers[0] === undefined && pipe.numbers[1] === undefined) link.pipes.delete(pipe);
}

export function deliverSoon(world: RoutingWorld, link: Link, pipe: Pipe, side: Side, least: Micros = 0): void {
  if (pipe.planned[side] || pipe.under[side].length === 0) return;
  pipe.planned[side] = true;
  const at = Math.max(pipe.freeAt[side], world.scheduler.now + Math.max(least, delay(world)));
  world.scheduler.plan(
    at,
    () => {
      pipe.planned[side] = false;
      pipe.freeAt[side] = at;
      deliver(world, link, pipe, side);
    },
    undefined,
  );
}

function deliver(world: RoutingWorld, link: Link, pipe: Pipe, side: Side): void {
  const other = (1 - side) as Side;
  const [segment] = pipe.under[side];
  if (segment === undefined) return;
  // TCP tries again, and the link may have healed meanwhile.
  if (link.blocked !== 'no' || isOff(world, link, other)) {
    deliverSoon(world, link, pipe, side, world.random.between(0.2 * second, 2 * second));
    return;
  }
  pipe.under[side].shift();
  const to = pipe.numbers[other];
  const from = pipe.numbers[side];
  if (segment === 'fin') endAt(world, link, other, pipe);
  else if (to === undefined || link.ends[other] === undefined) {
    // Nobody is there any more, and says so.
    pipe.under[side].length = 0;
    world.scheduler.plan(
      world.scheduler.now + delay(world),
      () => endAt(world, link, side, pipe, 'connection reset'),
      undefined,
    );
    return;
  } else {
    give(world, link, other, { type: 'received', connection: to, octets: segment });
    if (from !== undefined) {
      const left = pipe.under[side].reduce((sum, each) => sum + (each === 'fin' ? 0 : each.length), 0);
      give(world, link, side, { type: 'sent', connection: from, left });
    }
  }
  deliverSoon(world, link, pipe, side);
}

/** Whether the machine at that end is without power. */
export function isOff(world: RoutingWorld, link: Link, side: Side): boolean {
  return side === 0 && world.nodes[link.node]!.life === 'off';
}
