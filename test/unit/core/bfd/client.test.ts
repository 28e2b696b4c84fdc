import assert from 'node:assert/strict';
import { type Meaning, meaningOf } from '../../../../src/core/bfd/client.js';
import type { Input, Session } from '../../../../src/core/bfd/session.js';
import type { Micros } from '../../../../src/core/time.js';
import { down, hears, init, ms, play, time, up } from './given.js';

const anew = { myDiscriminator: 0x0d00_0001, yourDiscriminator: 0 };

describe('to the client of a BFD session', () => {
  const changes: readonly (readonly [string, Session, readonly [Micros, Input], Meaning | undefined])[] = [
    ['the handshake', down(), hears(ms(10), 'Down'), undefined],
    ['Up', init(), hears(ms(20), 'Init'), 'alive'],
    ['a silent neighbour that was Up', up().session, time(up().now + ms(900)), 'failed'],
    ['the neighbour’s word that it is Down', up().session, hears(ms(2000), 'Down'), 'failed'],
    ['a neighbour that has begun anew', up().session, hears(ms(2000), 'Down', anew), 'unwatched'],
    ['a path that is known to be down', up().session, [ms(2000), { type: 'path-down' }], 'failed'],
    ['a neighbour that was switched off', up().session, hears(ms(2000), 'AdminDown'), 'unwatched'],
    ['its own session switched off', up().session, [ms(2000), { type: 'admin-down' }], 'unwatched'],
    ['a handshake that comes to nothing', init(), time(ms(3010)), undefined],
    ['a neighbour that is switched off during the handshake', init(), hears(ms(2000), 'AdminDown'), undefined],
    ['a session switched off that was never Up', init(), [ms(20), { type: 'admin-down' }], undefined],
  ];
  for (const [what, session, input, meaning] of changes) {
    it(`${what} means ${meaning ?? 'nothing'}`, () => {
      const transitions = play(session, input).outputs.filter((output) => output.type === 'transition');
      assert.deepEqual(transitions.map(meaningOf), [meaning]);
    });
  }

  it('a neighbour without BFD is no fault: no change is ever told', () => {
    let session = down();
    for (let i = 0; i < 1000; i++) {
      const { session: next, words } = play(session, time(Math.max(session.deadline, 0)));
      assert.deepEqual(words, ['send Down']);
      session = next;
    }
    assert.deepEqual([session.state, session.diagnostic, session.since], ['Down', 0, 0]);
  });

  it('a neighbour that was switched off may come back', () => {
    const off = play(up().session, hears(ms(2000), 'AdminDown')).session;
    const { outputs } = play(off, hears(ms(9000), 'Down'), hears(ms(9010), 'Up'));
    const meanings = outputs.filter((output) => output.type === 'transition').map(meaningOf);
    assert.deepEqual(meanings, [undefined, 'alive']);
  });

  it('the neighbour’s own diagnostic is told with a change', () => {
    const [transition] = play(up().session, hears(ms(2000), 'Down', { diagnostic: 5 })).outputs.filter(
      (output) => output.type === 'transition',
    );
    assert.equal(transition?.neighborDiagnostic, 5);
  });
});
