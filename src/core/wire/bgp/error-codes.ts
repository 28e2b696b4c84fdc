/** One class of error: the code and subcode of the NOTIFICATION that tells it, and what demands it. */
export interface ErrorCode {
  readonly code: number;
  readonly subcode: number;
  readonly clause: string;
}

/** Every error that this speaker tells a peer, and every other one whose name it knows when a peer tells it. */
export const errorCodes = {
  marker: { code: 1, subcode: 1, clause: 'RFC 4271 6.1: the marker is all ones' },
  length: { code: 1, subcode: 2, clause: 'RFC 4271 6.1: 19 to 4096 octets, and what the type needs' },
  type: { code: 1, subcode: 3, clause: 'RFC 4271 6.1: a type that is known' },
  'open-malformed': { code: 2, subcode: 0, clause: 'RFC 4271 6.2: optional parameters that end where they say' },
  version: { code: 2, subcode: 1, clause: 'RFC 4271 6.2: version 4' },
  'peer-as': { code: 2, subcode: 2, clause: 'RFC 4271 6.2: the AS that is configured; RFC 7607: never 0' },
  identifier: { code: 2, subcode: 3, clause: 'RFC 6286 2.2: not 0, and within one AS not our own' },
  'optional-parameter': { code: 2, subcode: 4, clause: 'RFC 4271 6.2: an optional parameter that is known' },
  'hold-time': { code: 2, subcode: 6, clause: 'RFC 4271 6.2: 0, or 3 seconds and more' },
  capability: { code: 2, subcode: 7, clause: 'RFC 5492 5: a capability that this speaker cannot do without' },
  role: { code: 2, subcode: 11, clause: 'RFC 9234 4.2: roles that belong together' },
  'attribute-list': { code: 3, subcode: 1, clause: 'RFC 4271 6.3, RFC 7606 3: lengths that fit each other' },
  'unrecognized-well-known': { code: 3, subcode: 2, clause: 'RFC 4271 6.3: well-known attributes are known' },
  'missing-well-known': { code: 3, subcode: 3, clause: 'RFC 4271 6.3: ORIGIN, AS_PATH and a next hop' },
  'attribute-flags': { code: 3, subcode: 4, clause: 'RFC 4271 6.3, RFC 7606 3 (c): the flags of the type' },
  'attribute-length': { code: 3, subcode: 5, clause: 'RFC 4271 6.3: the length of the type' },
  origin: { code: 3, subcode: 6, clause: 'RFC 4271 6.3: ORIGIN is 0, 1 or 2' },
  'next-hop': { code: 3, subcode: 8, clause: 'RFC 4271 6.3: NEXT_HOP is a host address' },
  'optional-attribute': {
    code: 3,
    subcode: 9,
    clause: 'RFC 4271 6.3, RFC 4760 7: an optional attribute is well formed',
  },
  'network-field': {
    code: 3,
    subcode: 10,
    clause: 'RFC 4271 6.3: prefixes of possible length, which end where they say',
  },
  'as-path': { code: 3, subcode: 11, clause: 'RFC 4271 6.3: segments of known type that end where they say' },
  'hold-timer': { code: 4, subcode: 0, clause: 'RFC 4271 6.5: a message within the Hold Time' },
  'unexpected-in-open-sent': { code: 5, subcode: 1, clause: 'RFC 6608 4: an OPEN comes first' },
  'unexpected-in-open-confirm': { code: 5, subcode: 2, clause: 'RFC 6608 4: a KEEPALIVE confirms the OPEN' },
  'unexpected-in-established': { code: 5, subcode: 3, clause: 'RFC 6608 4: no second OPEN' },
  'maximum-prefixes': { code: 6, subcode: 1, clause: 'RFC 4486 4: more prefixes than are taken' },
  'administrative-shutdown': { code: 6, subcode: 2, clause: 'RFC 4486 4, RFC 9003' },
  deconfigured: { code: 6, subcode: 3, clause: 'RFC 4486 4: the peer is no longer configured' },
  'administrative-reset': { code: 6, subcode: 4, clause: 'RFC 4486 4, RFC 9003' },
  'connection-rejected': { code: 6, subcode: 5, clause: 'RFC 4486 4: no connection is taken now' },
  'other-configuration-change': { code: 6, subcode: 6, clause: 'RFC 4486 4: the configuration changed' },
  'connection-collision': { code: 6, subcode: 7, clause: 'RFC 4271 6.8, RFC 4486 4: another connection is kept' },
  'out-of-resources': { code: 6, subcode: 8, clause: 'RFC 4486 4' },
  'hard-reset': { code: 6, subcode: 9, clause: 'RFC 8538 3.1: nothing of the session is kept' },
  'bfd-down': { code: 6, subcode: 10, clause: 'RFC 9384' },
  'refresh-length': { code: 7, subcode: 1, clause: 'RFC 7313 5: BoRR and EoRR have a body of 4 octets' },
  'send-hold-timer': { code: 8, subcode: 0, clause: 'RFC 9687 4.3, 5: the peer takes what is sent to it' },
} as const satisfies Record<string, ErrorCode>;

/** The name of an error. */
export type ErrorReason = keyof typeof errorCodes;

/** A peer's fault that ends the session: its name, and the data of the NOTIFICATION that tells the peer. */
export interface MessageError {
  readonly reason: ErrorReason;
  readonly data: Uint8Array;
}

/** An error, with as much data as its clause asks for; none unless given. */
export function messageError(reason: ErrorReason, data: Uint8Array = new Uint8Array(0)): MessageError {
  return { reason, data };
}

const names: ReadonlyMap<string, ErrorReason> = new Map(
  Object.entries(errorCodes).map(([reason, { code, subcode }]) => [`${code}/${subcode}`, reason as ErrorReason]),
);

/** The name of the error that a NOTIFICATION tells, or undefined when it has none here. */
export function reasonOf(code: number, subcode: number): ErrorReason | undefined {
  return names.get(`${code}/${subcode}`);
}
