// A bounded part of test/bench/hostile.ts, which has every attack and says what each costs.
import assert from 'node:assert/strict';
import { everybodyIsBack } from '../lab/election.js';
import { attacks } from '../lab/hostile/attacks.js';
import { observe } from '../lab/hostile/observe.js';
import { groups, holders, openStage, type Stage } from '../lab/hostile/stage.js';
import { requireRouters } from '../lab/routers/packages.js';

/** Short, and as many frames as a machine that runs other tests as well can send. */
const scale = { seconds: 0.7, storm: 20_000 };

describe('a hostile host on the LAN', function () {
  this.timeout(120_000);
  let stage: Stage;

  before(async function () {
    await requireRouters(this, 'bird');
    stage = await openStage(`e2ehostile${process.pid}`);
  });
  after(() => stage?.lab.close());

  for (const { name, expected, run } of attacks.filter((attack) => attack.expected === 'nothing'))
    it(`moves no address and no route, delays no advert and grows no memory by ${name}`, async () => {
      const before = await holders(stage);
      const outcome = await observe(stage, () => run(stage, scale));
      const said = JSON.stringify({ ...outcome, warnings: [] });
      assert.equal(expected, 'nothing');
      assert.deepEqual(await holders(stage), before, said);
      assert.deepEqual([outcome.leaderships, outcome.lost, outcome.routeChanges, outcome.late], [0, {}, 0, 0], said);
      assert.ok(outcome.grownMiB < 20, said);
      assert.ok(outcome.lines < 100, said);
    });

  it('who claims addresses by ARP and ND has them for ten seconds longer at most, and the nodes say so', async () => {
    const claims = attacks.find((attack) => attack.name.startsWith('virtual addresses claimed'))!;
    const outcome = await observe(stage, () => claims.run(stage, { ...scale, seconds: 1.5 }));
    assert.ok(outcome.backMs < 12_000, `${outcome.backMs} ms`);
    assert.equal(outcome.leaderships, 0);
    assert.match(outcome.warnings.join('\n'), /address conflict/);
  });

  it('with a stolen key leads a group for as long as it sends, and no longer', async () => {
    const stolen = attacks.find(({ expected }) => expected === 'signed')!;
    const before = await holders(stage);
    await stolen.run(stage, { ...scale, seconds: 1.5 });
    const leader = await everybodyIsBack({ client: stage.client, nodes: stage.nodes, vip: groups.signed.vip });
    const after = await holders(stage);
    assert.equal(after.signed, leader.name);
    assert.deepEqual({ ...after, signed: '' }, { ...before, signed: '' });
  });
});
