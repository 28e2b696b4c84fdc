import assert from 'node:assert/strict';
import type { PeerConfig, Routes, Session } from '../../../../src/core/bgp/session.js';
import { createSession, tableSize } from '../../../../src/core/bgp/session.js';
import type { Capability } from '../../../../src/core/wire/bgp/capabilities.js';
import type { Open } from '../../../../src/core/wire/bgp/open.js';
import { encodeRouteRefresh } from '../../../../src/core/wire/bgp/route-refresh.js';
import type { Update } from '../../../../src/core/wire/bgp/update.js';
import {
  config,
  established,
  ip,
  keepalive,
  local4,
  local6,
  mp4,
  mp6,
  openConfirm,
  openFrom,
  play,
  read,
  received,
  route,
  routes,
  seconds,
  shownIp,
  start,
  taken,
  telling,
  time,
} from './given.js';

const a = route('198.51.100.10');
const b = route('198.51.100.11');
const six = route('2001:db8:100::10');
const endOfRib = ['1: End-of-RIB IPv4', '1: End-of-RIB IPv6'];
const peerAs: Capability = { type: 'four-octet-as', as: 65000 };
const enhanced: Partial<Open> = {
  capabilities: [mp4, mp6, peerAs, { type: 'enhanced-route-refresh' }],
};
const nextHop6: Capability = { type: 'extended-next-hop', families: [{ afi: 1, safi: 1, nextHopAfi: 2 }] };

/** Established over a connection whose local end is that address; what it sends for these routes. */
function over(
  localAddress: Uint8Array,
  changes: Partial<PeerConfig>,
  open: Partial<Open>,
  ...all: readonly Routes[]
): Update[] {
  const begun = play(
    createSession(config(changes)),
    [0, start],
    [0, { type: 'connected', connection: 1, localAddress }],
  ).session;
  const up = play(begun, [0, openFrom(open)], [0, received(keepalive)]).session;
  return updates(up, routes(all, false));
}

function updates(session: Session, input: ReturnType<typeof routes>): Update[] {
  return play(session, [0, input]).outputs.flatMap((output) =>
    output.type === 'send' ? [read(output.octets) as Update] : [],
  );
}

const refreshOf = (afi: number, subtype = 0, safi = 1) =>
  received(encodeRouteRefresh({ type: 'route-refresh', afi, safi, subtype }));

describe('the routes of a session', () => {
  it('go out when it is Established, and the End-of-RIB after them when they are complete', () => {
    const ready = play(openConfirm(), [0, routes([a])]).session;
    const { words } = play(ready, [0, received(keepalive)]);
    assert.deepEqual(words, ['1: +198.51.100.10/32', ...endOfRib, 'OpenConfirm -> Established']);
  });

  it('that are none have an End-of-RIB, too', () => {
    assert.deepEqual(play(established(), [0, routes([])]).words, endOfRib);
  });

  it('that are not complete have none until they are', () => {
    const { session, words } = play(established(), [0, routes([a], false)]);
    assert.deepEqual(words, ['1: +198.51.100.10/32']);
    assert.deepEqual(play(session, [1, routes([a, b])]).words, ['1: +198.51.100.11/32', ...endOfRib]);
  });

  it('that do not become complete have it when the wait is over, and that is told', () => {
    const waiting = established({ holdTime: 90, endOfRibWithin: seconds(20) });
    assert.equal(waiting.deadline, seconds(20));
    const { words, outputs, session } = play(waiting, [seconds(19.9), time], [seconds(20), time]);
    assert.deepEqual(words, endOfRib);
    assert.ok(
      outputs.some((each) => each.type === 'report' && each.report.kind === 'end-of-rib-sent' && !each.report.complete),
    );
    assert.deepEqual(play(session, [seconds(21), routes([a])]).words, ['1: +198.51.100.10/32']);
  });

  it('have one End-of-RIB for each family of the session only', () => {
    const { words } = play(established({}, { capabilities: [mp4] }), [0, routes([six])]);
    assert.deepEqual(words, ['1: End-of-RIB IPv4']);
  });

  it('go out again on the next connection, all of them', () => {
    const { session } = play(telling([a, b]), [0, { type: 'closed', connection: 1 }], [seconds(1), time]);
    const again = play(
      session,
      [seconds(1), { type: 'connected', connection: 2, localAddress: local4 }],
      [seconds(1), openFrom({}, 2)],
    );
    const { words } = play(again.session, [seconds(1), received(keepalive, 2)]);
    assert.equal(words[0], '2: +198.51.100.10/32 +198.51.100.11/32');
  });

  it('that change go out as differences: withdrawals first', () => {
    const { words } = play(telling([a]), [1, routes([b])]);
    assert.deepEqual(words, ['1: -198.51.100.10/32', '1: +198.51.100.11/32']);
  });

  it('that do not change are not sent again, be they new objects or not', () => {
    const session = telling([a, six]);
    assert.deepEqual(play(session, [1, routes([a, six])]).words, []);
    assert.deepEqual(play(session, [1, routes([route('198.51.100.10'), six])]).words, []);
  });

  it('with other attributes are announced again, and not withdrawn', () => {
    const { words } = play(telling([a, b]), [1, routes([route('198.51.100.10', { med: 5 }), b])]);
    assert.deepEqual(words, ['1: +198.51.100.10/32']);
  });

  it('with other attributes that this peer is not told are not sent again', () => {
    assert.deepEqual(play(telling([a]), [1, routes([route('198.51.100.10', { localPref: 200 })])]).words, []);
    const internal = telling([a], { peerAs: 'internal' }, { as: 64512, capabilities: [] });
    assert.deepEqual(play(internal, [1, routes([route('198.51.100.10', { prepend: 2 })])]).words, []);
    assert.deepEqual(play(internal, [1, routes([route('198.51.100.10', { localPref: 200 })])]).words, [
      '1: +198.51.100.10/32',
    ]);
  });

  it('change a thousand times without any change of state', () => {
    let session = telling([]);
    for (let i = 1; i <= 1000; i++) {
      const result = play(session, [i, routes([route(`10.0.${i >> 8}.${i & 255}`)])], [i, taken()]);
      assert.ok(!result.outputs.some((output) => output.type === 'transition'));
      session = result.session;
    }
    assert.equal(tableSize(session.connections[0]!.ribOut!.sent), 1);
  });
});

describe('announcements that are gathered', () => {
  const gathering = telling([a], { gatherFor: 20_000 });

  it('go out together when the time is over', () => {
    const { session, words } = play(gathering, [0, routes([a, b])], [10_000, routes([a, b, six])]);
    assert.deepEqual(words, []);
    assert.equal(session.deadline, 20_000);
    assert.deepEqual(play(session, [20_000, time]).words, ['1: +198.51.100.11/32']);
  });

  it('cost nothing when the change is taken back before', () => {
    const { session, words } = play(gathering, [0, routes([a, b])], [10_000, routes([a])]);
    assert.deepEqual(words, []);
    assert.equal(session.deadline, seconds(3));
    assert.deepEqual(play(session, [20_000, time]).words, []);
  });

  it('do not hold back withdrawals', () => {
    const { words } = play(gathering, [0, routes([b])]);
    assert.deepEqual(words, ['1: -198.51.100.10/32']);
  });

  it('do not wait for others when they fill an UPDATE by themselves', () => {
    const many = Array.from({ length: 800 }, (_, i) => route(`198.18.${i >> 8}.${i & 255}`));
    assert.deepEqual(play(gathering, [0, routes([a, ...many.slice(1)])]).words, []);
    const { words } = play(gathering, [0, routes([a, ...many])]);
    assert.equal(words.join(' ').split('+').length - 1, 800);
  });

  it('do not hold back the first routes', () => {
    const ready = play(openConfirm({ gatherFor: 20_000 }), [0, routes([a])]).session;
    assert.equal(play(ready, [0, received(keepalive)]).words[0], '1: +198.51.100.10/32');
  });
});

describe('routes to a peer that takes nothing', () => {
  const clogged = play(telling([a]), [0, taken(1, 65_537)]).session;

  it('wait until it does, and go out as they then are', () => {
    const { session, words } = play(clogged, [1, routes([b])], [2, routes([six])], [3, routes([b])], [4, time]);
    assert.deepEqual(words, []);
    assert.equal(session.deadline, seconds(3));
    assert.deepEqual(play(session, [5, taken(1, 65_536)]).words, ['1: -198.51.100.10/32', '1: +198.51.100.11/32']);
  });

  it('that wants them again wait, too', () => {
    const { session, words } = play(clogged, [1, refreshOf(1)]);
    assert.deepEqual(words, []);
    assert.deepEqual(play(session, [2, taken()]).words, ['1: +198.51.100.10/32']);
  });
});

describe('a route refresh', () => {
  it('is answered with the routes of its family', () => {
    assert.deepEqual(play(telling([a, b]), [1, refreshOf(1)]).words, ['1: +198.51.100.10/32 +198.51.100.11/32']);
    assert.deepEqual(play(telling([a]), [1, refreshOf(2)]).words, []);
  });

  it('is answered between marks where the peer knows them', () => {
    const { words } = play(telling([a], {}, enhanced), [1, refreshOf(1)]);
    assert.deepEqual(words, ['1: ROUTE-REFRESH 1 begin', '1: +198.51.100.10/32', '1: ROUTE-REFRESH 1 end']);
  });

  it('is answered after the End-of-RIB, once, when it comes before', () => {
    const { session, words } = play(established({}, enhanced), [1, refreshOf(2)], [1, refreshOf(2)]);
    assert.deepEqual(words, []);
    assert.deepEqual(play(session, [2, routes([])]).words, [
      ...endOfRib,
      '1: ROUTE-REFRESH 2 begin',
      '1: ROUTE-REFRESH 2 end',
    ]);
  });

  it('is passed over for other families, and when it is a mark of the peer’s', () => {
    const session = telling([a], {}, enhanced);
    for (const input of [refreshOf(1, 1), refreshOf(1, 2), refreshOf(1, 9), refreshOf(1, 0, 2), refreshOf(25, 0, 65)]) {
      assert.deepEqual(play(session, [1, input]).words, []);
    }
    const only4 = telling([a], {}, { capabilities: [mp4, peerAs] });
    assert.deepEqual(play(only4, [1, refreshOf(2)]).words, []);
  });

  it('without routes puts off no KEEPALIVE: its marks restart no HoldTimer of a peer that keeps to RFC 4271', () => {
    const { words } = play(telling([], {}, enhanced), [seconds(2), refreshOf(2)], [seconds(3), time]);
    assert.deepEqual(words, ['1: ROUTE-REFRESH 2 begin', '1: ROUTE-REFRESH 2 end', '1: KEEPALIVE']);
  });

  it('with routes puts off the KEEPALIVE, as any UPDATE does', () => {
    const { words } = play(telling([a]), [seconds(2), refreshOf(1)], [seconds(3), time]);
    assert.deepEqual(words, ['1: +198.51.100.10/32']);
  });
});

describe('attributes of a route', () => {
  it('to another AS have ours in the path, as often as it is prepended, and no preference', () => {
    const [update] = over(
      local4,
      {},
      {},
      route('198.51.100.10', {
        prepend: 2,
        localPref: 7,
        med: 3,
        communities: [1],
        largeCommunities: [[1, 2, 3]],
        extendedCommunities: [4n],
      }),
    );
    assert.deepEqual(update!.attributes, {
      origin: 'igp',
      asPath: [{ type: 'sequence', numbers: [64512, 64512, 64512] }],
      med: 3,
      communities: [1],
      extendedCommunities: [4n],
      largeCommunities: [[1, 2, 3]],
    });
  });

  it('within an AS have an empty path and a preference', () => {
    const internal = { as: 64512, capabilities: [mp4] };
    const [update] = over(local4, { peerAs: 'internal' }, internal, route('198.51.100.10', { prepend: 2 }));
    assert.deepEqual(update!.attributes, { origin: 'igp', asPath: [], localPref: 100 });
  });

  it('that are equal share UPDATEs', () => {
    const med = { med: 1 };
    const all = [a, route('198.51.100.11', med), route('198.51.100.12'), route('198.51.100.13', med)];
    const told = over(local4, {}, {}, ...all).map(({ reach }) => reach[0]!.prefixes.length);
    assert.deepEqual(told, [2, 2]);
  });
});

describe('the next hop of a route', () => {
  const all = { capabilities: [mp4, mp6, peerAs, nextHop6] };
  const shown = (updates: readonly Update[]) => updates.map(({ reach }) => hop(reach[0]!.nextHop));

  it('is our own end of the connection', () => {
    assert.deepEqual(shown(over(local4, {}, {}, a, six)), ['192.0.2.11']);
    assert.deepEqual(shown(over(local6, {}, {}, a, six)), ['2001:db8::11']);
  });

  it('may be IPv6 for IPv4 where both sides know how', () => {
    assert.deepEqual(shown(over(local6, { extendedNextHop: true }, all, a, six)), ['2001:db8::11', '2001:db8::11']);
    assert.deepEqual(shown(over(local6, { extendedNextHop: true }, {}, a)), []);
    assert.deepEqual(shown(over(local6, {}, all, a)), []);
  });

  it('is our address beside it where that is of the other family', () => {
    const begun = (local: Uint8Array, beside: Uint8Array) =>
      play(createSession(config()), [0, start], [0, { type: 'connected', connection: 1, localAddress: local, beside }]);
    for (const [local, beside] of [
      [local4, local6],
      [local6, local4],
    ] as const) {
      const up = play(begun(local, beside).session, [0, openFrom()], [0, received(keepalive)]).session;
      assert.deepEqual(shown(updates(up, routes([a, six], false))), ['192.0.2.11', '2001:db8::11']);
    }
  });

  it('is told with all routes again when it is another, or is found at last', () => {
    const up = play(telling([a]), [1, routes([a, six], false)]).session;
    const found = play(up, [2, { type: 'beside', address: local6 }]);
    assert.deepEqual(found.words, ['1: +2001:db8:100::10/128']);
    assert.deepEqual(play(found.session, [3, { type: 'beside', address: local6 }]).words, []);
    const moved = play(found.session, [3, { type: 'beside', address: ip('2001:db8::12') }]);
    assert.ok(moved.words.includes('1: +2001:db8:100::10/128'));
    assert.deepEqual(play(moved.session, [4, routes([a, six], false)]).words, []);
    assert.deepEqual(play(moved.session, [4, routes([a], false)]).words, ['1: -2001:db8:100::10/128']);
  });

  it('is told again after TCP has taken what waited before', () => {
    const up = play(telling([a]), [1, routes([a, six], false)], [2, { type: 'beside', address: local6 }]).session;
    const stuck = play(up, [3, { type: 'sent', connection: 1, left: 100_000 }]).session;
    const moved = play(stuck, [4, { type: 'beside', address: ip('2001:db8::12') }]);
    assert.deepEqual(moved.words, []);
    const { words } = play(moved.session, [5, routes([a], false)], [6, { type: 'sent', connection: 1, left: 0 }]);
    assert.ok(words.includes('1: -2001:db8:100::10/128'), words.join());
  });

  it('is what the configuration says, by family', () => {
    const nextHops = { 4: ip('192.0.2.99'), 6: ip('2001:db8::99') };
    assert.deepEqual(shown(over(local4, { nextHops }, {}, a, six)), ['192.0.2.99', '2001:db8::99']);
  });

  it('that is link-local stands twice', () => {
    assert.deepEqual(shown(over(ip('fe80::11'), {}, {}, six)), ['fe80::11 fe80::11']);
  });

  it('of IPv4 routes that is IPv4 has them withdrawn in the message itself', () => {
    const { outputs } = play(telling([a]), [1, routes([])]);
    const sent = outputs.find((output) => output.type === 'send')!;
    assert.equal(sent.octets.length, 28);
  });

  it('of IPv4 routes that is IPv6 has them withdrawn in MP_UNREACH_NLRI', () => {
    const begun = play(
      createSession(config({ extendedNextHop: true })),
      [0, start],
      [0, { type: 'connected', connection: 1, localAddress: local6 }],
    ).session;
    const up = play(begun, [0, openFrom(all)], [0, received(keepalive)], [0, routes([a], false)]).session;
    const { outputs } = play(up, [1, routes([], false)]);
    const sent = outputs.find((output) => output.type === 'send')!;
    assert.equal(sent.octets[24], 15);
  });
});

function hop(bytes: Uint8Array): string {
  return bytes.length === 32 ? `${shownIp(bytes.slice(0, 16))} ${shownIp(bytes.slice(16))}` : shownIp(bytes);
}
