import assert from 'node:assert/strict';
import type { Session } from '../../../../src/core/bgp/session.js';
import type { Capability } from '../../../../src/core/wire/bgp/capabilities.js';
import { encodeOpen } from '../../../../src/core/wire/bgp/open.js';
import { prefixOf } from '../../../../src/core/wire/bgp/prefix.js';
import { readVector } from '../../../vectors/vector.js';
import { established, ip, keepalive, mp4, openConfirm, openSent, peerOpen, play, read, received } from './given.js';

const own: Capability = { type: 'four-octet-as', as: 64512 };
const update = readVector('bgp/end-of-rib-ipv4').bytes;
const refresh = readVector('bgp/refresh-ipv4').bytes;
const open = encodeOpen(peerOpen());

describe('a message that is not expected', () => {
  const cases: readonly [string, Session, readonly (readonly [string, Uint8Array])[], string][] = [
    [
      'OpenSent',
      openSent(),
      [
        ['KEEPALIVE', keepalive],
        ['UPDATE', update],
        ['ROUTE-REFRESH', refresh],
      ],
      'unexpected-in-open-sent',
    ],
    [
      'OpenConfirm',
      openConfirm(),
      [
        ['OPEN', open],
        ['UPDATE', update],
        ['ROUTE-REFRESH', refresh],
      ],
      'unexpected-in-open-confirm',
    ],
    ['Established', established(), [['OPEN', open]], 'unexpected-in-established'],
  ];
  for (const [state, session, messages, reason] of cases) {
    for (const [name, octets] of messages) {
      it(`ends the session with its type: ${name} in ${state}`, () => {
        const { outputs, words } = play(session, [0, received(octets)]);
        assert.deepEqual(words, [`1: NOTIFICATION ${reason}`, 'close 1', `${state} -> Idle`]);
        const sent = outputs.find((output) => output.type === 'send')!;
        const notification = read(sent.octets);
        assert.ok(notification.type === 'notification');
        assert.deepEqual(notification.data, octets.slice(18, 19));
      });
    }
  }

  it('is judged by its type alone, whatever is in it', () => {
    const wrong = update.slice();
    wrong[20] = 9;
    assert.equal(play(openSent(), [0, received(wrong)]).words[0], '1: NOTIFICATION unexpected-in-open-sent');
  });
});

describe('a message that is wrong', () => {
  it('ends the session in every state in which there may be one', () => {
    const wrong = keepalive.slice();
    wrong[0] = 0;
    for (const session of [openSent(), openConfirm(), established()]) {
      const { words } = play(session, [0, received(wrong)]);
      assert.deepEqual(words, ['1: NOTIFICATION marker', 'close 1', `${session.state} -> Idle`]);
    }
  });

  it('is seen after the good ones before it', () => {
    const octets = Buffer.concat([open, keepalive, keepalive, Uint8Array.of(...new Uint8Array(19))]);
    const { words } = play(openSent(), [0, received(octets)]);
    assert.deepEqual(words.slice(-3), ['1: NOTIFICATION marker', 'close 1', 'Established -> Idle']);
  });

  it('ends nothing but is reported where routes can be told for certain (RFC 7606)', () => {
    const octets = readVector('bgp/update-ipv4').bytes;
    octets[26] = 3;
    const { session, outputs, words } = play(established(), [0, received(octets)]);
    assert.deepEqual(words, []);
    assert.equal(session.state, 'Established');
    const told = outputs.find((output) => output.type === 'report');
    assert.deepEqual(told?.report, {
      kind: 'faulty-update',
      faults: [{ attribute: 1, reason: 'origin', treatment: 'treat-as-withdraw' }],
      prefixes: [prefixOf(ip('198.51.100.10'), 32)],
      octets,
    });
  });

  it('is reported with all its octets when it is an UPDATE that ends the session (RFC 7606 6)', () => {
    const octets = readVector('bgp/update-ipv4').bytes;
    octets[octets.length - 5] = 33;
    const { outputs, words } = play(established(), [0, received(octets)]);
    assert.deepEqual(words, ['1: NOTIFICATION network-field', 'close 1', 'Established -> Idle']);
    const told = outputs.flatMap((output) => (output.type === 'report' ? [output.report] : []));
    assert.deepEqual(told[0], { kind: 'refused-update', octets });
    assert.equal(told[1]?.kind, 'closed');
  });

  it('is judged by whose AS the peer is of', () => {
    const internal = readVector('bgp/update-internal').bytes;
    const faults = (session: Session) => play(session, [0, received(internal)]).outputs.length;
    assert.equal(faults(established()), 1);
    assert.equal(faults(established({ peerAs: 'internal' }, { as: 64512, capabilities: [mp4, own] })), 0);
  });

  it('comes cut into octets as well', () => {
    let session = openSent();
    for (const octet of Buffer.concat([open, keepalive]))
      session = play(session, [0, received(Uint8Array.of(octet))]).session;
    assert.equal(session.state, 'Established');
  });
});
