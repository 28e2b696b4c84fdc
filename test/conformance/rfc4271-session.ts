import type { Clause } from './clause-table.js';

/*
 * Rules of RFC 4271 and of those that update it for the session of a speaker that only originates routes.
 */

const judged = 'the peer’s OPEN is judged by the configuration';
const unexpected = 'a message that is not expected ends the session with its type:';
const two = 'two connections with one peer';
const beside = 'a connection beside one that is Established';
const routesOf = 'the routes of a session';
const always = 'whatever a BGP session goes through';

export const states: readonly Clause[] = [
  {
    clause: 'RFC 4271 8.2.2, Idle',
    rule: 'Idle refuses connections, and connects and listens when it is started',
    kept: [
      'a session in Idle connects when it is started',
      'a session in Idle listens when it is started, and passive',
    ],
    notBroken: ['a session in Idle waits for its start, and lets nobody in'],
  },
  {
    clause: 'RFC 4271 8.1.1, 8.2.2, Idle',
    rule: 'oscillation is damped by a pause that grows',
    kept: [
      'failures in a row are followed by pauses that double up to 30 s',
      'failures in a row are counted over errors, too: a wrong AS is not tried without end',
    ],
    notBroken: ['failures in a row are forgotten when a session lasted for longer than its hold time'],
  },
  {
    clause: 'RFC 4271 8.2.2, Connect and Active',
    rule: 'a connection that stands gets an OPEN, and a HoldTimer that is long',
    kept: [
      'a session in Connect sends its OPEN when the connection stands, and waits 30 s for the peer’s',
      'a session in Connect takes the peer’s connection meanwhile, and goes on making its own',
    ],
    notBroken: ['a session in Connect takes nothing from a connection that does not stand yet'],
  },
  {
    clause: 'RFC 4271 8.2.2, Connect',
    rule: 'ConnectRetryTimer ends an attempt that has no answer',
    kept: ['a session in Connect gives up a connection that nobody answers'],
    notBroken: [`${always} while it runs it waits for something, unless it waits for the peer`],
  },
  {
    clause: 'RFC 4271 8.2.2, OpenSent',
    rule: 'an OPEN is confirmed with a KEEPALIVE, and the lower Hold Time counts',
    kept: ['the peer’s OPEN is confirmed with a KEEPALIVE', 'the hold time of the peer counts when it is the lower'],
    notBroken: [`${judged} another AS: NOTIFICATION peer-as`, `${unexpected} KEEPALIVE in OpenSent`],
  },
  {
    clause: 'RFC 4271 8.2.2, OpenSent',
    rule: 'a lost connection leads to Active',
    kept: ['the end of a connection in OpenSent leads to Active'],
    notBroken: ['the end of a connection in OpenConfirm and Established leads to Idle'],
  },
  {
    clause: 'RFC 4271 8.2.2, OpenConfirm',
    rule: 'a KEEPALIVE makes it Established',
    kept: ['the peer’s OPEN and KEEPALIVE may come in the same octets as all that follows'],
    notBroken: [`${unexpected} UPDATE in OpenConfirm`, `${unexpected} OPEN in OpenConfirm`],
  },
  {
    clause: 'RFC 4271 6.6, RFC 6608 4',
    rule: 'a message that a state does not expect is told by state and type',
    kept: [
      `${unexpected} UPDATE in OpenSent`,
      `${unexpected} ROUTE-REFRESH in OpenConfirm`,
      `${unexpected} OPEN in Established`,
    ],
    notBroken: ['a message that is not expected is judged by its type alone, whatever is in it'],
  },
  {
    clause: 'RFC 4271 6.5, 8.2.2',
    rule: 'the HoldTimer begins anew with KEEPALIVE and UPDATE, and ends the session',
    kept: ['the hold time begins anew with a KEEPALIVE, an UPDATE and a ROUTE-REFRESH'],
    notBroken: ['the hold time is the lower of both, and ends a session of which nothing is heard'],
  },
  {
    clause: 'RFC 4271 4.4',
    rule: 'KEEPALIVEs go out each third of the Hold Time, no more often than once a second, and not without one',
    kept: ['a KEEPALIVE is sent each third of the negotiated hold time', 'a KEEPALIVE is sent in OpenConfirm, too'],
    notBroken: [
      'a KEEPALIVE is not sent more often than once a second',
      'the hold time of 0 on both sides is none: nothing is sent and nothing missed',
    ],
  },
  {
    clause: 'RFC 4271 8.2.2, Established',
    rule: 'the KeepaliveTimer begins anew with each KEEPALIVE and UPDATE, and with no other message',
    kept: ['a route refresh with routes puts off the KEEPALIVE, as any UPDATE does'],
    notBroken: [
      'a route refresh without routes puts off no KEEPALIVE: its marks restart no HoldTimer of a peer that keeps to RFC 4271',
    ],
  },
  {
    clause: 'RFC 4271 10',
    rule: 'timers are shortened by chance to 0.75 to 1',
    kept: ['the timers of BGP are shortened by chance to three quarters at most'],
    notBroken: ['the timers of BGP of a session are shortened by the chance of the step that sets them'],
  },
  {
    clause: 'RFC 4271 6.4',
    rule: 'a NOTIFICATION is not answered with one',
    kept: ['the end of a connection with a NOTIFICATION is not answered, and kept with its reason'],
    notBroken: [
      `${always} it writes nothing that is not a message, and nothing on a connection that it closed or does not have`,
    ],
  },
  {
    clause: 'RFC 4271 6.8',
    rule: 'of two connections that of the higher identifier is kept',
    kept: [
      `${two} leave that of the higher identifier, the peer’s, when its OPEN comes on ours`,
      `${two} leave that of the higher identifier, ours, when the peer’s OPEN comes on its own`,
      'two BGP sessions that connect to each other at the same time keep one connection, the same, and know each other’s routes',
    ],
    notBroken: [
      `${two} are weighed by identifiers as unsigned numbers`,
      `${two} are not weighed when the peer’s OPEN is wrong: that ends its connection alone`,
    ],
  },
  {
    clause: 'RFC 6286 2.3',
    rule: 'of equal identifiers that of the higher AS is kept',
    kept: [`${two} of equal identifiers leave that of the higher AS, the peer’s, whichever OPEN comes first`],
    notBroken: [`${two} of equal identifiers leave that of the higher AS, ours, whichever OPEN comes first`],
  },
  {
    clause: 'RFC 4271 6.8, RFC 4724 5',
    rule: 'one that is Established is kept, unless its peer has restarted',
    kept: [`${beside} is closed when its OPEN comes`],
    notBroken: [
      `${beside} replaces it silently when the peer keeps routes over a restart: it has restarted`,
      `${beside} replaces nothing when that peer keeps routes of no family`,
    ],
  },
  {
    clause: 'RFC 9687 4.3, 4.4, 6',
    rule: 'a peer that takes nothing is given up after 8 minutes, or twice the Hold Time, unless that is 0',
    kept: [
      'the send hold time ends a session whose peer takes nothing for 8 minutes, without a word',
      'the send hold time goes on running while KEEPALIVEs join the octets that the peer does not take',
    ],
    notBroken: [
      'the send hold time begins anew as often as the peer takes something',
      'the send hold time is none without a hold time (RFC 9687 4.3)',
    ],
  },
  {
    clause: 'RFC 4271 6.7, RFC 4486 4',
    rule: 'a session that an administrator ends is told why',
    kept: ['a session that is stopped tells the peer why, and is released'],
    notBroken: ['a session that is stopped for a restart says nothing, so that the peer keeps its routes'],
  },
  {
    clause: 'RFC 7606 6',
    rule: 'a malformed UPDATE is told to people as it came, and what routes are in it',
    kept: [
      'a message that is wrong ends nothing but is reported where routes can be told for certain (RFC 7606)',
      'a message that is wrong is reported with all its octets when it is an UPDATE that ends the session (RFC 7606 6)',
    ],
    notBroken: ['a message that is wrong is judged by whose AS the peer is of'],
  },
  {
    clause: 'RFC 5492 3, 5',
    rule: 'a capability that the peer does not take is left out',
    kept: [
      'a peer that does not take a capability gets an OPEN without those that it lists',
      'a peer that does not take a capability gets one less each time when it lists none, and in the end none',
    ],
    notBroken: [
      'a peer that does not take a capability gets the same again when it lists what it did not get: it cannot do without, and without ours it could do less',
      'a peer that does not take a capability gets all of them again after a reset and a new start, and after another error',
    ],
  },
  {
    clause: 'RFC 4724 4.1',
    rule: 'R is said after a restart, and only until the session is up; F when forwarding went on',
    kept: ['the OPEN of a speaker says R once in the life of its process, and F once it forwards for the peer'],
    notBroken: ['the OPEN of a speaker says of a restart what is the case after a reboot: R true, F false, N never'],
  },
];

export const routes: readonly Clause[] = [
  {
    clause: 'RFC 4271 5.1.2, 5.1.5',
    rule: 'our AS is in the path to others, and LOCAL_PREF within the AS only',
    kept: [
      'attributes of a route to another AS have ours in the path, as often as it is prepended, and no preference',
      'attributes of a route within an AS have an empty path and a preference',
    ],
    notBroken: [`${routesOf} with other attributes that this peer is not told are not sent again`],
  },
  {
    clause: 'RFC 4271 5.1.3, RFC 8950 4',
    rule: 'the next hop is our own, and of the other family only where both know how',
    kept: ['the next hop of a route is our own end of the connection'],
    notBroken: ['the next hop of a route may be IPv6 for IPv4 where both sides know how'],
  },
  {
    clause: 'RFC 7606 5.1, RFC 4760 3',
    rule: 'MP_REACH_NLRI comes first, and alone has no NEXT_HOP',
    kept: ['an announcement has the routes of MP_REACH_NLRI first, and no NEXT_HOP'],
    notBroken: ['an announcement carries all attributes in the order of their numbers'],
  },
  {
    clause: 'RFC 4271 3.1',
    rule: 'a route is replaced by announcing it again',
    kept: [`${routesOf} with other attributes are announced again, and not withdrawn`],
    notBroken: [`${routesOf} that do not change are not sent again, be they new objects or not`],
  },
  {
    clause: 'RFC 4271 9.2',
    rule: 'what is not wanted any more is withdrawn',
    kept: [`${routesOf} that change go out as differences: withdrawals first`],
    notBroken: [`${always} what the peer was told and was not taken back is what is wanted`],
  },
  {
    clause: 'this product; RFC 4271 9.2.1.1 would hold back both',
    rule: 'announcements may be held back, withdrawals not',
    kept: ['announcements that are gathered go out together when the time is over'],
    notBroken: ['announcements that are gathered do not hold back withdrawals'],
  },
  {
    clause: 'RFC 4724 2, 4.1',
    rule: 'the End-of-RIB follows the first routes, of every family, even when there are none',
    kept: [
      `${routesOf} go out when it is Established, and the End-of-RIB after them when they are complete`,
      `${routesOf} that are none have an End-of-RIB, too`,
    ],
    notBroken: [
      `${routesOf} that are not complete have none until they are`,
      `${routesOf} that do not become complete have it when the wait is over, and that is told`,
    ],
  },
  {
    clause: 'RFC 2918 4, RFC 7313 4',
    rule: 'a refresh is answered, between marks where both know them, and not before the End-of-RIB',
    kept: ['a route refresh is answered between marks where the peer knows them'],
    notBroken: [
      'a route refresh is answered after the End-of-RIB, once, when it comes before',
      'a route refresh is passed over for other families, and when it is a mark of the peer’s',
    ],
  },
  {
    clause: 'RFC 8326 4',
    rule: 'routes are marked before they go',
    kept: ['a session that is drained marks its routes, withdraws them after the wait, and leaves when that has left'],
    notBroken: ['a session that is drained leaves at once when it is not Established'],
  },
];
