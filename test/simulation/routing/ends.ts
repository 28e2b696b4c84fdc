import { meaningOf } from '../../../src/core/bfd/client.js';
import { receiveDatagram } from '../../../src/core/bfd/receive.js';
import { type Input as BfdInput, step as rightBfdStep } from '../../../src/core/bfd/session.js';
import { type Input, type Output, step as rightStep } from '../../../src/core/bgp/session.js';
import { never } from '../../../src/core/time.js';
import { encodeControlPacket } from '../../../src/core/wire/bfd.js';
import { Violation } from '../checkers/checker.js';
import { judgeUndisturbed } from './judgement.js';
import { count, type Link, note, type RoutingWorld, type Side } from './model.js';
import { bfdFailed, hear, reported } from './rib.js';
import { addressOf, close, connect, delay, endAt, type Pipe, send } from './tcp.js';

/** Gives an end's session an input, and does what it puts out. `pipe` is that of an 'accepted'. */
export function give(world: RoutingWorld, link: Link, side: Side, input: Input, pipe?: Pipe): void {
  const end = link.ends[side];
  if (end === undefined) return;
  const { now } = world.scheduler;
  const step = side === 0 ? world.step : rightStep;
  const before = end.session;
  const { session, outputs } = orViolation(now, () => step(before, input, now, world.random.fraction()));
  end.session = session;
  for (const output of outputs) {
    perform(world, link, side, output, pipe);
    if (side === 1 && output.type === 'report') reported(world, link, output.report, before);
  }
  if (side === 1 && input.type === 'received') hear(world, link, input.connection, input.octets);
  wake(world, link, side);
}

function perform(world: RoutingWorld, link: Link, side: Side, output: Output, accepted: Pipe | undefined): void {
  const end = link.ends[side]!;
  switch (output.type) {
    case 'connect':
      connect(world, link, side, output.connection);
      return;
    case 'accept':
      accepted!.numbers[side] = output.connection;
      end.pipes.set(output.connection, accepted!);
      return;
    case 'refuse':
      // The kernel had taken it: it ends as soon as it stands.
      accepted!.under[side].push('fin');
      return;
    case 'send': {
      const pipe = end.pipes.get(output.connection);
      if (pipe) send(world, link, side, pipe, output.octets);
      return;
    }
    case 'close': {
      const pipe = end.pipes.get(output.connection) ?? pipeBeingMade(link, side, output.connection);
      if (pipe) close(world, link, side, pipe, output.abort);
      return;
    }
    case 'transition':
      note(world, link, side, `${output.from} -> ${output.to}`);
      if (output.to === 'Established') count(world, 'established');
      if (output.from === 'Established' && !isLeaving(world, link)) judgeUndisturbed(world, link, side);
      return;
    case 'released':
      note(world, link, side, 'released');
      return;
    case 'report':
      if (output.report.kind === 'closed') count(world, `closed-${output.report.close.direction}`);
      return;
  }
}

/** Whether the node ends the session because it goes. */
function isLeaving(world: RoutingWorld, { node }: Link): boolean {
  const { inService, restarting } = world.nodes[node]!;
  return !inService || restarting;
}

function pipeBeingMade(link: Link, side: Side, number: number): Pipe | undefined {
  return [...link.pipes].find((pipe) => pipe.numbers[side] === number);
}

/** Plans the next call of an end, if it is earlier than what is planned. */
export function wake(world: RoutingWorld, link: Link, side: Side): void {
  const end = link.ends[side];
  if (end === undefined) return;
  const at = Math.max(Math.min(end.session.deadline, end.bfd?.deadline ?? never), world.scheduler.now);
  if (at >= end.wakeAt) return;
  end.wakeAt = at;
  world.scheduler.plan(
    at,
    () => {
      if (link.ends[side] !== end || end.wakeAt !== at) return;
      end.wakeAt = never;
      const { now } = world.scheduler;
      if (end.bfd !== undefined && now >= end.bfd.deadline)
        giveBfd(world, link, side, { type: 'time', drainedAt: now, random: world.random.fraction() });
      if (link.ends[side] === end && now >= end.session.deadline) give(world, link, side, { type: 'time' });
      wake(world, link, side);
    },
    undefined,
  );
}

/** Gives an end's BFD session an input, and does what it puts out. */
export function giveBfd(world: RoutingWorld, link: Link, side: Side, input: BfdInput): void {
  const end = link.ends[side];
  if (end?.bfd === undefined) return;
  const { now } = world.scheduler;
  const step = side === 0 ? world.bfdStep : rightBfdStep;
  const { session, outputs } = orViolation(now, () => step(end.bfd!, input, now));
  end.bfd = session;
  for (const output of outputs) {
    if (output.type === 'send') sendBfd(world, link, side, encodeControlPacket(output.packet));
    if (output.type !== 'transition') continue;
    note(world, link, side, `BFD ${output.from} -> ${output.to}, ${output.reason}`);
    if (meaningOf(output) !== 'failed') continue;
    count(world, 'bfd-failed');
    judgeUndisturbed(world, link, side);
    if (side === 1) bfdFailed(world, link);
    give(world, link, side, { type: 'bfd-down' });
  }
  wake(world, link, side);
}

function sendBfd(world: RoutingWorld, link: Link, side: Side, payload: Uint8Array): void {
  const other = (1 - side) as Side;
  if (link.blocked === 'cut' || world.random.chance(link.loss)) return;
  world.scheduler.plan(
    world.scheduler.now + delay(world),
    () => {
      const bfd = link.ends[other]?.bfd;
      if (bfd === undefined || link.blocked === 'cut') return;
      const reception = receiveDatagram(
        { payload, hopLimit: 255, source: addressOf(link, side), sourcePort: 49152, nic: 1 },
        {
          byDiscriminator: (discriminator) => (discriminator === bfd.localDiscriminator ? bfd : undefined),
          byNeighbor: () => bfd,
        },
      );
      if (reception.ok)
        giveBfd(world, link, other, { type: 'packet', packet: reception.packet, at: world.scheduler.now });
    },
    undefined,
  );
}

/** A process is gone: its kernel ends its connections, unless the machine is gone, too. */
export function vanish(world: RoutingWorld, link: Link, side: Side, withMachine: boolean): void {
  const end = link.ends[side];
  link.ends[side] = undefined;
  if (end === undefined) return;
  for (const pipe of link.pipes) {
    if (pipe.numbers[side] === undefined) continue;
    if (withMachine) {
      pipe.numbers[side] = undefined;
      pipe.under[side].length = 0;
    } else close(world, link, side, pipe, false);
  }
}

/** Both ends hear that their connections are gone, as when a firewall forgets them. */
export function resetAll(world: RoutingWorld, link: Link): void {
  for (const pipe of [...link.pipes])
    for (const side of [0, 1] as const) endAt(world, link, side, pipe, 'connection reset');
}

/** A core that throws has a fault. */
function orViolation<T>(now: number, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof Violation) throw error;
    throw new Violation('sound', now, `a session threw: ${(error as Error).stack}`);
  }
}
