import type { Family } from '../../ip/address.js';
import { readUint16 } from '../octets.js';
import { attributeRules, type Gathered, type Treatment, type UpdateContext } from './attribute-rules.js';
import { type ErrorReason, type MessageError, messageError } from './error-codes.js';
import { headerLength } from './header.js';
import { type Reach, readMpReach, readMpUnreach } from './multiprotocol.js';
import {
  attributeFlag,
  attributeType,
  optionalOnly,
  optionalTransitive,
  type PathAttributes,
} from './path-attributes.js';
import { type Prefix, readPrefixes } from './prefix.js';

/** An UPDATE (RFC 4271 4.3, RFC 4760), after what RFC 7606 makes of its faults. */
export interface Update {
  readonly type: 'update';
  /** Routes of both families that exist no more; those of an announcement that is treated as a withdrawal, too. */
  readonly withdrawn: readonly Prefix[];
  /** Routes that are announced: at most those of the message itself, and those of MP_REACH_NLRI. */
  readonly reach: readonly Reach[];
  readonly attributes: PathAttributes;
  /** The family whose first routes are complete with this message (RFC 4724 2). */
  readonly endOfRib?: Family;
  /** What was wrong with attributes, in their order, but did not end the session. */
  readonly faults: readonly AttributeFault[];
}

export interface AttributeFault {
  /** The attribute's number; 0 when it is not there or cannot be told. */
  readonly attribute: number;
  readonly reason: ErrorReason | 'family' | 'repeated' | 'not-internal' | 'not-two-octet';
  readonly treatment: Treatment;
}

/** What is gathered while attributes are read. */
interface Reading {
  readonly gathered: Gathered;
  readonly faults: AttributeFault[];
  readonly seen: Set<number>;
  /** The first fault that withdraws the routes, as the error that it is where there are none. */
  severe?: MessageError;
  reach?: Reach;
  unreach?: { readonly family: Family; readonly prefixes: readonly Prefix[] };
}

/**
 * Reads an UPDATE whose header was judged. Where its routes cannot be told for certain, the session cannot go on, and an
 * error is returned (RFC 7606 3, 5.2, 5.3); any other fault is in `faults`, and was treated as it says.
 *
 * Choices where the RFCs leave some: a wrong MP_REACH_NLRI or MP_UNREACH_NLRI ends the session and does not disable its family (RFC 7606
 * 3 (j), 7.11); a well-known attribute that is unknown, of which RFC 7606 says nothing, withdraws the routes as wrong flags do;
 * addresses and origins are not judged (RFC 4271 6.3: the host of NEXT_HOP, the first AS), since nobody uses the routes.
 */
export function readUpdate(message: Uint8Array, context: UpdateContext): Update | MessageError {
  const withdrawnAt = headerLength + 2;
  const withdrawnEnd = withdrawnAt + readUint16(message, headerLength);
  if (withdrawnEnd + 2 > message.length) return messageError('attribute-list');
  const attributesAt = withdrawnEnd + 2;
  const attributesEnd = attributesAt + readUint16(message, withdrawnEnd);
  if (attributesEnd > message.length) return messageError('attribute-list');
  const withdrawn = readPrefixes(message, withdrawnAt, withdrawnEnd, 4);
  const announced = readPrefixes(message, attributesEnd, message.length, 4);
  if (!withdrawn || !announced) return messageError('network-field');

  const reading: Reading = { gathered: {}, faults: [], seen: new Set() };
  const error = readAttributes(message, attributesAt, attributesEnd, context, reading);
  if (error) return error;
  checkMandatory(reading, announced.length > 0);
  return outcome(reading, withdrawn, announced, message.length === attributesEnd && attributesEnd === headerLength + 4);
}

function readAttributes(
  message: Uint8Array,
  begin: number,
  end: number,
  context: UpdateContext,
  reading: Reading,
): MessageError | undefined {
  let at = begin;
  while (at < end) {
    const flags = message[at]!;
    const headLength = (flags & attributeFlag.extendedLength) === 0 ? 3 : 4;
    const type = at + 1 < end ? message[at + 1]! : 0;
    const valueAt = at + headLength;
    const length = headLength === 3 ? message[at + 2]! : readUint16(message, at + 2);
    if (valueAt > end || valueAt + length > end) {
      // RFC 7606 4: the total length counts, and so the prefixes behind it are where they are. Those in here are not.
      if (isMultiprotocol(type)) return messageError('attribute-list');
      reading.seen.add(type);
      fault(reading, type, 'attribute-list', 'treat-as-withdraw');
      return undefined;
    }
    const error = readAttribute(type, flags, message.subarray(at, valueAt + length), headLength, context, reading);
    if (error) return error;
    at = valueAt + length;
  }
  return undefined;
}

function readAttribute(
  type: number,
  flags: number,
  whole: Uint8Array,
  headLength: number,
  context: UpdateContext,
  reading: Reading,
): MessageError | undefined {
  const { seen, gathered } = reading;
  if (seen.has(type)) {
    if (isMultiprotocol(type)) return messageError('attribute-list');
    fault(reading, type, 'repeated', 'attribute-discard');
    return undefined;
  }
  seen.add(type);
  const value = whole.subarray(headLength);
  const kind = flags & optionalTransitive;
  if (isMultiprotocol(type)) {
    // RFC 7606 5.3: with wrong flags its routes are not certain either.
    if (kind !== optionalOnly) return messageError('optional-attribute', whole.slice());
    return readMultiprotocol(type, value, whole, reading);
  }
  const rule = attributeRules[type];
  if (!rule) {
    const optional = (flags & attributeFlag.optional) !== 0;
    if (!optional) fault(reading, type, 'unrecognized-well-known', 'treat-as-withdraw', whole);
    return undefined;
  }
  if (kind !== rule.flags) fault(reading, type, 'attribute-flags', 'treat-as-withdraw', whole);
  else if (rule.internalOnly && context.external) fault(reading, type, 'not-internal', 'attribute-discard');
  else if (rule.twoOctetOnly && context.fourOctetAs) fault(reading, type, 'not-two-octet', 'attribute-discard');
  else {
    const reason = rule.read(value, context, gathered);
    if (reason) fault(reading, type, reason, rule.treatment, reason === 'as-path' ? undefined : whole);
  }
  return undefined;
}

/** @param data of the NOTIFICATION, if there is one: the attribute for most faults, nothing for some (RFC 4271 6.3) */
function fault(
  reading: Reading,
  attribute: number,
  reason: AttributeFault['reason'],
  treatment: Treatment,
  data?: Uint8Array,
): void {
  reading.faults.push({ attribute, reason, treatment });
  // Only faults that have a subcode are that severe.
  if (treatment === 'treat-as-withdraw') reading.severe ??= messageError(reason as ErrorReason, data?.slice());
}

function readMultiprotocol(
  type: number,
  value: Uint8Array,
  whole: Uint8Array,
  reading: Reading,
): MessageError | undefined {
  const read = type === attributeType.mpReach ? readMpReach(value) : readMpUnreach(value);
  if (read === 'malformed') return messageError('optional-attribute', whole.slice());
  if (read === 'family') fault(reading, type, 'family', 'attribute-discard');
  else if ('nextHop' in read) reading.reach = read;
  else reading.unreach = read;
  return undefined;
}

/** RFC 7606 3 (d). An attribute that is there but wrong has its own fault. */
function checkMandatory(reading: Reading, announces: boolean): void {
  if (!announces && !reading.reach) return;
  const mandatory: number[] = [attributeType.origin, attributeType.asPath];
  if (announces) mandatory.push(attributeType.nextHop);
  for (const attribute of mandatory) {
    if (reading.seen.has(attribute)) continue;
    fault(reading, attribute, 'missing-well-known', 'treat-as-withdraw', Uint8Array.of(attribute));
  }
}

function outcome(
  { gathered, faults, severe, seen, reach, unreach }: Reading,
  withdrawn: readonly Prefix[],
  announced: readonly Prefix[],
  empty: boolean,
): Update | MessageError {
  const unreachable = [...withdrawn, ...(unreach?.prefixes ?? [])];
  const reachable = [...announced, ...(reach?.prefixes ?? [])];
  if (severe) {
    // RFC 7606 5.2: there is no route to be withdrawn, so it may be the routes that are wrong.
    if (reachable.length === 0) return severe;
    return { type: 'update', withdrawn: [...unreachable, ...reachable], reach: [], attributes: {}, faults };
  }
  const { nextHop, ...attributes } = gathered;
  const all: Reach[] = [];
  if (announced.length > 0) all.push({ nextHop: nextHop!, prefixes: announced });
  if (reach) all.push(reach);
  const bare = seen.size === 1 && unreach?.prefixes.length === 0 && reachable.length + withdrawn.length === 0;
  const endOfRib = empty ? 4 : bare ? unreach.family : undefined;
  return {
    type: 'update',
    withdrawn: unreachable,
    reach: all,
    attributes,
    ...(endOfRib && { endOfRib }),
    faults,
  };
}

function isMultiprotocol(type: number): boolean {
  return type === attributeType.mpReach || type === attributeType.mpUnreach;
}
