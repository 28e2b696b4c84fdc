import assert from 'node:assert/strict';
import { lengthOf, outageOf, type Probe, silencesOf } from '../../lab/silence.js';

const answered = (sentAt: number, by = 'a'): Probe => ({ sentAt, answeredAt: sentAt + 100, by });
const lost = (sentAt: number): Probe => ({ sentAt });

describe('the silences in a record of probes', () => {
  it('are none when every probe was answered', () => {
    assert.deepEqual(silencesOf([answered(0), answered(1000), answered(2000)]), []);
  });

  it('reach from the last answered probe to the first one answered again, and name who answered', () => {
    const silences = silencesOf([answered(0), lost(1000), lost(2000), answered(3000, 'b'), answered(4000, 'b')]);
    assert.deepEqual(silences, [{ from: 0, to: 3000, before: 'a', after: 'b', lost: 2 }]);
    assert.equal(lengthOf(silences[0]!), 3000);
  });

  it('stay apart when a single answer lies between them', () => {
    const silences = silencesOf([answered(0), lost(1), answered(2), lost(3), answered(4)]);
    assert.deepEqual(
      silences.map(({ from, to }) => [from, to]),
      [
        [0, 2],
        [2, 4],
      ],
    );
  });

  it('have no end while nobody answers, and begin with the first probe when nobody ever did', () => {
    const [silence] = silencesOf([lost(5), lost(6)]);
    assert.deepEqual(silence, { from: 5, lost: 2 });
    assert.equal(lengthOf(silence!), Number.POSITIVE_INFINITY);
  });

  it('make one outage, from the first lost probe to the last', () => {
    const probes = [answered(0), lost(1), answered(2), lost(3), lost(4), answered(5, 'b')];
    assert.deepEqual(outageOf(probes), { from: 0, to: 5, before: 'a', after: 'b', lost: 3 });
    assert.equal(outageOf([answered(0), answered(1)]), undefined);
  });
});
