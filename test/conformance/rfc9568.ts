import type { Clause, ElsewhereClause } from './clause-table.js';

const frame = 'an advert frame';
const wrong = 'an advert frame with one thing wrong is dropped as';
const written = 'an advert frame is read and written back:';
const v3 = 'V3 in a frame, from the MAC of virtual router 51, padded';
const always = 'whatever happens to a virtual router';

/** The checks of a received advert: RFC 9568 section 7.1 with its errata. */
export const receiving: readonly Clause[] = [
  {
    clause: 'RFC 9568 7.1, 5.1.1.3, 5.1.2.3',
    rule: 'TTL or Hop Limit is 255',
    kept: [`${written} ${v3}`, `${written} V8 in a frame, from the MAC of virtual router 51`],
    notBroken: [`${wrong} ttl: vrrp/frame-v3-ipv4, TTL fe`, `${wrong} ttl: vrrp/frame-v3-ipv6, hop limit fe`],
  },
  {
    clause: 'RFC 9568 7.1, 5.2.1',
    rule: 'the version is 3, or 2 in a group of version 2',
    kept: [`${written} ${v3}`, 'a virtual router accepts an advert of a member'],
    notBroken: [
      `${wrong} version: vrrp/frame-v3-ipv4, version 3, type ADVERTISEMENT 41`,
      'a virtual router drops an advert of the version it does not speak',
    ],
  },
  {
    clause: 'RFC 9568 7.1, 5.2.2',
    rule: 'the type is ADVERTISEMENT',
    kept: [`${written} ${v3}`],
    notBroken: [
      `${wrong} type: vrrp/frame-v3-ipv4, version 3, type ADVERTISEMENT 30`,
      `${wrong} type: vrrp/frame-v3-ipv6, version 3, type ADVERTISEMENT 32`,
    ],
  },
  {
    clause: 'RFC 9568 7.1',
    rule: 'the packet is complete; padding and IP options are no fault',
    kept: [
      `${frame} may be padded by any bytes, and may come without its padding`,
      `${frame} may have IP options, whatever they are`,
    ],
    notBroken: [
      `${wrong} truncated: every shorter frame, down to nothing`,
      `${wrong} length: every datagram that ends before its message`,
    ],
  },
  {
    clause: 'RFC 9568 7.1, 5.2.8',
    rule: 'the checksum holds; over IPv4 without a pseudo-header, or with one as RFC 5798 was read',
    kept: [`${frame} tells which checksum it had`],
    notBroken: [
      `${wrong} checksum: vrrp/frame-v3-ipv4, checksum 00, checksums as before`,
      'a VRRP message with a checksum over a pseudo-header is wrong for another destination',
    ],
  },
  {
    clause: 'RFC 9568 7.1, 5.2.3',
    rule: 'the VRID is configured on the interface, in that family',
    kept: ['a virtual router accepts an advert of a member'],
    notBroken: [
      'a virtual router does not exist for a VRID that is not configured',
      'a virtual router is not meant by an advert of another VRID or family',
      `${wrong} virtual-router-id: vrrp/frame-v3-ipv4, virtual router ID 00`,
    ],
  },
  {
    clause: 'RFC 9568 5.2.5, erratum 8299',
    rule: 'an advert with no addresses is ignored',
    kept: [`${frame} carries at most 255 IPv4 or 90 IPv6 addresses in 1500 bytes`],
    notBroken: [`${wrong} count-zero: no addresses, and a length to match`],
  },
  {
    clause: 'RFC 9568 5.2.7, erratum 8301',
    rule: 'an advert with interval 0 is ignored; 1 to 4095 centiseconds are valid, the reserved bits mean nothing',
    kept: [
      'a VRRP message ignores the reserved bits before the interval',
      'a VRRP message is read from V7: version 3 over IPv4, greatest VRID and interval, two addresses, pseudo-header to 224.0.0.18',
    ],
    notBroken: [
      `${wrong} interval-zero: vrrp/frame-v3-ipv4, interval (cs) 0000`,
      `${wrong} interval-zero: vrrp/frame-v3-ipv4, interval (cs) f000`,
    ],
  },
  {
    clause: 'RFC 9568 5.2.9, erratum 8300',
    rule: 'the first address over IPv6 is link-local',
    kept: [`${written} V8 in a frame, from the MAC of virtual router 51`],
    notBroken: [`${wrong} link-local: vrrp/frame-v3-ipv6, address 1 20`],
  },
  {
    clause: 'RFC 9568 7.1, erratum 8298',
    rule: 'an owner that hears an advert notes it and processes it, so that two owners settle by the tie-break',
    kept: [
      'a virtual router that owns its addresses accepts the claim of another and says so',
      'an owner that is Backup got there only by a second owner with a higher address',
    ],
    notBroken: [
      'the virtual router, transcript by transcript owner.txt: The owner of the addresses is Active as soon as it starts, and leaves like everybody else.',
    ],
  },
  {
    clause: 'RFC 9568 7.1',
    rule: 'version 3: another interval is noted, not a fault',
    kept: ['a virtual router accepts another interval in version 3, and says so'],
    notBroken: ['a virtual router drops another interval in version 2'],
  },
  {
    clause: 'RFC 9568 7.1',
    rule: 'version 3: another list of addresses is noted, not a fault',
    kept: ['a virtual router accepts another list of addresses in version 3, and says so'],
    notBroken: ['a virtual router does not care for the order of addresses'],
  },
  {
    clause: 'RFC 3768 7.1',
    rule: 'version 2: the authentication type is none',
    kept: ['frames that others sent are judged: A router sends version 2, every 1 s: v2'],
    notBroken: [
      `${wrong} auth-type: vrrp/frame-v2, authentication type 01`,
      'frames that others sent are judged: A router sends version 2 with a password in clear: auth-type',
    ],
  },
  {
    clause: 'RFC 3768 7.1',
    rule: 'version 2: another interval is discarded',
    kept: ['a virtual router drops another interval in version 2'],
    notBroken: ['a virtual router accepts another interval in version 3, and says so'],
  },
  {
    clause: 'RFC 3768 7.1',
    rule: 'version 2: the list of addresses may be verified; it is, to be logged, and nothing is discarded for it',
    kept: ['a virtual router accepts another list of addresses in version 2, too, and says so'],
    notBroken: ['a virtual router does not care for the order of addresses'],
  },
  {
    clause: 'keepalived, RFC 9568 7.1 silent',
    rule: 'own packets are ignored',
    kept: ['a virtual router drops what comes from any address of its own'],
    notBroken: ['a virtual router accepts an advert of a member'],
  },
  {
    clause: 'keepalived, RFC 9568 7.1 silent',
    rule: 'multicast does not count where unicast is configured, nor the reverse',
    kept: ['a virtual router drops multicast where unicast is configured, and the reverse'],
    notBroken: ['a virtual router knows multicast over IPv6 too'],
  },
  {
    clause: 'RFC 9568 errata 7947, 7949',
    rule: 'a gratuitous ARP is about the virtual IPv4 address: it is sender and target',
    kept: [
      'a neighbour frame is made by name: 192.0.2.100 announces itself by a request',
      'a neighbour frame is made by name: 192.0.2.100 announces itself by a reply',
    ],
    notBroken: ['a neighbour frame of ARP is told apart: probe, announcement, or neither'],
  },
];

/** RFC 9568 section 6.1. */
export const timers: readonly Clause[] = [
  {
    clause: 'RFC 9568 6.1',
    rule: 'Skew_Time is (256 - Priority) * Active_Adver_Interval / 256',
    kept: ['Skew_Time is (256 - priority) 256ths of the Active_Adver_Interval'],
    notBroken: ['Skew_Time keeps fractions of a microsecond: priority 254 at 10 ms skews by 78.125 us'],
  },
  {
    clause: 'RFC 3768 6.1',
    rule: 'version 2: Skew_Time is (256 - Priority) / 256 seconds',
    kept: ['Skew_Time of version 2 is in 256ths of a second, whatever the interval'],
    notBroken: ['Active_Down_Interval of version 2 is three intervals and the unscaled skew'],
  },
  {
    clause: 'RFC 9568 6.1',
    rule: 'Active_Down_Interval is 3 * Active_Adver_Interval + Skew_Time',
    kept: [
      'Active_Down_Interval at 1000 ms is 3008, 3219, 3609, 3996 ms for priorities 254, 200, 100, 1',
      'Active_Down_Interval at 10 ms is 30.1, 32.2, 36.1, 40 ms for priorities 254, 200, 100, 1',
    ],
    notBroken: ['a Backup does nothing a microsecond before'],
  },
  {
    clause: 'RFC 9568 6.1, 6.4.2',
    rule: 'Active_Adver_Interval is the own interval at first, then that of the adverts that are followed',
    kept: ['a Backup learns the interval of the Active it follows'],
    notBroken: [
      'a router in Initialize becomes a Backup at start-up that waits its own Active_Down_Interval',
      'a Backup that preempts learns no interval from a lower Active',
    ],
  },
  {
    clause: 'RFC 3768 6.1',
    rule: 'version 2: the interval is always the own one',
    kept: ['a Backup of version 2 learns nothing'],
    notBroken: ['a Backup learns the interval of the Active it follows'],
  },
  {
    clause: 'RFC 9568 6.4.3',
    rule: 'the interval is adopted on being demoted, too',
    kept: ['an Active learns the interval of the router it yields to'],
    notBroken: ['an Active answers a lower priority with an advert at once and stays'],
  },
  {
    clause: 'RFC 9568 6.4.2',
    rule: 'an Active advertises with its own interval',
    kept: ['a Backup sends with its own interval once it is Active, whatever it learned'],
    notBroken: ['an Active sends none before the interval has passed'],
  },
];

/** RFC 9568 section 6.4. */
export const states: readonly Clause[] = [
  {
    clause: 'RFC 9568 6.4.1',
    rule: 'Initialize, start-up, owner: advert, announcement, Adver_Timer, Active',
    kept: [
      'a router in Initialize that owns the addresses is Active at once: advert, addresses, announcement, in that order',
    ],
    notBroken: ['a router in Initialize that does not own them sends nothing at start-up, however high its priority'],
  },
  {
    clause: 'RFC 9568 6.4.1',
    rule: 'Initialize, start-up, else: Active_Down_Timer, Backup',
    kept: ['a router in Initialize becomes a Backup at start-up that waits its own Active_Down_Interval'],
    notBroken: [
      'a router in Initialize ignores time before it is started',
      'a router in Initialize ignores priority 0 before it is started',
      'a router in Initialize ignores priority 200 before it is started',
    ],
  },
  {
    clause: 'RFC 9568 6.4.2',
    rule: 'a Backup answers nothing for the addresses',
    kept: [`${always} its addresses are held if and only if it is Active`],
    notBroken: [
      `${always} it claims nothing unless it is Active when the step ends, but for one last word to a better one`,
    ],
  },
  {
    clause: 'RFC 9568 6.4.2',
    rule: 'Backup, shutdown: the timer is cancelled, Initialize',
    kept: ['a Backup stops listening at shutdown'],
    notBroken: ['a Backup sends no priority 0 at shutdown, planned or immediate'],
  },
  {
    clause: 'RFC 9568 6.4.2',
    rule: 'Backup, Active_Down_Timer: advert, announcement, Adver_Timer, Active',
    kept: ['a Backup takes over when its Active_Down_Timer runs out: advert, addresses, announcement, in that order'],
    notBroken: ['a Backup does nothing a microsecond before'],
  },
  {
    clause: 'RFC 9568 6.4.2',
    rule: 'Backup, priority 0: Active_Down_Timer is Skew_Time',
    kept: ['a Backup waits only its Skew_Time after priority 0'],
    notBroken: ['a Backup stays when a live Active speaks again after priority 0'],
  },
  {
    clause: 'RFC 9568 6.4.2',
    rule: 'Backup, not preempting or priority not lower: learn, Active_Down_Timer anew',
    kept: [
      'a Backup that does not preempt follows a lower Active',
      'a Backup that preempts waits another Active_Down_Interval after priority 100, not below its own 100',
    ],
    notBroken: ['a Backup that preempts lets its timer run on under a lower Active, and takes over when it runs out'],
  },
  {
    clause: 'RFC 9568 6.4.2',
    rule: 'Backup, preempting, lower priority: discard; the timer runs on',
    kept: ['a Backup that preempts lets its timer run on under a lower Active, and takes over when it runs out'],
    notBroken: [
      'a Backup that preempts does not do so at once',
      'a Backup that does not preempt follows a lower Active',
    ],
  },
  {
    clause: 'RFC 9568 6.4.3',
    rule: 'Active, shutdown: priority 0, Initialize',
    kept: [
      'an Active gives up at an immediate shutdown: priority 0 first, addresses next',
      'an Active that is asked to shut down says priority 0 first and keeps its addresses',
    ],
    notBroken: [`${always} it is silent from its release to its next start`],
  },
  {
    clause: 'RFC 9568 6.4.3',
    rule: 'Active, Adver_Timer: advert, Adver_Timer anew',
    kept: ['an Active sends an advert each interval'],
    notBroken: [
      'an Active sends none before the interval has passed',
      'an Active sends one advert, not two, when it is more than an interval late',
    ],
  },
  {
    clause: 'RFC 9568 6.4.3',
    rule: 'Active, priority 0: advert, Adver_Timer anew',
    kept: ['an Active answers priority 0 with an advert and starts its interval anew'],
    notBroken: ['an Active that is asked to shut down does not take the priority 0 of another leaver for a successor'],
  },
  {
    clause: 'RFC 9568 6.4.3',
    rule: 'Active, higher priority, or equal from a higher address: learn, Active_Down_Timer, Backup',
    kept: [
      'an Active yields to a higher priority with a last word, by which that one knows to announce itself anew',
      'an Active yields to its own priority from a higher address with a last word, by which that one knows to announce itself anew',
      'an Active compares addresses as unsigned numbers in network order',
      'an Active breaks ties the same way over IPv6',
    ],
    notBroken: [
      'an Active answers a lower priority with an advert at once and stays',
      'an Active answers its own priority from a lower address with an advert at once and stays',
    ],
  },
  {
    clause: 'RFC 9568 6.4.3, new in this RFC',
    rule: 'Active, else: discard, and an advert at once',
    kept: [
      'an Active answers a lower priority with an advert at once and stays',
      'an Active answers its own priority from a lower address with an advert at once and stays',
    ],
    notBroken: [
      'an Active yields to a higher priority with a last word, by which that one knows to announce itself anew',
    ],
  },
  {
    clause: 'RFC 9568 6.1, Preempt_Mode',
    rule: 'the owner preempts whatever Preempt_Mode says',
    kept: ['an owner that is Backup preempts a lower Active although preemption is off and delayed'],
    notBroken: ['a Backup that does not preempt follows a lower Active'],
  },
  {
    clause: 'RFC 9568 6.1',
    rule: 'Preempt_Mode means something to a Backup only',
    kept: ['an Active is not moved by preemption being off: that is for Backups'],
    notBroken: ['a Backup that does not preempt follows a lower Active'],
  },
  {
    clause: 'RFC 9568 6.4.3',
    rule: 'the tie-break is for an Active only',
    kept: ['a Backup never compares addresses between equal priorities'],
    notBroken: [
      'an Active yields to its own priority from a higher address with a last word, by which that one knows to announce itself anew',
    ],
  },
  {
    clause: 'RFC 9568 8.1.2, 8.2.2',
    rule: 'announcements come after the addresses are in place, and those after the first advert, but for a virtual MAC whose former Active answers still',
    kept: [
      `${always} it becomes Active with an advert first, then its addresses, then announcements`,
      `${always} it has its addresses before it claims a virtual MAC from one that answers still`,
    ],
    notBroken: ['an announcer has nothing to say before it is started'],
  },
  {
    clause: 'RFC 9568 6.4.2, RFC 4861 7.2.6',
    rule: 'an unsolicited neighbour advertisement has R as told, S clear and O set',
    kept: ['a neighbour frame is made by name: 2001:db8::64, on a router, announces itself'],
    notBroken: ['a neighbour frame is made by name: 2001:db8::64 answers 2001:db8::c'],
  },
  {
    clause: 'RFC 9568 7.3',
    rule: 'the virtual router MAC is made of family and VRID',
    kept: ['an Ethernet address of a virtual router is made of family and VRID (RFC 9568 7.3)'],
    notBroken: ['an Ethernet address is a station’s unless it is a group’s or zero'],
  },
  {
    clause: 'vendor extension (keepalived)',
    rule: 'a preempt delay holds back the take-over from a live, lower Active only',
    kept: ['a Backup with a preempt delay leaves a lower, live Active alone until the delay since start-up has passed'],
    notBroken: [
      'a Backup with a preempt delay takes over from a dead Active without any delay',
      'an owner that is Backup preempts a lower Active although preemption is off and delayed',
    ],
  },
];

export const elsewhere: readonly ElsewhereClause[] = [
  {
    clause: 'RFC 9568 6.4.3, Accept_Mode',
    rule: 'an Active accepts packets to the addresses: a Service address must, so Accept_Mode is always true',
    by: 'the kernel, which holds them; suite e2e',
  },
  {
    clause: 'RFC 9568 6.4.3',
    rule: 'an Active answers ARP requests and neighbour solicitations and is in the solicited-node group',
    by: 'the kernel, or the responder of layer2 mode; suites kernel and e2e',
  },
  {
    clause: 'RFC 9568 6.4.2',
    rule: 'a Backup discards frames to the virtual router MAC',
    by: 'the kernel, where a virtual MAC is in use; suite interop',
  },
  {
    clause: 'RFC 9568 8.2.3',
    rule: 'router advertisements',
    by: 'nobody: a Service address is no default gateway',
  },
  {
    clause: 'RFC 9568 8.4.2',
    rule: 'adverts of both versions during an upgrade',
    by: 'nobody: a group speaks one version, and changing it makes another virtual router',
  },
  {
    clause: 'RFC 9568 2.5',
    rule: 'flapping that queueing causes at short intervals is told',
    by: "the engine's figure of its worst lateness",
  },
];
