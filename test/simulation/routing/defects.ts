/** Nodes with one defect each, to see that the simulation notices it. */
import { type Input as BfdInput, type Session as BfdSession, step as bfdStep } from '../../../src/core/bfd/session.js';
import { emptyTable, type Input, type Output, type Session, type Step, step } from '../../../src/core/bgp/session.js';
import type { Micros } from '../../../src/core/time.js';
import { messageType, messageTypeAt } from '../../../src/core/wire/bgp/header.js';
import { encodeNotification, notificationOf } from '../../../src/core/wire/bgp/notification.js';
import type { Cores } from './simulate.js';

export interface RoutingDefect {
  /** What a node with it does. */
  readonly what: string;
  /** What must not hold any more, before anything else does not. */
  readonly property: string;
  readonly cores: Cores;
}

type Core = typeof step;

export const routingDefects: Readonly<Record<string, RoutingDefect>> = {
  // Seen when such a route is wanted again: it is no news then.
  'keeps-withdrawn': { what: 'withdraws nothing', property: 'repeated', cores: { step: without(isWithdrawal) } },
  'never-complete': {
    what: 'never says that its routes are complete',
    property: 'belief',
    cores: { step: without(isEndOfRib) },
  },
  'complete-too-soon': {
    what: 'says that its routes are complete before it knows them',
    property: 'restart',
    cores: { step: (session, input, now, chance) => step(session, complete(input), now, chance) },
  },
  'says-goodbye': { what: 'says goodbye when it only restarts', property: 'restart', cores: { step: saysGoodbye } },
  'goes-at-once': {
    what: 'withdraws at once when it is drained',
    property: 'drained',
    cores: { step: (session, input, now, chance) => step(session, hasty(input), now, chance) },
  },
  'goes-on': { what: 'does not hear that it is to be drained', property: 'drained', cores: { step: deaf('drain') } },
  nervous: {
    what: 'begins its session anew when routes change',
    property: 'undisturbed',
    cores: { step: nervous },
  },
  repeats: { what: 'tells everything again with each change', property: 'repeated', cores: { step: repeats } },
  'bfd-impatient': {
    what: 'does not ask for patience before it restarts',
    property: 'undisturbed',
    cores: { bfdStep: impatient },
  },
};

const nothing = (session: Session): Step => ({ session, outputs: [] });

/** A core that drops some of what it would send. */
function without(drops: (octets: Uint8Array) => boolean): Core {
  return (session, input, now, chance) => {
    const { session: next, outputs } = step(session, input, now, chance);
    return { session: next, outputs: outputs.filter((output) => output.type !== 'send' || !drops(output.octets)) };
  };
}

/** An UPDATE whose first field is not empty, or that begins with MP_UNREACH_NLRI and has more than that field's head. */
function isWithdrawal(octets: Uint8Array): boolean {
  if (messageTypeAt(octets, 0) !== messageType.update) return false;
  return octets[19] !== 0 || octets[20] !== 0 || (octets[24] === 15 && octets.length > 30);
}

/** An UPDATE of nothing at all, or of MP_UNREACH_NLRI with nothing in it. */
function isEndOfRib(octets: Uint8Array): boolean {
  return messageTypeAt(octets, 0) === messageType.update && octets.length <= 30 && octets[20] === 0;
}

function complete(input: Input): Input {
  return input.type === 'routes' ? { ...input, complete: true } : input;
}

function hasty(input: Input): Input {
  return input.type === 'drain' ? { ...input, wait: 0 } : input;
}

function deaf(to: Input['type']): Core {
  return (session, input, now, chance) => (input.type === to ? nothing(session) : step(session, input, now, chance));
}

function saysGoodbye(session: Session, input: Input, now: Micros, chance: number): Step {
  const { session: next, outputs } = step(session, input, now, chance);
  if (input.type !== 'stop' || input.how !== 'restart') return { session: next, outputs };
  const octets = encodeNotification(notificationOf('deconfigured'));
  const said = outputs.flatMap((output): Output[] =>
    output.type === 'close' && !output.abort
      ? [{ type: 'send', connection: output.connection, octets }, output]
      : [output],
  );
  return { session: next, outputs: said };
}

function nervous(session: Session, input: Input, now: Micros, chance: number): Step {
  const { session: next, outputs } = step(session, input, now, chance);
  if (input.type !== 'routes' || next.state !== 'Established' || session.wanted === input.routes || chance > 0.1)
    return { session: next, outputs };
  const anew = step(next, { type: 'reset', text: 'routes have changed' }, now, chance);
  return { session: anew.session, outputs: [...outputs, ...anew.outputs] };
}

/** Forgets what it has told whenever it is told something new itself. */
function repeats(session: Session, input: Input, now: Micros, chance: number): Step {
  if (input.type !== 'routes') return step(session, input, now, chance);
  const connections = session.connections.map((each) =>
    each.ribOut === undefined ? each : { ...each, ribOut: { ...each.ribOut, sent: emptyTable } },
  );
  return step({ ...session, connections }, input, now, chance);
}

function impatient(session: BfdSession, input: BfdInput, now: Micros): ReturnType<typeof bfdStep> {
  return input.type === 'configure' ? { session, outputs: [] } : bfdStep(session, input, now);
}
