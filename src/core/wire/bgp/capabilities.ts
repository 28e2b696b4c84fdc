import { assert } from '../../assert.js';
import { readUint16, readUint32 } from '../octets.js';
import type { AfiSafi } from './families.js';

/** What a speaker says it can do (RFC 5492). */
export type Capability =
  /** RFC 4760 8. */
  | ({ readonly type: 'multiprotocol' } & AfiSafi)
  /** RFC 2918. */
  | { readonly type: 'route-refresh' }
  /** RFC 8950: which routes may have a next hop of another family; AFIs of the next hops. */
  | { readonly type: 'extended-next-hop'; readonly families: readonly (AfiSafi & { readonly nextHopAfi: number })[] }
  | GracefulRestartCapability
  /** RFC 6793: the AS number itself, 32 bits. */
  | { readonly type: 'four-octet-as'; readonly as: number }
  /** RFC 7313. */
  | { readonly type: 'enhanced-route-refresh' }
  /** One that is not known here, or whose value has not the length that its RFC gives it: kept, and otherwise ignored. */
  | { readonly type: 'unknown'; readonly code: number; readonly value: Uint8Array };

/** RFC 4724 3, with the N bit of RFC 8538. */
export interface GracefulRestartCapability {
  readonly type: 'graceful-restart';
  /** R: the sender has restarted. */
  readonly restarted: boolean;
  /** N: a NOTIFICATION and the end of the hold time do not end it all. */
  readonly notification: boolean;
  /** For how long the peer keeps routes, in seconds: 0..4095. */
  readonly restartTime: number;
  /** F, forwarding: whether the sender went on forwarding while it restarted. */
  readonly families: readonly (AfiSafi & { readonly forwarding: boolean })[];
}

/** IANA's numbers of the capabilities above. */
export const capabilityCode = {
  multiprotocol: 1,
  'route-refresh': 2,
  'extended-next-hop': 5,
  'graceful-restart': 64,
  'four-octet-as': 65,
  'enhanced-route-refresh': 70,
} as const;

const restartedBit = 0x8000;
const notificationBit = 0x4000;
const longestRestartTime = 0x0fff;
const forwardingBit = 0x80;

/** A capability's number. */
export function codeOf(capability: Capability): number {
  return capability.type === 'unknown' ? capability.code : capabilityCode[capability.type];
}

/** A capability as code, length and value. Throws InvariantError when its value is longer than 255 octets. */
export function capabilityOctets(capability: Capability): number[] {
  const value = valueOctets(capability);
  assert(value.length <= 255, `capability ${codeOf(capability)} has ${value.length} octets, more than 255`);
  return [codeOf(capability), value.length, ...value];
}

/** Reads capabilities up to `end`; undefined when one goes beyond it. */
export function readCapabilities(bytes: Uint8Array, at: number, end: number): Capability[] | undefined {
  const capabilities: Capability[] = [];
  let next = at;
  while (next < end) {
    if (next + 2 > end) return undefined;
    const valueAt = next + 2;
    next = valueAt + bytes[next + 1]!;
    if (next > end) return undefined;
    capabilities.push(readCapability(bytes[valueAt - 2]!, bytes.slice(valueAt, next)));
  }
  return capabilities;
}

function valueOctets(capability: Capability): number[] {
  switch (capability.type) {
    case 'multiprotocol':
      return [...two(capability.afi), 0, capability.safi];
    case 'route-refresh':
    case 'enhanced-route-refresh':
      return [];
    case 'extended-next-hop':
      return capability.families.flatMap(({ afi, safi, nextHopAfi }) => [
        ...two(afi),
        ...two(safi),
        ...two(nextHopAfi),
      ]);
    case 'graceful-restart':
      return gracefulRestartOctets(capability);
    case 'four-octet-as':
      return [...two(capability.as >>> 16), ...two(capability.as & 0xffff)];
    case 'unknown':
      return [...capability.value];
  }
}

function gracefulRestartOctets(capability: GracefulRestartCapability): number[] {
  const { restarted, notification, restartTime, families } = capability;
  assert(
    Number.isInteger(restartTime) && restartTime >= 0 && restartTime <= longestRestartTime,
    `restart time ${restartTime} is not a whole number of 0 to ${longestRestartTime}`,
  );
  const flags = (restarted ? restartedBit : 0) | (notification ? notificationBit : 0);
  const each = families.flatMap(({ afi, safi, forwarding }) => [...two(afi), safi, forwarding ? forwardingBit : 0]);
  return [...two(flags | restartTime), ...each];
}

function readCapability(code: number, value: Uint8Array): Capability {
  return readKnown(code, value) ?? { type: 'unknown', code, value };
}

function readKnown(code: number, value: Uint8Array): Capability | undefined {
  const { length } = value;
  switch (code) {
    case capabilityCode.multiprotocol:
      return length === 4 ? { type: 'multiprotocol', afi: readUint16(value, 0), safi: value[3]! } : undefined;
    case capabilityCode['route-refresh']:
      return length === 0 ? { type: 'route-refresh' } : undefined;
    case capabilityCode['enhanced-route-refresh']:
      return length === 0 ? { type: 'enhanced-route-refresh' } : undefined;
    case capabilityCode['extended-next-hop']:
      return length % 6 === 0 ? { type: 'extended-next-hop', families: nextHopFamilies(value) } : undefined;
    case capabilityCode['graceful-restart']:
      return length % 4 === 2 ? readGracefulRestart(value) : undefined;
    case capabilityCode['four-octet-as']:
      return length === 4 ? { type: 'four-octet-as', as: readUint32(value, 0) } : undefined;
    default:
      return undefined;
  }
}

function nextHopFamilies(value: Uint8Array) {
  return each(value, 0, 6, (at) => ({
    afi: readUint16(value, at),
    safi: readUint16(value, at + 2),
    nextHopAfi: readUint16(value, at + 4),
  }));
}

function readGracefulRestart(value: Uint8Array): Capability {
  const first = readUint16(value, 0);
  return {
    type: 'graceful-restart',
    restarted: (first & restartedBit) !== 0,
    notification: (first & notificationBit) !== 0,
    restartTime: first & longestRestartTime,
    families: each(value, 2, 4, (at) => ({
      afi: readUint16(value, at),
      safi: value[at + 2]!,
      forwarding: (value[at + 3]! & forwardingBit) !== 0,
    })),
  };
}

function each<T>(value: Uint8Array, first: number, size: number, read: (at: number) => T): T[] {
  return Array.from({ length: (value.length - first) / size }, (_, i) => read(first + i * size));
}

function two(value: number): number[] {
  return [value >>> 8, value & 0xff];
}
