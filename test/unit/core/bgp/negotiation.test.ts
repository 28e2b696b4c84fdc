import assert from 'node:assert/strict';
import { createSession, type PeerConfig } from '../../../../src/core/bgp/session.js';
import type { Capability } from '../../../../src/core/wire/bgp/capabilities.js';
import type { Open } from '../../../../src/core/wire/bgp/open.js';
import {
  config,
  connected,
  established,
  mp4,
  mp6,
  notified,
  openFrom,
  openSent,
  peerRestarts,
  play,
  read,
  seconds,
  start,
  time,
} from './given.js';

const external65001: Partial<Open> = { as: 65001, capabilities: [mp4] };
const internal: Partial<Open> = { as: 64512, capabilities: [mp4] };

/** The OPEN that a session sends on its next connection. */
function ownOpen(session: ReturnType<typeof createSession>): Open {
  return openIn(play(session, [0, start], [0, connected(session.nextConnection)]));
}

function openIn({ outputs }: ReturnType<typeof play>): Open {
  const sent = outputs.find((output) => output.type === 'send');
  return read(sent!.octets) as Open;
}

function gracefulRestart(open: Open) {
  return open.capabilities.find((each) => each.type === 'graceful-restart');
}

describe('the OPEN of a speaker', () => {
  it('has all that it can do, and its AS number in 32 bits', () => {
    const open = ownOpen(createSession(config({ localAs: 4_200_000_001, extendedNextHop: true })));
    assert.equal(open.as, 23456);
    assert.deepEqual(
      open.capabilities.map(({ type }) => type),
      [
        'multiprotocol',
        'multiprotocol',
        'route-refresh',
        'extended-next-hop',
        'graceful-restart',
        'four-octet-as',
        'enhanced-route-refresh',
      ],
    );
  });

  it('has the families of its configuration only, and IPv6 next hops only where they are wanted', () => {
    const open = ownOpen(createSession(config({ families: [6], extendedNextHop: true })));
    assert.deepEqual(open.capabilities[0], mp6);
    assert.ok(!open.capabilities.some(({ type }) => type === 'extended-next-hop'));
  });

  const restarts: readonly [string, boolean, boolean][] = [
    ['after its first start', false, false],
    ['after a restart in which the kernel forwarded', true, true],
    ['after a reboot', true, false],
  ];
  for (const [when, restarted, forwarding] of restarts) {
    it(`says of a restart what is the case ${when}: R ${restarted}, F ${forwarding}, N never`, () => {
      const open = ownOpen(createSession(config({ gracefulRestart: { restartTime: 90, restarted, forwarding } })));
      assert.deepEqual(gracefulRestart(open), {
        type: 'graceful-restart',
        restarted,
        notification: false,
        restartTime: 90,
        families: [
          { afi: 1, safi: 1, forwarding },
          { afi: 2, safi: 1, forwarding },
        ],
      });
    });
  }

  it('says R once in the life of its process, and F once it forwards for the peer', () => {
    const restart = { restartTime: 90, restarted: true, forwarding: false };
    const before = play(openSent({ gracefulRestart: restart }), [0, { type: 'closed', connection: 1 }]).session;
    const again = play(before, [seconds(1), time], [seconds(1), connected(2)]);
    assert.equal(gracefulRestart(openIn(again))?.restarted, true);
    const up = play(established({ gracefulRestart: restart }), [0, { type: 'closed', connection: 1 }]).session;
    const later = play(up, [seconds(1), time], [seconds(1), connected(2)]);
    assert.equal(gracefulRestart(openIn(later))?.restarted, false);
    assert.deepEqual(gracefulRestart(openIn(later))?.families[0], { afi: 1, safi: 1, forwarding: true });
  });
});

describe('the peer’s OPEN is judged by the configuration', () => {
  const cases: readonly [string, Partial<PeerConfig>, Partial<Open>, string][] = [
    ['the AS that is configured', {}, {}, 'KEEPALIVE'],
    ['another AS', {}, external65001, 'NOTIFICATION peer-as'],
    ['any other AS where the peer is external', { peerAs: 'external' }, external65001, 'KEEPALIVE'],
    ['our AS where the peer is external', { peerAs: 'external' }, internal, 'NOTIFICATION peer-as'],
    ['our AS where the peer is internal', { peerAs: 'internal' }, internal, 'KEEPALIVE'],
    ['another AS where the peer is internal', { peerAs: 'internal' }, external65001, 'NOTIFICATION peer-as'],
    [
      'our identifier within our AS',
      { peerAs: 'internal' },
      { ...internal, identifier: 0x0a00_000b },
      'NOTIFICATION identifier',
    ],
    ['our identifier in another AS', {}, { identifier: 0x0a00_000b }, 'KEEPALIVE'],
    ['no hold time where ours is 9 s', {}, { holdTime: 0 }, 'NOTIFICATION hold-time'],
    ['no hold time where ours is none', { holdTime: 0 }, { holdTime: 0 }, 'KEEPALIVE'],
    ['no family of ours', { families: [6] }, { capabilities: [mp4] }, 'NOTIFICATION capability'],
    ['no word of families where ours is IPv4', { families: [4] }, { capabilities: [] }, 'KEEPALIVE'],
    ['no word of families where ours is IPv6', { families: [6] }, { capabilities: [] }, 'NOTIFICATION capability'],
    [
      'a family that is unknown beside ours',
      {},
      { capabilities: [mp4, { type: 'multiprotocol', afi: 25, safi: 65 }] },
      'KEEPALIVE',
    ],
  ];
  for (const [what, ours, theirs, answer] of cases) {
    it(`${what}: ${answer}`, () => {
      assert.equal(play(openSent(ours), [0, openFrom(theirs)]).words[0], `1: ${answer}`);
    });
  }

  it('and told which families would do', () => {
    const { outputs } = play(openSent({ families: [6] }), [0, openFrom({ capabilities: [mp4] })]);
    const sent = outputs.find((output) => output.type === 'send');
    assert.deepEqual(read(sent!.octets), {
      type: 'notification',
      code: 2,
      subcode: 7,
      data: Uint8Array.of(1, 4, 0, 2, 0, 1),
    });
  });
});

describe('what both OPENs have in common', () => {
  const common = (ours: Partial<PeerConfig>, theirs: Partial<Open>) =>
    established(ours, theirs).connections[0]!.negotiated;

  it('is all that both can do', () => {
    const theirs: Capability[] = [
      mp4,
      mp6,
      { type: 'four-octet-as', as: 65000 },
      { type: 'enhanced-route-refresh' },
      { type: 'extended-next-hop', families: [{ afi: 1, safi: 1, nextHopAfi: 2 }] },
      peerRestarts,
    ];
    assert.deepEqual(common({ extendedNextHop: true }, { capabilities: theirs, holdTime: 3 }), {
      peerAs: 65000,
      external: true,
      holdTime: 3,
      families: [4, 6],
      fourOctetAs: true,
      extendedNextHop: true,
      enhancedRouteRefresh: true,
      gracefulRestart: true,
    });
  });

  it('is little with a peer that can do little', () => {
    assert.deepEqual(common({ extendedNextHop: true }, { capabilities: [] }), {
      peerAs: 65000,
      external: true,
      holdTime: 9,
      families: [4],
      fourOctetAs: false,
      extendedNextHop: false,
      enhancedRouteRefresh: false,
      gracefulRestart: false,
    });
  });

  it('is no restart that routes are kept over when we left the word out, whatever the peer says of itself', () => {
    const told = play(openSent(), [0, notified('capability', Uint8Array.of(64, 0))]).session;
    const open = openFrom({ capabilities: [mp4, mp6, peerRestarts] }, 2);
    const now = told.deadline;
    const { session } = play(told, [now, time], [now, connected(2)], [now, open]);
    assert.equal(session.connections[0]!.negotiated?.gracefulRestart, false);
  });
});

describe('a peer that does not take a capability', () => {
  /** Fails on one connection after the other, and gives the codes that the last OPEN has. */
  function codesAfter(...data: readonly (Uint8Array | undefined)[]): string[] {
    let session = openSent();
    for (const [i, each] of data.entries()) {
      const now = session.deadline;
      const reason = each ? 'capability' : 'optional-parameter';
      const told = play(session, [now, notified(reason, each, i + 1)]).session;
      session = play(told, [told.deadline, time], [told.deadline, connected(i + 2)]).session;
    }
    return session.connections[0]!.ownOpen!.capabilities.map(({ type }) => type);
  }

  it('gets an OPEN without those that it lists', () => {
    assert.deepEqual(codesAfter(Uint8Array.of(70, 0, 64, 2, 0, 120)), [
      'multiprotocol',
      'multiprotocol',
      'route-refresh',
      'four-octet-as',
    ]);
  });

  it('gets one less each time when it lists none, and in the end none', () => {
    assert.ok(!codesAfter(undefined).includes('enhanced-route-refresh'));
    assert.ok(!codesAfter(undefined, new Uint8Array(0)).includes('graceful-restart'));
    const none = new Array<undefined>(8).fill(undefined);
    assert.deepEqual(codesAfter(...none), []);
  });

  it('gets the same again when it lists what it did not get: it cannot do without, and without ours it could do less', () => {
    for (const data of [
      Uint8Array.of(99, 0),
      Uint8Array.of(1, 4, 0, 25, 0, 65),
      Uint8Array.of(99, 0, 1, 4, 0, 25, 0, 65),
    ])
      assert.equal(codesAfter(data).length, 6);
    const only4 = play(openSent({ families: [4] }), [0, notified('capability', Uint8Array.of(1, 4, 0, 2, 0, 1), 1)]);
    assert.deepEqual(only4.session.withheld, []);
  });

  it('gets an OPEN without families when it lists one of ours, as long as IPv4 is among them', () => {
    assert.ok(!codesAfter(Uint8Array.of(1, 4, 0, 2, 0, 1)).includes('multiprotocol'));
    const only6 = play(openSent({ families: [6] }), [0, notified('capability', Uint8Array.of(1, 4, 0, 2, 0, 1), 1)]);
    assert.deepEqual(only6.session.withheld, []);
  });

  it('is never offered IPv4 where only IPv6 is configured, which no family would mean', () => {
    let session = openSent({ families: [6] });
    for (let i = 1; i <= 8; i++) {
      const told = play(session, [session.deadline, notified('optional-parameter', undefined, i)]).session;
      session = play(told, [told.deadline, time], [told.deadline, connected(i + 1)]).session;
    }
    assert.deepEqual(session.connections[0]!.ownOpen!.capabilities, [mp6]);
  });

  it('gets all of them again after a reset and a new start, and after another error', () => {
    const told = play(openSent(), [0, notified('optional-parameter', undefined, 1)]).session;
    assert.deepEqual(told.withheld, [70]);
    assert.deepEqual(play(told, [0, { type: 'reset', text: '' }]).session.withheld, []);
    const anew = play(told, [0, { type: 'stop', how: 'restart' }], [0, start]).session;
    assert.deepEqual(anew.withheld, []);
    assert.deepEqual(play(openSent(), [0, notified('peer-as', undefined, 1)]).session.withheld, []);
  });

  it('is reported', () => {
    const { outputs } = play(openSent(), [0, notified('optional-parameter', undefined, 1)]);
    assert.ok(outputs.some((each) => each.type === 'report' && each.report.kind === 'capabilities-withheld'));
  });
});
