import type { Clause } from './clause-table.js';

const inState = 'a BFD session in';
const silent = 'a BFD session that hears nothing';
const interval = 'the transmit interval of a BFD session';
const ceasing = 'a BFD session must not send periodically';
const asking = 'while a poll sequence asks';
const always = 'whatever happens to a BFD session';
const two = 'two BFD sessions';

/** Intervals and poll sequences: RFC 5880 6.5, 6.8.2 to 6.8.4, 6.8.12. */
export const timers: readonly Clause[] = [
  {
    clause: 'RFC 5880 6.8.3',
    rule: 'unless Up, the desired interval is a second at the least',
    kept: [
      `${interval} is a second at the least while it is not Up`,
      `${always} it offers and uses nothing faster than a second unless it is Up`,
    ],
    notBroken: [`${interval} is what is configured once it is Up`],
  },
  {
    clause: 'RFC 5880 6.8.3',
    rule: 'a change of Desired Min TX or Required Min RX begins a poll sequence',
    kept: [
      'a poll sequence is asked for by each of the three values, and by none that stays',
      'a poll sequence is begun by going Down as well, which makes packets slow again',
    ],
    notBroken: [`${two} over a good link are both Up soon, agree on their timing, and never flap`],
  },
  {
    clause: 'RFC 5880 6.8.3',
    rule: 'a longer interval is not used while Up until the poll sequence is over',
    kept: [`${asking} to send less often, packets go on as before until the Final`],
    notBroken: [`${asking} to send more often, packets do so at once`],
  },
  {
    clause: 'RFC 5880 6.8.3',
    rule: 'the former Required Min RX counts for the detection time until the poll sequence is over, when it was reduced',
    kept: [`${asking} to take packets more often, the neighbour is given the former detection time until the Final`],
    notBroken: [`${asking} to take packets less often, the neighbour has the longer time at once`],
  },
  {
    clause: 'RFC 5880 6.8.3',
    rule: 'a shorter interval by the neighbour’s Required Min RX is honoured from the last packet on',
    kept: [
      `${interval} counts from the last packet when the neighbour takes more: the next is sent in time, or at once`,
      `${interval} is that of a neighbour which takes packets fast only once it is Up, from the packet on that says so`,
    ],
    notBroken: [`${two} send no more often than both want, less the jitter, and no less often either`],
  },
  {
    clause: 'RFC 5880 6.8.3',
    rule: 'another poll sequence waits for the Final and a packet without F',
    kept: [
      'a change of timing during a poll sequence waits until the Final has come and a packet without F after it, and is then asked for',
      `${two} never flap when they are given other timings while they are Up`,
    ],
    notBroken: ['a change of timing during a poll sequence before the first Poll goes into the same sequence'],
  },
  {
    clause: 'RFC 5880 6.8.6',
    rule: 'a Final ends the poll sequence',
    kept: ['a poll sequence goes on until a Final comes, and is over then'],
    notBroken: ['a poll sequence is not ended by a Final that came before its first Poll'],
  },
  {
    clause: 'RFC 5880 6.5',
    rule: 'polls go with the periodic packets; none are sent besides',
    kept: ['a poll sequence begins when the session is Up, on the next periodic packet and on none before'],
    notBroken: [
      'a poll sequence is never answered and asked in one packet: the answer comes at once, the question at its time',
    ],
  },
  {
    clause: 'RFC 5880 6.8.4',
    rule: 'the detection time is the neighbour’s multiplier times the greater of its Desired Min TX and our Required Min RX',
    kept: ['the detection time of a BFD session is the neighbour’s multiplier times what it sends'],
    notBroken: ['the detection time of a BFD session is never shorter than by what we take'],
  },
  {
    clause: 'RFC 5880 6.8.6',
    rule: 'a packet counts for the detection time from when it was received',
    kept: [
      `${silent} counts from when the kernel took the last packet in, not from when it was read`,
      'a BFD session that is stepped late stays Up by the packets that were waiting',
    ],
    notBroken: [`${silent} does not count from a time to come, nor back from an older packet`],
  },
  {
    clause: 'this product; RFC 5880 silent',
    rule: 'silence is judged only by a socket that was read, and once excused by our own sleep',
    kept: [
      'a BFD session that is stepped late asks for the socket to be read first, and says how late it is',
      `${two} of which one stalls for less than the other waits never flap: what waits is read before a silence is judged`,
    ],
    notBroken: [
      'a BFD session that is stepped late is Down when the socket was empty',
      'a BFD session that overslept by more than an interval of its neighbour gives it none for a second sleep in the same silence',
    ],
  },
];

/** RFC 5880 6.8.7. */
export const transmitting: readonly Clause[] = [
  {
    clause: 'RFC 5880 6.8.7',
    rule: 'the interval is the greater of our Desired Min TX and the neighbour’s Required Min RX',
    kept: [`${interval} is what is wanted, or what the neighbour takes when that is more`],
    notBroken: [`${two} send no more often than both want, less the jitter, and no less often either`],
  },
  {
    clause: 'RFC 5880 6.8.7',
    rule: 'each interval is reduced by 0 to 25 % by chance',
    kept: ['the jitter of a BFD session is another for each packet'],
    notBroken: ['the jitter of a BFD session takes up to a quarter from an interval'],
  },
  {
    clause: 'RFC 5880 6.8.7',
    rule: 'with a Detect Mult of 1 it is 75 to 90 % of the interval',
    kept: ['the jitter of a BFD session with a detection multiplier of 1 takes a tenth at the least'],
    notBroken: [`${asking} to be given up on later, packets have the jitter of a multiplier of 1 until the Final`],
  },
  {
    clause: 'RFC 5880 6.8.7',
    rule: 'no periodic packets to a neighbour whose Required Min RX is 0',
    kept: [
      `${ceasing} to a neighbour that wants no packets, not even of a change of state`,
      `${always} it sends a neighbour that wants no packets nothing but answers`,
    ],
    notBroken: [
      `${ceasing} but answers the polls of such a neighbour, and sends again when it takes packets again`,
      `${silent} from a neighbour that had wanted no packets sends to it again`,
    ],
  },
  {
    clause: 'RFC 5880 6.8.6, 6.8.7',
    rule: 'no periodic packets to a neighbour in Demand mode while both are Up and no poll is under way',
    kept: [`${ceasing} to a neighbour in Demand mode while both are Up, unless it polls itself`],
    notBroken: [`${ceasing} but goes on unless both are Up, although the neighbour says Demand`],
  },
  {
    clause: 'RFC 5880 6.8.7',
    rule: 'P is answered with F at once, whatever the state, but for AdminDown (6.8.6)',
    kept: [
      `${inState} Down answers a Poll at once`,
      `${inState} Init answers a Poll at once`,
      `${inState} Up answers a Poll at once`,
      `${always} it answers each poll at once unless it is switched off`,
    ],
    notBroken: [`${inState} AdminDown answers a Poll not at all`],
  },
  {
    clause: 'RFC 5880 6.5',
    rule: 'P and F are never both set',
    kept: [`${always} what it sends can be sent, and never both asks and answers`],
    notBroken: [
      'a packet that nobody may send with both P and F is our own fault',
      'a BFD control packet may have both P and F when it is received: only senders must not',
    ],
  },
  {
    clause: 'RFC 5880 6.8.7',
    rule: 'a change of state is told between periodic packets',
    kept: [`${always} it tells its neighbour of each change of state in the same step, if that wants packets`],
    notBroken: [`${always} it sends one packet in a step at the most`],
  },
];
