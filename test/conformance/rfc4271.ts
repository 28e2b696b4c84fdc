import type { Clause, ElsewhereClause } from './clause-table.js';

/*
 * Rules of RFC 4271 and of those that update it, as far as they are for a speaker that only originates routes: what
 * messages are. `rfc4271-session.ts` has what is done with them.
 */

const header = 'a BGP header';
const stream = 'a stream of BGP messages';
const open = 'an OPEN';
const judged = 'the peer’s OPEN is judged by the configuration';
const update = 'an UPDATE';
const wrong = 'an UPDATE with a wrong attribute';
const resets = `${wrong} ends the session:`;
const oldSpeaker = `${wrong} of a speaker of 16 bits is read with or without`;
const data = `${wrong} has data as RFC 4271 6.3 wants it when there is no route:`;
const withdraws = `${wrong} withdraws its routes:`;

export const messages: readonly Clause[] = [
  {
    clause: 'RFC 4271 4.1, 6.1',
    rule: 'the marker is all ones',
    kept: [`${stream} gives the same messages however it is cut into chunks`],
    notBroken: [
      `${header} is refused when bit 0 of marker octet 0 is not set`,
      `${header} is refused when bit 7 of marker octet 15 is not set`,
    ],
  },
  {
    clause: 'RFC 4271 4.1, 6.1',
    rule: 'a message has 19 to 4096 octets, and as many as its type needs',
    kept: [
      `${header} of an OPEN has a length of 29 to 4096, and is refused with any other`,
      `${header} of an UPDATE has a length of 23 to 4096, and is refused with any other`,
    ],
    notBroken: [
      `${header} of a KEEPALIVE has a length of 19, and is refused with any other`,
      `${header} is not written before a body that is too long`,
    ],
  },
  {
    clause: 'RFC 4271 6.1',
    rule: 'an unknown type is told with its octet',
    kept: [`${header} of an unknown type is refused for its type, unless its length is impossible`],
    notBroken: [`${stream} gives the messages before the one that is wrong`],
  },
  {
    clause: 'RFC 4271 6.2',
    rule: 'another version is told ours',
    kept: [`${open} of another version is told ours`],
    notBroken: [`${open} with version 3 is refused: version`, `${open} with version 5 is refused: version`],
  },
  {
    clause: 'RFC 4271 6.2, RFC 7607',
    rule: 'the AS is the one expected, and not 0',
    kept: [`${judged} the AS that is configured: KEEPALIVE`],
    notBroken: [`${judged} another AS: NOTIFICATION peer-as`, `${open} with AS 0 is refused: peer-as`],
  },
  {
    clause: 'RFC 4271 6.2',
    rule: 'a Hold Time of 1 or 2 seconds is refused',
    kept: [`${open} may have a hold time of 3 s`, `${open} may have a hold time of 0 s`],
    notBroken: [
      `${open} with a hold time of 1 s is refused: hold-time`,
      `${open} with a hold time of 2 s is refused: hold-time`,
    ],
  },
  {
    clause: 'RFC 6286 2.2',
    rule: 'the identifier is not 0, and within an AS not ours',
    kept: [`${judged} our identifier in another AS: KEEPALIVE`],
    notBroken: [
      `${judged} our identifier within our AS: NOTIFICATION identifier`,
      `${open} with identifier 0 is refused: identifier`,
    ],
  },
  {
    clause: 'RFC 4271 6.2',
    rule: 'unknown and malformed optional parameters are refused, each in its way',
    kept: [`${open} may have no optional parameters: its AS is then that of the field`],
    notBroken: [
      `${open} with an unknown parameter is refused: optional-parameter`,
      `${open} with a parameter that overruns is refused: open-malformed`,
    ],
  },
  {
    clause: 'RFC 5492 4',
    rule: 'capabilities may come in one parameter or in many; unknown ones are ignored',
    kept: [`${open} gives the same capabilities from one parameter, from many and in the extended form`],
    notBroken: [`${open} with a capability that overruns is refused: open-malformed`],
  },
  {
    clause: 'RFC 9072 2',
    rule: 'optional parameters of extended length are read',
    kept: [`${open} of the extended form may have parameters longer than 255 octets`],
    notBroken: [`${open} with an extended length one too long is refused: open-malformed`],
  },
  {
    clause: 'RFC 6793 4.1, 4.2.1',
    rule: 'an AS number of 32 bits is in the capability, and 23456 in the field',
    kept: ['the OPEN of a speaker has all that it can do, and its AS number in 32 bits'],
    notBroken: [`${open} has the AS number of its capability, of which the last counts`],
  },
  {
    clause: 'RFC 6793 4.2.2',
    rule: 'a peer of 16 bits is told 23456 and AS4_PATH',
    kept: ['an announcement tells a peer of 16 bits 23456 and the rest in AS4_PATH and AS4_AGGREGATOR'],
    notBroken: ['an announcement tells a peer of 16 bits no more than that where all numbers fit'],
  },
  {
    clause: 'RFC 8092 3',
    rule: 'a large community is neither sent nor taken twice, and is no fault when it comes twice',
    kept: [
      'an announcement has each large community once (RFC 8092 3), by its value',
      `${update} may have a large community twice, and says it once (RFC 8092 3)`,
    ],
    notBroken: [`${withdraws} large communities of eight octets`],
  },
  {
    clause: 'RFC 6793 4.1, 6',
    rule: 'AS4_PATH and AS4_AGGREGATOR are discarded when they are wrong, and between speakers of 32 bits',
    kept: [
      `${wrong} is read without it: AS4_PATH between speakers of 32 bits`,
      `${wrong} is read without it: AS4_AGGREGATOR between speakers of 32 bits`,
      `${oldSpeaker} no AS4_PATH: nothing here depends on it`,
      `${oldSpeaker} AS4_AGGREGATOR of four octets: nothing here depends on it`,
    ],
    notBroken: [
      `${oldSpeaker} AS4_PATH: nothing here depends on it`,
      `${oldSpeaker} AS4_AGGREGATOR: nothing here depends on it`,
    ],
  },
  {
    clause: 'RFC 4271 6.3, RFC 7606 3',
    rule: 'lengths that exceed the message end the session',
    kept: [`${update} may withdraw and announce at once, in both families`],
    notBroken: [
      `${resets} withdrawn routes that overrun the message (attribute-list)`,
      `${resets} attributes that overrun the message (attribute-list)`,
    ],
  },
  {
    clause: 'RFC 7606 4',
    rule: 'an attribute that exceeds their length withdraws the routes behind them',
    kept: [`${withdraws} length that overruns all of them`, `${withdraws} head that overruns all of them`],
    notBroken: [`${resets} an MP_REACH_NLRI that overruns (attribute-list)`],
  },
  {
    clause: 'RFC 7606 3 (c), (d), 7',
    rule: 'an attribute that is wrong or missing withdraws the routes',
    kept: [
      `${withdraws} ORIGIN 3`,
      `${withdraws} ORIGIN that is optional`,
      `${withdraws} AS_PATH whose segment overruns`,
      `${withdraws} no NEXT_HOP`,
      `${withdraws} MED of three octets`,
      `${withdraws} communities of six octets`,
      `${withdraws} large communities of eight octets`,
    ],
    notBroken: [
      `${wrong} is read without it: ATOMIC_AGGREGATE with a value`,
      `${wrong} is read without it: AGGREGATOR of six octets`,
      `${wrong} is read without it: LOCAL_PREF of another AS`,
    ],
  },
  {
    clause: 'RFC 7607 2',
    rule: 'AS 0 in a path is malformed',
    kept: [`${withdraws} AS_PATH with AS 0`],
    notBroken: [`${wrong} is read without it: AGGREGATOR of AS 0`],
  },
  {
    clause: 'RFC 7606 3 (g)',
    rule: 'of repeated attributes the first counts, but a repeated MP_REACH_NLRI or MP_UNREACH_NLRI ends the session',
    kept: [`${wrong} is read without it: a second ORIGIN`],
    notBroken: [`${resets} two MP_REACH_NLRI (attribute-list)`, `${resets} two MP_UNREACH_NLRI (attribute-list)`],
  },
  {
    clause: 'RFC 7606 3 (h)',
    rule: 'the severest treatment is the one that is given',
    kept: [`${wrong} is treated as its severest fault demands, and tells them all`],
    notBroken: [`${wrong} is read without it: ATOMIC_AGGREGATE with a value`],
  },
  {
    clause: 'RFC 7606 5.2',
    rule: 'what would withdraw routes ends the session where there are none',
    kept: [`${resets} a fault that withdraws, but no route (origin)`],
    notBroken: [`${withdraws} ORIGIN 3`],
  },
  {
    clause: 'RFC 4271 6.3',
    rule: 'the NOTIFICATION has the attribute, or the type of the one that is missing, where it is to have it',
    kept: [
      `${data} ORIGIN 3 (origin)`,
      `${data} ORIGIN that is optional (attribute-flags)`,
      `${data} MED of three octets (attribute-length)`,
      `${data} no ORIGIN (missing-well-known)`,
    ],
    notBroken: [`${data} AS_PATH with AS 0 (as-path)`, `${data} a length that overruns (attribute-list)`],
  },
  {
    clause: 'RFC 7606 3 (j), 5.3',
    rule: 'an MP_REACH_NLRI or MP_UNREACH_NLRI with wrong flags ends the session, other attributes do not',
    kept: [
      `${resets} an MP_REACH_NLRI that is transitive (optional-attribute)`,
      `${resets} an MP_UNREACH_NLRI that is transitive (optional-attribute)`,
    ],
    notBroken: [`${withdraws} ORIGIN that is optional`],
  },
  {
    clause: 'RFC 7606 5.3',
    rule: 'prefixes that make no sense end the session',
    kept: [`${update} drops the bits of a prefix that do not count`],
    notBroken: [
      `${resets} a prefix of 33 bits (network-field)`,
      `${resets} a withdrawn prefix that is cut (network-field)`,
    ],
  },
  {
    clause: 'RFC 7606 7.11, RFC 4760 7',
    rule: 'a next hop whose length is impossible ends the session',
    kept: [`${update} may have a next hop for IPv4 routes in MP_REACH_NLRI of 4, 16 or 32 octets`],
    notBroken: [`${resets} an IPv6 next hop of 15 octets (optional-attribute)`],
  },
  {
    clause: 'RFC 4271 6.3',
    rule: 'unknown optional attributes are passed over',
    kept: [`${update} passes over optional attributes that it does not know`],
    notBroken: [`${withdraws} well-known attribute that is unknown`],
  },
  {
    clause: 'RFC 4724 2',
    rule: 'the End-of-RIB is an UPDATE without routes',
    kept: [`${update} is the End-of-RIB of IPv4 in either form`],
    notBroken: [`${update} is no End-of-RIB when it withdraws a route`],
  },
  {
    clause: 'RFC 9003 2',
    rule: 'a shutdown or reset may carry a text, which is shown without harm',
    kept: ['a NOTIFICATION carries a text of up to 128 octets, cut between characters'],
    notBroken: ['a NOTIFICATION has a text for people: control characters as such'],
  },
  {
    clause: 'RFC 8538 3.1',
    rule: 'a hard reset encloses what it is about',
    kept: ['a NOTIFICATION of a hard reset is unwrapped to what it is about, once'],
    notBroken: ['a NOTIFICATION of a hard reset that does not say what it is about stays one'],
  },
  {
    clause: 'RFC 7313 5',
    rule: 'a mark of a refresh has 4 octets; an unknown subtype is ignored',
    kept: ['a ROUTE-REFRESH that asks may have more in its body, and an unknown subtype any length'],
    notBroken: ['a ROUTE-REFRESH that begins or ends has a body of 4 octets, or is told so with the whole message'],
  },
];

export const elsewhere: readonly ElsewhereClause[] = [
  {
    clause: 'RFC 4271 8.2.2, Connect',
    rule: 'a connection that cannot be made leads to Idle',
    by: 'nobody: it leads to Active, so that the peer may connect meanwhile',
  },
  {
    clause: 'RFC 4271 8.1.2, DelayOpen',
    rule: 'the OPEN may be delayed',
    by: 'nobody: it is optional, and two connections are told apart without it',
  },
  {
    clause: 'RFC 4271 6.3',
    rule: 'a well-known attribute that is unknown ends the session',
    by: 'nobody: it withdraws the routes, as RFC 7606 3 (c) has it of wrong flags',
  },
  {
    clause: 'RFC 4271 6.3',
    rule: 'a NEXT_HOP is a host’s address, and not ours',
    by: 'nobody: no packet goes there',
  },
  {
    clause: 'RFC 7606 2, 3 (j)',
    rule: 'a wrong MP_REACH_NLRI or MP_UNREACH_NLRI may disable its family instead of ending the session',
    by: 'nobody: it ends the session',
  },
  {
    clause: 'RFC 4486 4',
    rule: 'a connection that is not taken is told so with a NOTIFICATION',
    by: 'nobody: it is closed without a word, as by who does not listen; a router that is no peer learns nothing',
  },
  {
    clause: 'RFC 4271 6.5, 8.2.2',
    rule: 'the HoldTimer begins anew with KEEPALIVE and UPDATE alone',
    by: 'nobody: it does with each message, since a router that sends any is alive',
  },
  {
    clause: 'RFC 5492 3',
    rule: 'a peer that lacks a family that we cannot do without is not tried again by itself',
    by: 'nobody: it is, with pauses that grow to half a minute, so that nobody need tell every node that the peer has it now',
  },
  {
    clause: 'RFC 4271 9.2.1.1, 9.2.1.2, 10',
    rule: 'updates about one destination are 30 seconds apart, 5 within an AS; those of own routes 15',
    by: 'nobody: all three intervals are 0, since packets are lost meanwhile; gatherFor holds announcements together',
  },
  {
    clause: 'RFC 4271 9.1',
    rule: 'routes of peers are chosen among, and installed',
    by: 'nobody: this speaker only originates; it reads and forgets them',
  },
  {
    clause: 'RFC 4724 4.1',
    rule: 'the restarting speaker waits for the End-of-RIB of its peers before it chooses routes',
    by: 'nobody: it chooses none',
  },
  {
    clause: 'RFC 4724 5',
    rule: 'a new connection of a peer that restarts ends the session as soon as it stands',
    by: 'nobody: its OPEN is waited for, so that nobody ends a session who can do no more than connect',
  },
  {
    clause: 'RFC 4724 4.2',
    rule: 'the receiving speaker keeps stale routes of a peer that restarts',
    by: 'nobody: it has none',
  },
  {
    clause: 'RFC 5925',
    rule: 'TCP-AO signs the segments of a session',
    by: 'nobody: neither Debian’s kernels nor the routers of the interop matrix have it, so nothing could show that it works',
  },
  {
    clause: 'RFC 8538 4',
    rule: 'routes are kept after a NOTIFICATION',
    by: 'nobody: the N bit is not sent, since a dead node would be led to for the whole Restart Time',
  },
];
