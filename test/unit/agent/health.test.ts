import assert from 'node:assert/strict';
import { hungText, observed, type Readiness, readyRoute } from '../../../src/agent/health.js';

describe("the agent's health", () => {
  it('is bad when the engine has not moved for 5 s, as seen by looks in between', () => {
    let liveness = observed(undefined, 7, 0);
    for (let now = 1_000; now < 5_000; now += 1_000) {
      liveness = observed(liveness, 7, now);
      assert.equal(hungText(liveness, now), undefined);
    }
    liveness = observed(liveness, 7, 6_000);
    assert.equal(hungText(liveness, 6_000), 'the engine thread has not moved for 6 s');
    assert.equal(hungText(observed(liveness, 8, 7_000), 7_000), undefined);
  });

  const answerTo = (readiness: Readiness) => readyRoute(async () => readiness)();

  it('is not ready with every problem named, whatever else there is to say', async () => {
    const answer = await answerTo({ problems: ['no groups known yet', undefined, 'it hangs'], notes: ['x'] });
    assert.deepEqual(answer, { status: 503, body: 'no groups known yet\nit hangs\n' });
  });

  it('is ready, and says what is amiss all the same', async () => {
    const answer = await answerTo({ problems: [undefined], notes: ['group web: eth0 is down'] });
    assert.deepEqual(answer, { status: 200, body: 'ready, but:\ngroup web: eth0 is down\n' });
  });

  it('is ok when there is nothing to say', async () => {
    assert.deepEqual(await answerTo({ problems: [undefined], notes: [] }), { status: 200, body: 'ok\n' });
  });
});
