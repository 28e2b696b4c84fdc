import type { Clause, ElsewhereClause } from './clause-table.js';

const wrong = 'a BFD control packet with one thing wrong is dropped as';
const inState = 'a BFD session in';
const datagram = 'a datagram to the BFD port';
const silent = 'a BFD session that hears nothing';
const ceasing = 'a BFD session must not send periodically';
const two = 'two BFD sessions';
const client = 'to the client of a BFD session';

/** Which packets count, and whose they are: RFC 5880 6.8.6 up to the choice of the session, RFC 5881 3 to 5. */
export const receiving: readonly Clause[] = [
  {
    clause: 'RFC 5881 5',
    rule: 'TTL or Hop Limit is 255',
    kept: [`${datagram} belongs to the session that its discriminator names`],
    notBroken: [
      `${datagram} with hop limit 254 is dropped as hop-limit`,
      `${datagram} with a hop limit that the kernel did not tell is dropped as hop-limit`,
      `${datagram} from beyond the link is not read at all`,
    ],
  },
  {
    clause: 'RFC 5880 6.8.6',
    rule: 'the version is 1',
    kept: ['a BFD control packet is read from F3: Up, 300 ms, asks for a Final'],
    notBroken: [
      `${wrong} version: bfd/up-poll, version 1, diagnostic 00`,
      `${wrong} version: bfd/up-poll, version 1, diagnostic 40`,
    ],
  },
  {
    clause: 'RFC 5880 6.8.6',
    rule: 'the length is at least 24, 26 with authentication, and at most that of the payload',
    kept: ['a BFD control packet may be longer by its own account, as long as the payload is'],
    notBroken: [
      `${wrong} length: bfd/up-poll, length 17`,
      `${wrong} length: bfd/up-poll, length 19`,
      `${wrong} length: the A bit without a section`,
      `${wrong} truncated: every shorter payload, down to nothing`,
    ],
  },
  {
    clause: 'RFC 5880 6.8.6',
    rule: 'Detect Mult is not 0',
    kept: ['any BFD control packet is read back as it was written'],
    notBroken: [`${wrong} detect-mult-zero: bfd/up-poll, detect mult 00`],
  },
  {
    clause: 'RFC 5880 6.8.6',
    rule: 'the M bit is clear',
    kept: ['any BFD control packet is written with the A and M bits clear, and 24 bytes long'],
    notBroken: [`${wrong} multipoint: bfd/up-poll, state, flags e1`],
  },
  {
    clause: 'RFC 5880 6.8.6',
    rule: 'My Discriminator is not 0',
    kept: ['a BFD control packet is read from F1: Down, every 1 s, takes 300 ms, knows no neighbour'],
    notBroken: [
      `${wrong} my-discriminator-zero: bfd/up-poll, my discriminator 00000000`,
      'a packet that nobody may send with no discriminator of its own is our own fault',
    ],
  },
  {
    clause: 'RFC 5880 6.8.6, 6.3',
    rule: 'Your Discriminator alone selects the session when it is not 0; one that is unknown is discarded',
    kept: [
      `${datagram} belongs to the session that its discriminator names`,
      `${datagram} belongs to it although it comes from another address by another interface`,
    ],
    notBroken: [`${datagram} for a session that does not exist is dropped as discriminator-unknown`],
  },
  {
    clause: 'RFC 5880 6.8.6',
    rule: 'Your Discriminator is 0 only in Down and AdminDown',
    kept: ['a BFD control packet may come from who is Down or AdminDown without a discriminator of ours'],
    notBroken: [
      `${wrong} your-discriminator-zero: bfd/up-poll, your discriminator 00000000`,
      `${wrong} your-discriminator-zero: bfd/init, your discriminator 00000000`,
    ],
  },
  {
    clause: 'RFC 5880 6.8.6, RFC 5881 3',
    rule: 'without Your Discriminator the session is that with the sender on the interface',
    kept: [`${datagram} belongs to the session with its sender while that knows no discriminator`],
    notBroken: [
      `${datagram} from a neighbour of no session is dropped as neighbor-unknown`,
      `${datagram} from a neighbour by another interface is dropped as neighbor-unknown`,
    ],
  },
  {
    clause: 'RFC 5880 6.8.6',
    rule: 'the A bit is clear, since no authentication is in use',
    kept: ['any BFD control packet is written with the A and M bits clear, and 24 bytes long'],
    notBroken: [
      `${wrong} authentication: the A bit with a section that fits`,
      `${datagram} with authentication is dropped as authentication, even to the right session`,
    ],
  },
  {
    clause: 'RFC 5881 4',
    rule: 'packets come from one port of 49152 to 65535 for each session',
    kept: ['a source port is one of 49152 to 65535 that is not taken'],
    notBroken: [
      'a new BFD session cannot be made with source port 49151',
      `${datagram} counts although it comes from an unusual port, which is told`,
    ],
  },
  {
    clause: 'RFC 5880 6.8.1',
    rule: 'the discriminator is not 0 and no other session’s',
    kept: ['a discriminator is never 0 and never one that is taken'],
    notBroken: ['a new BFD session cannot be made with discriminator 0'],
  },
];

/** The state machine: RFC 5880 6.2, 6.8.4 and the rest of 6.8.6. */
export const states: readonly Clause[] = [
  {
    clause: 'RFC 5880 6.8.1',
    rule: 'a session begins in Down with no diagnostic, and knows no neighbour',
    kept: ['a new BFD session is Down, knows no neighbour, and sends at once'],
    notBroken: ['a new BFD session goes on sending whether it hears anybody or not, and tells its client nothing'],
  },
  {
    clause: 'RFC 5880 6.1',
    rule: 'in the active role packets are sent whether any are heard or not',
    kept: ['a new BFD session goes on sending whether it hears anybody or not, and tells its client nothing'],
    notBroken: [`${ceasing} to a neighbour that wants no packets, not even of a change of state`],
  },
  {
    clause: 'RFC 5880 6.8.6',
    rule: 'in Down: Down leads to Init, Init to Up',
    kept: [
      `${inState} Down that hears Down is Init, with diagnostic 0`,
      `${inState} Down that hears Init is Up, with diagnostic 0`,
    ],
    notBroken: [
      `${inState} Down that hears Up is Down, with diagnostic 0`,
      `${inState} Down that hears AdminDown is Down, with diagnostic 0`,
    ],
  },
  {
    clause: 'RFC 5880 6.8.6',
    rule: 'in Init: Init and Up lead to Up',
    kept: [
      `${inState} Init that hears Init is Up, with diagnostic 0`,
      `${inState} Init that hears Up is Up, with diagnostic 0`,
    ],
    notBroken: [`${inState} Init that hears Down is Init, with diagnostic 0`],
  },
  {
    clause: 'RFC 5880 6.8.6',
    rule: 'in Up: Down leads to Down with diagnostic 3',
    kept: [`${inState} Up that hears Down is Down, with diagnostic 3`],
    notBroken: [
      `${inState} Up that hears Init is Up, with diagnostic 0`,
      `${inState} Up that hears Up is Up, with diagnostic 0`,
    ],
  },
  {
    clause: 'RFC 5880 6.8.6',
    rule: 'AdminDown leads from Init and Up to Down with diagnostic 3',
    kept: [
      `${inState} Init that hears AdminDown is Down, with diagnostic 3`,
      `${inState} Up that hears AdminDown is Down, with diagnostic 3`,
    ],
    notBroken: [`${inState} Down that hears AdminDown is Down, with diagnostic 0`],
  },
  {
    clause: 'RFC 5880 6.8.6',
    rule: 'in AdminDown nothing that is heard changes the state',
    kept: [
      `${inState} AdminDown that hears Down is AdminDown, with diagnostic 7`,
      `${inState} AdminDown that hears Up is AdminDown, with diagnostic 7`,
    ],
    notBroken: [`${inState} AdminDown answers a Poll not at all`],
  },
  {
    clause: 'RFC 5880 6.8.4',
    rule: 'Init and Up: nothing for the detection time leads to Down with diagnostic 1',
    kept: [
      `${silent} for its detection time is Down, says so at once, and forgets its neighbour`,
      `${silent} in Init goes back to Down`,
      `${two} over a link that is cut are both Down when their detection time has passed, not before and not after`,
    ],
    notBroken: [
      `${silent} a microsecond less is as it was`,
      `${two} over a good link are both Up soon, agree on their timing, and never flap`,
    ],
  },
  {
    clause: 'RFC 5880 6.8.1',
    rule: 'the neighbour’s discriminator is forgotten after the detection time, in any state, and not before',
    kept: [`${silent} in Down forgets its neighbour without a word to anybody`],
    notBroken: [`${silent} in Down keeps its neighbour until the detection time is over`],
  },
];

/** RFC 5880 6.8.16, and what clients make of a session: RFC 5882. */
export const administering: readonly Clause[] = [
  {
    clause: 'RFC 5880 6.8.16',
    rule: 'disabled: AdminDown with diagnostic 7, and packets go on',
    kept: [
      `${inState} Up is switched off by admin-down and tells it at once`,
      'a BFD session that is switched off goes on saying AdminDown once a second, in the words of the vector',
    ],
    notBroken: [`${inState} Up ignores admin-up`],
  },
  {
    clause: 'RFC 5880 6.8.16',
    rule: 'enabled: Down',
    kept: [
      `${inState} AdminDown begins anew at admin-up`,
      'a BFD session that is switched off comes Up again once it is switched on',
    ],
    notBroken: [`${inState} Down ignores admin-up`],
  },
  {
    clause: 'RFC 5880 6.8.16; Down instead of AdminDown, which is no failure to the neighbour',
    rule: 'a path that is known to be down is told with diagnostic 5',
    kept: [`${inState} Up is Down with diagnostic 5 when its path is known to be down`],
    notBroken: [`${inState} AdminDown stays when its path is known to be down`],
  },
  {
    clause: 'RFC 5882 3.2, 4.2',
    rule: 'AdminDown is no failure of the path',
    kept: [
      `${client} a neighbour that was switched off means unwatched`,
      `${client} its own session switched off means unwatched`,
      `${two} of which one is switched off tell it from a failure, and come Up when it is on again`,
    ],
    notBroken: [
      `${client} a silent neighbour that was Up means failed`,
      `${client} the neighbour’s word that it is Down means failed`,
    ],
  },
  {
    clause: 'RFC 5882 4.1',
    rule: 'a neighbour without BFD is no fault',
    kept: [`${client} a neighbour without BFD is no fault: no change is ever told`],
    notBroken: [`${client} a handshake that comes to nothing means nothing`],
  },
  {
    clause: 'RFC 5882 4.3.2.2',
    rule: 'before a planned restart the interval is raised, after it the session goes on',
    kept: [
      'a BFD session before a planned restart has nothing to go on with unless it is Up and its timing is agreed on',
      'a BFD session after a planned restart is what it was: Up, with the same discriminators, port and timing',
      'a BFD session after a planned restart sends Up at once and asks for the usual timing by a poll',
    ],
    notBroken: [
      'a BFD session after a planned restart is Down when the neighbour did not wait',
      'a BFD session after a planned restart is Down when nothing is heard for a detection time from its start',
    ],
  },
];

export const elsewhere: readonly ElsewhereClause[] = [
  {
    clause: 'RFC 5881 4, 5',
    rule: 'packets go to port 3784 with TTL or Hop Limit 255, from the port and address of the session',
    by: 'the engine’s sockets (agent/engine/bfd/sockets.ts): test/kernel/datagram-socket.test.ts, and FRR and BIRD in test/interop',
  },
  {
    clause: 'RFC 5880 6.6',
    rule: 'Demand mode of our own',
    by: 'nobody: the D bit is never set',
  },
  {
    clause: 'RFC 5880 6.4, 6.8.5, 6.8.8, 6.8.9',
    rule: 'the Echo function',
    by: 'nobody: Required Min Echo RX is always 0',
  },
  {
    clause: 'RFC 5880 6.7',
    rule: 'authentication',
    by: 'nobody: a packet with authentication is dropped for a named reason',
  },
  {
    clause: 'RFC 5880 6.8.15',
    rule: 'a reset of the forwarding plane is told with diagnostic 4',
    by: 'nobody: this program has no forwarding plane that is reset by itself',
  },
  {
    clause: 'RFC 5880 6.8.17',
    rule: 'concatenated paths are told with diagnostics 6 and 8',
    by: 'nobody: no path goes on behind a session',
  },
  {
    clause: 'RFC 5882 4.1',
    rule: 'no session of the control protocol begins while BFD cannot, where both sides want it',
    by: 'nobody: BGP does not say whether the router wants it; BFD comes up after BGP',
  },
  {
    clause: 'RFC 5882 4.3.2.2',
    rule: 'after a restart no packet goes out before neighbours know of it',
    by: 'nobody: after a planned restart the session goes on, and no packet ends it; after another one its detection time has mostly passed',
  },
  {
    clause: 'RFC 5883 3, 5',
    rule: 'sessions over several hops go to port 4784, and are told apart by both addresses',
    by: 'the engine’s sockets: test/unit/agent/engine/bfd, and FRR and BIRD in test/interop/bgp-multihop.test.ts',
  },
];
