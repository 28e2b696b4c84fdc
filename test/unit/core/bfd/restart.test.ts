import assert from 'node:assert/strict';
import { InvariantError } from '../../../../src/core/assert.js';
import {
  type Checkpoint,
  checkpointFault,
  checkpointOf,
  restartTiming,
  resumeSession,
} from '../../../../src/core/bfd/restart.js';
import type { Session } from '../../../../src/core/bfd/session.js';
import { detectAt, neighborPatience, transmitInterval } from '../../../../src/core/bfd/timers.js';
import { defaultTiming } from '../../../../src/core/bfd/timing.js';
import { hears, identity, init, ms, neighborDiscriminator, play, sent, time, up } from './given.js';

describe('the timing of a planned restart', () => {
  it('makes the neighbour wait for the silence that is asked for', () => {
    assert.deepEqual(restartTiming(defaultTiming, ms(15_000)), { ...defaultTiming, desiredMinTx: ms(5000) });
    assert.equal(restartTiming(defaultTiming, 10_000_000 + 1)!.desiredMinTx, 3_333_334);
  });

  it('never shortens an interval', () => {
    assert.deepEqual(restartTiming(defaultTiming, ms(100)), defaultTiming);
  });

  it('is none when no interval is that long', () => {
    assert.equal(restartTiming(defaultTiming, ms(180_001)), undefined);
    assert.ok(restartTiming(defaultTiming, ms(180_000)));
  });
});

describe('a BFD session before a planned restart', () => {
  it('has nothing to go on with unless it is Up and its timing is agreed on', () => {
    assert.equal(checkpointOf(init()), undefined);
    const { session, now } = up();
    const raised = play(session, [
      now,
      { type: 'configure', config: restartTiming(session.config, ms(15_000))! },
    ]).session;
    assert.equal(checkpointOf(raised), undefined);
    const asked = play(raised, time(raised.deadline)).session;
    assert.equal(checkpointOf(asked), undefined);
    assert.equal(neighborPatience(asked), ms(900), 'the neighbour has promised nothing yet');
    const { session: agreed, words } = play(asked, hears(now + ms(260), 'Up', { final: true }));
    assert.deepEqual(words, ['timing-agreed']);
    assert.ok(checkpointOf(agreed));
    assert.equal(neighborPatience(agreed), ms(15_000));
  });

  it('has nothing to go on with when its neighbour is not Up', () => {
    const { session, now } = up();
    assert.equal(checkpointOf(play(session, hears(now, 'Init')).session), undefined);
  });
});

describe('a BFD session after a planned restart', () => {
  it('is what it was: Up, with the same discriminators, port and timing', () => {
    const { session } = resumed();
    assert.equal(session.state, 'Up');
    const { localDiscriminator, sourcePort, neighbor } = session;
    assert.deepEqual({ localDiscriminator, sourcePort }, identity);
    assert.deepEqual([neighbor.discriminator, neighbor.detectMult], [neighborDiscriminator, 3]);
  });

  it('sends Up at once and asks for the usual timing by a poll', () => {
    const { session, now } = resumed();
    const { outputs, words } = play(session, time(now));
    assert.deepEqual(words, ['send Up P']);
    assert.deepEqual(
      sent(outputs).map(({ desiredMinTx, yourDiscriminator }) => [desiredMinTx, yourDiscriminator]),
      [[ms(300), neighborDiscriminator]],
    );
    assert.equal(transmitInterval(session), ms(300), 'more often is allowed at once');
  });

  it('is Down when the neighbour did not wait', () => {
    const { session, now } = resumed();
    const { words } = play(session, time(now), hears(now + 1, 'Down', { yourDiscriminator: 0 }));
    assert.equal(words.at(-1), 'Up -> Down (neighbor-down)');
  });

  it('is Down when nothing is heard for a detection time from its start', () => {
    const { session, now } = resumed();
    assert.equal(detectAt(session), now + ms(900));
    assert.equal(play(session, time(now + ms(900))).session.state, 'Down');
  });

  it('is resumed from what JSON makes of a checkpoint', () => {
    const { checkpoint, now } = left();
    const read = JSON.parse(JSON.stringify(checkpoint)) as Checkpoint;
    assert.equal(checkpointFault(read), undefined);
    assert.deepEqual(resume(read, now), resume(checkpoint, now));
  });

  const wrong: readonly (readonly [string, (good: Checkpoint) => Checkpoint])[] = [
    ['localDiscriminator', (good) => ({ ...good, localDiscriminator: 0 })],
    ['sourcePort', (good) => ({ ...good, sourcePort: 3784 })],
    ['neighborDiscriminator', (good) => ({ ...good, neighborDiscriminator: 2 ** 32 })],
    ['advertised.desiredMinTx', (good) => ({ ...good, advertised: { ...good.advertised, desiredMinTx: 1 } })],
    ['neighborTiming.detectMult', (good) => ({ ...good, neighborTiming: { ...good.neighborTiming, detectMult: 0 } })],
    [
      'neighborTiming.desiredMinTx',
      (good) => ({ ...good, neighborTiming: { ...good.neighborTiming, desiredMinTx: -1 } }),
    ],
    [
      'neighborTiming.requiredMinRx',
      (good) => ({ ...good, neighborTiming: { ...good.neighborTiming, requiredMinRx: 0.5 } }),
    ],
  ];
  for (const [field, spoil] of wrong) {
    it(`is not resumed from a checkpoint with a bad ${field}, which is named`, () => {
      const { checkpoint, now } = left();
      const bad = spoil(checkpoint);
      assert.match(checkpointFault(bad) ?? '', new RegExp(`^${field} -?[\\d.]+( us)? is not `));
      assert.throws(() => resume(bad, now), InvariantError);
    });
  }
});

function left(): { checkpoint: Checkpoint; now: number } {
  const { session, now } = up();
  const config = restartTiming(session.config, ms(15_000))!;
  const raised = play(session, [now, { type: 'configure', config }]).session;
  const asked = play(raised, time(raised.deadline)).session;
  const agreed = play(asked, hears(now + ms(260), 'Up', { final: true })).session;
  return { checkpoint: checkpointOf(agreed)!, now: now + ms(6860) };
}

function resume(checkpoint: Checkpoint, now: number): Session {
  return resumeSession({ checkpoint, config: defaultTiming, now, random: 0 });
}

function resumed(): { session: Session; now: number } {
  const { checkpoint, now } = left();
  return { session: resume(checkpoint, now), now };
}
