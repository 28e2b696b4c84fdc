import { assert } from '../../assert.js';
import { readUint16, readUint32 } from '../octets.js';
import { type Capability, capabilityOctets, readCapabilities } from './capabilities.js';
import { type MessageError, messageError } from './error-codes.js';
import { headerLength, messageType, writeMessage } from './header.js';

/*
 * The OPEN (RFC 4271 4.2), after the header:
 *
 *   0  1  version, 4              4  … identifier, 4 octets
 *   1  2  AS, 16 bits             9  1  octets of optional parameters; RFC 9072: 255, then type 255 and 2 octets of length
 *   3  2  hold time (s)          10  …  parameters: type, length (1 octet, or 2 after RFC 9072), value
 */

/** RFC 4271 4.2. */
export interface Open {
  readonly type: 'open';
  /** The field of 16 bits: 23456 stands for an AS number that does not fit ({@link asNumberOf}). */
  readonly as: number;
  /** Seconds: 0, or 3..65535. */
  readonly holdTime: number;
  /** Unsigned, 32 bits; not 0. */
  readonly identifier: number;
  /** In the order in which they were sent. One that comes again replaces nothing: see the readers of each. */
  readonly capabilities: readonly Capability[];
}

/** AS_TRANS (RFC 6793 9): stands where an AS number does not fit. */
export const asTrans = 23456;

const version = 4;
const field = { version: 0, as: 1, holdTime: 3, identifier: 5, parametersLength: 9, parameters: 10 };
const capabilitiesParameter = 2;
const extended = 255;

/** The AS number that an OPEN claims: that of the capability, which counts more than the field, or the field. */
export function asNumberOf(open: Open): number {
  const capability = open.capabilities.findLast((each) => each.type === 'four-octet-as');
  return capability?.as ?? open.as;
}

/**
 * Encodes an OPEN, its capabilities together in one parameter.
 *
 * @throws InvariantError when they have more than 253 octets, or a field is out of range
 */
export function encodeOpen({ as, holdTime, identifier, capabilities }: Open): Uint8Array {
  assert(Number.isInteger(as) && as > 0 && as <= 0xffff, `AS ${as} does not fit 16 bits`);
  assert(isHoldTime(holdTime) && holdTime <= 0xffff, `hold time ${holdTime} is not 0 or 3..65535`);
  assert(identifier > 0 && identifier <= 0xffff_ffff, `identifier ${identifier} is not 1..4294967295`);
  const all = capabilities.flatMap(capabilityOctets);
  assert(all.length <= extended - 2, `capabilities of ${all.length} octets do not fit one parameter`);
  const parameters = all.length === 0 ? [] : [capabilitiesParameter, all.length, ...all];
  const identifierOctets = [
    identifier >>> 24,
    (identifier >>> 16) & 0xff,
    (identifier >>> 8) & 0xff,
    identifier & 0xff,
  ];
  return writeMessage(messageType.open, [
    version,
    as >> 8,
    as & 0xff,
    holdTime >> 8,
    holdTime & 0xff,
    ...identifierOctets,
    parameters.length,
    ...parameters,
  ]);
}

/**
 * Reads an OPEN whose header was judged, and makes the checks of RFC 4271 6.2 that need no configuration. Capabilities may
 * be in one parameter or in many.
 */
export function readOpen(message: Uint8Array): Open | MessageError {
  const body = message.subarray(headerLength);
  if (body[field.version] !== version) return messageError('version', Uint8Array.of(0, version));
  const as = readUint16(body, field.as);
  const holdTime = readUint16(body, field.holdTime);
  const identifier = readUint32(body, field.identifier);
  const capabilities = readParameters(body);
  if (!Array.isArray(capabilities)) return capabilities;
  const open: Open = { type: 'open', as, holdTime, identifier, capabilities };
  if (as === 0 || asNumberOf(open) === 0) return messageError('peer-as');
  if (identifier === 0) return messageError('identifier');
  if (!isHoldTime(holdTime)) return messageError('hold-time');
  return open;
}

function isHoldTime(seconds: number): boolean {
  return Number.isInteger(seconds) && (seconds === 0 || seconds >= 3);
}

function readParameters(body: Uint8Array): Capability[] | MessageError {
  let length = body[field.parametersLength]!;
  let at = field.parameters;
  // RFC 9072 2: a first parameter of type 255 says so, whatever the length before it is.
  const wide = length > 0 && body[at] === extended;
  if (wide) {
    if (at + 3 > body.length) return messageError('open-malformed');
    length = readUint16(body, at + 1);
    at += 3;
  }
  if (at + length !== body.length) return messageError('open-malformed');
  const headLength = wide ? 3 : 2;
  const capabilities: Capability[] = [];
  while (at < body.length) {
    if (at + headLength > body.length) return messageError('open-malformed');
    const end = at + headLength + (wide ? readUint16(body, at + 1) : body[at + 1]!);
    if (end > body.length) return messageError('open-malformed');
    if (body[at] !== capabilitiesParameter) return messageError('optional-parameter');
    const read = readCapabilities(body, at + headLength, end);
    if (!read) return messageError('open-malformed');
    capabilities.push(...read);
    at = end;
  }
  return capabilities;
}
