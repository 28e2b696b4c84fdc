import { readUint16, readUint32 } from '../octets.js';
import { readAsPath } from './as-path.js';
import { distinctLargeCommunities } from './communities.js';
import type { ErrorReason } from './error-codes.js';
import {
  type Aggregator,
  attributeType,
  optionalOnly,
  optionalTransitive,
  origins,
  type PathAttributes,
  wellKnown,
} from './path-attributes.js';

/** What was negotiated, and so decides how an UPDATE is read. */
export interface UpdateContext {
  /** Whether AS numbers have 32 bits: both speakers sent the capability (RFC 6793). */
  readonly fourOctetAs: boolean;
  /** Whether the peer is of another AS. */
  readonly external: boolean;
}

/** How a wrong attribute is taken, from mild to severe (RFC 7606 2). */
export type Treatment = 'attribute-discard' | 'treat-as-withdraw' | 'session-reset';

/** Where attributes are gathered while they are read. */
export type Gathered = { -readonly [Name in keyof PathAttributes]: PathAttributes[Name] } & { nextHop?: Uint8Array };

/** How one type of attribute is read. */
export interface AttributeRule {
  /** The Optional and Transitive bits that it must have. */
  readonly flags: number;
  /** How it is taken when `read` finds a fault. */
  readonly treatment: Treatment;
  readonly clause: string;
  /** Only a peer of our own AS has a say in it: from another it is discarded. */
  readonly internalOnly?: true;
  /** Only a speaker of 16 bits has use for it: from another it is discarded. */
  readonly twoOctetOnly?: true;
  /** Reads a value, a view, into `into`, or says what is wrong. */
  readonly read: (value: Uint8Array, context: UpdateContext, into: Gathered) => ErrorReason | undefined;
}

/**
 * The rules of RFC 7606 section 7, RFC 8092 6 and RFC 6793 6, by attribute type. MP_REACH_NLRI and MP_UNREACH_NLRI are not among them. A path
 * is not made whole of AS_PATH and AS4_PATH (RFC 6793 4.2.3): nobody asks for it.
 */
export const attributeRules: Readonly<Record<number, AttributeRule>> = {
  [attributeType.origin]: {
    flags: wellKnown,
    treatment: 'treat-as-withdraw',
    clause: 'RFC 7606 7.1',
    read(value, _context, into) {
      const origin = origins[value[0]!];
      if (value.length !== 1) return 'attribute-length';
      if (!origin) return 'origin';
      into.origin = origin;
      return undefined;
    },
  },
  [attributeType.asPath]: {
    flags: wellKnown,
    treatment: 'treat-as-withdraw',
    clause: 'RFC 7606 7.2, RFC 7607 2',
    read(value, { fourOctetAs }, into) {
      const asPath = readAsPath(value, fourOctetAs);
      if (!asPath) return 'as-path';
      into.asPath = asPath;
      return undefined;
    },
  },
  [attributeType.nextHop]: {
    flags: wellKnown,
    treatment: 'treat-as-withdraw',
    clause: 'RFC 7606 7.3',
    read(value, _context, into) {
      if (value.length !== 4) return 'attribute-length';
      into.nextHop = value.slice();
      return undefined;
    },
  },
  [attributeType.med]: {
    flags: optionalOnly,
    treatment: 'treat-as-withdraw',
    clause: 'RFC 7606 7.4',
    read: (value, _context, into) => number32(value, (number) => (into.med = number)),
  },
  [attributeType.localPref]: {
    flags: wellKnown,
    treatment: 'treat-as-withdraw',
    clause: 'RFC 7606 7.5',
    internalOnly: true,
    read: (value, _context, into) => number32(value, (number) => (into.localPref = number)),
  },
  [attributeType.atomicAggregate]: {
    flags: wellKnown,
    treatment: 'attribute-discard',
    clause: 'RFC 7606 7.6',
    read(value, _context, into) {
      if (value.length !== 0) return 'attribute-length';
      into.atomicAggregate = true;
      return undefined;
    },
  },
  [attributeType.aggregator]: {
    flags: optionalTransitive,
    treatment: 'attribute-discard',
    clause: 'RFC 7606 7.7, RFC 7607 2',
    read(value, { fourOctetAs }, into) {
      if (value.length !== (fourOctetAs ? 8 : 6)) return 'attribute-length';
      const aggregator = readAggregator(value, fourOctetAs);
      if (aggregator.as === 0) return 'optional-attribute';
      into.aggregator = aggregator;
      return undefined;
    },
  },
  [attributeType.communities]: {
    flags: optionalTransitive,
    treatment: 'treat-as-withdraw',
    clause: 'RFC 7606 7.8',
    read: (value, _context, into) =>
      list(
        value,
        4,
        (at) => readUint32(value, at),
        (read) => (into.communities = read),
      ),
  },
  [attributeType.originatorId]: {
    flags: optionalOnly,
    treatment: 'treat-as-withdraw',
    clause: 'RFC 7606 7.9',
    internalOnly: true,
    read: (value) => (value.length === 4 ? undefined : 'attribute-length'),
  },
  [attributeType.clusterList]: {
    flags: optionalOnly,
    treatment: 'treat-as-withdraw',
    clause: 'RFC 7606 7.10',
    internalOnly: true,
    read: (value) => (isList(value, 4) ? undefined : 'attribute-length'),
  },
  [attributeType.extendedCommunities]: {
    flags: optionalTransitive,
    treatment: 'treat-as-withdraw',
    clause: 'RFC 7606 7.14',
    read: (value, _context, into) =>
      list(
        value,
        8,
        (at) => (BigInt(readUint32(value, at)) << 32n) | BigInt(readUint32(value, at + 4)),
        (read) => (into.extendedCommunities = read),
      ),
  },
  [attributeType.as4Path]: {
    flags: optionalTransitive,
    treatment: 'attribute-discard',
    clause: 'RFC 6793 4.1, 6, RFC 7607 2',
    twoOctetOnly: true,
    read(value) {
      const path = readAsPath(value, true) ?? [];
      const told = path.length > 0 && path.every(({ type }) => type === 'set' || type === 'sequence');
      return told ? undefined : 'as-path';
    },
  },
  [attributeType.as4Aggregator]: {
    flags: optionalTransitive,
    treatment: 'attribute-discard',
    clause: 'RFC 6793 4.1, 6, RFC 7607 2',
    twoOctetOnly: true,
    read(value) {
      if (value.length !== 8) return 'attribute-length';
      return readAggregator(value, true).as === 0 ? 'optional-attribute' : undefined;
    },
  },
  [attributeType.largeCommunities]: {
    flags: optionalTransitive,
    treatment: 'treat-as-withdraw',
    clause: 'RFC 8092 3, 6',
    read: (value, _context, into) =>
      list(
        value,
        12,
        (at) => [readUint32(value, at), readUint32(value, at + 4), readUint32(value, at + 8)] as const,
        (read) => (into.largeCommunities = distinctLargeCommunities(read)),
      ),
  },
};

function readAggregator(value: Uint8Array, fourOctetAs: boolean): Aggregator {
  const as = fourOctetAs ? readUint32(value, 0) : readUint16(value, 0);
  return { as, address: value.slice(-4) };
}

function number32(value: Uint8Array, take: (number: number) => void): ErrorReason | undefined {
  if (value.length !== 4) return 'attribute-length';
  take(readUint32(value, 0));
  return undefined;
}

function list<T>(
  value: Uint8Array,
  size: number,
  read: (at: number) => T,
  take: (read: readonly T[]) => void,
): ErrorReason | undefined {
  if (!isList(value, size)) return 'optional-attribute';
  take(Array.from({ length: value.length / size }, (_, i) => read(i * size)));
  return undefined;
}

function isList(value: Uint8Array, size: number): boolean {
  return value.length > 0 && value.length % size === 0;
}
