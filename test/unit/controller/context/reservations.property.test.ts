// Two real deciders on one store, through random histories of loss, delay, disorder and death.
import assert from 'node:assert/strict';
import { type Counts, calm, createHistory, type Rates, stormy } from '../histories/history.js';

const histories = Number(process.env.OPENELB_HISTORIES ?? 60);

describe('two controllers and one store', function () {
  this.timeout(600_000);

  const play = async (rates: Rates, controllers = 2): Promise<Counts> => {
    const sum: Counts = { writes: 0, kills: 0, refused: 0, moved: 0, lostEvents: 0, earlyEvents: 0 };
    for (let seed = 1; seed <= histories; seed++) {
      const history = createHistory(seed, controllers, { rates });
      for (let step = 0; step < 400; step++) await history.step();
      await history.end();
      for (const name of Object.keys(sum) as (keyof Counts)[]) sum[name] += history.counts[name];
    }
    return sum;
  };
  /** Else a test that found nothing proves little. */
  const proves = (counts: Counts, ...names: (keyof Counts)[]) => {
    for (const name of names) assert.ok(counts[name] > histories / 2, `only ${counts[name]} ${name}`);
  };

  it('never give one address to two Services or two groups, and leave none without, whatever order, loss and death', async () => {
    const counts = await play(stormy);
    proves(counts, 'refused', 'moved', 'kills', 'lostEvents', 'earlyEvents');
  });

  it('nor where no event is ever lost, but each kind comes very late', async () => {
    const counts = await play({ ...stormy, lostEvent: 0, earlyEvent: 0, late: 0.2 });
    proves(counts, 'refused', 'moved');
  });

  it('nor does one alone, whose watches lose and confuse events', async () => {
    const counts = await play({ ...calm, late: 0.05, lostEvent: 0.2, earlyEvent: 0.1, relist: 0.05 }, 1);
    proves(counts, 'moved', 'lostEvents', 'earlyEvents');
  });

  for (const when of ['before', 'after'] as const) {
    it(`lose and double nothing when one is killed ${when} any of its writes`, async () => {
      const undisturbed = createHistory(7, 1);
      undisturbed.act(30);
      await undisturbed.end();
      const { writes } = undisturbed.counts;
      assert.ok(writes >= 10, `${writes} writes`);
      for (let at = 0; at < writes; at++) {
        const history = createHistory(7, 1, { kill: { at, when } });
        history.act(30);
        await history.end();
        assert.equal(history.counts.kills, 1);
      }
    });
  }
});
