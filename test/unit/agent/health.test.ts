import assert from 'node:assert/strict';
import type { MemberReport } from '../../../src/agent/engine/messages.js';
import { type Readiness, readinessOf, readyRoute, sourceText } from '../../../src/agent/health.js';
import { hungText, observed } from '../../../src/agent/liveness.js';

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

  const answerTo = (readiness: Readiness) => readyRoute(async () => readiness)('/readyz');

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

  const well = { problem: () => undefined, configured: () => true, unnamed: () => undefined };
  const inTouch = { problem: () => undefined, refused: (): readonly string[] => [] };
  const lost = { ...inTouch, problem: () => 'nothing heard' };
  const unnamed = (byHand: boolean) => ({ ...well, unnamed: () => ({ text: 'no group names node a', byHand }) });
  const members = [
    { group: 'web', state: 'Active' },
    { group: 'mail', state: 'Initialize', message: 'eth0 is down' },
  ] as unknown as readonly MemberReport[];

  for (const [what, agent, source, reported, problems] of [
    ['starts', undefined, undefined, undefined, ['starting']],
    ['knows no groups', { ...well, configured: () => false }, inTouch, { members }, ['no groups known yet']],
    ['hangs', { ...well, problem: () => 'it hangs' }, inTouch, undefined, ['it hangs']],
    ['does not answer', well, inTouch, { engine: 'no answer' }, ['no answer']],
    ['is out of touch', well, lost, { members }, ['nothing heard']],
    ['has a name that nobody wrote', unnamed(true), inTouch, { members: [] }, ['no group names node a']],
    ['is a node of a cluster without groups', unnamed(false), inTouch, { members: [] }, []],
    ['has a group in which it cannot take part', well, inTouch, { members }, []],
  ] as const) {
    it(`of one that ${what} is ${problems.length === 0 ? 'ready' : 'not ready'}`, () => {
      const found = readinessOf(agent, source, reported);
      assert.deepEqual(
        found.problems.filter((each) => each !== undefined),
        problems,
      );
    });
  }

  it('names what is refused, and groups in which the node takes no part', () => {
    const { notes } = readinessOf(well, { ...inTouch, refused: () => ['web.yaml: wrong'] }, { members });
    assert.deepEqual(notes, ['web.yaml: wrong', 'group mail: eth0 is down']);
  });

  it('says ok of the source only while there is nothing to say of it', () => {
    assert.equal(sourceText(undefined), 'starting');
    assert.equal(sourceText(inTouch), 'ok');
    assert.equal(sourceText(lost), 'nothing heard');
    assert.equal(sourceText({ ...lost, refused: () => ['web.yaml: wrong'] }), 'nothing heard; web.yaml: wrong');
  });
});
