// Every attack of test/bench/hostile.ts, which says what each costs, for less than a second.
import assert from 'node:assert/strict';
import { everybodyIsBack } from '../../lab/election.js';
import { attacks } from '../../lab/hostile/attacks.js';
import { isHarmless } from '../../lab/hostile/harmless.js';
import { observe } from '../../lab/hostile/observe.js';
import { groups, holders, openStage, type Stage } from '../../lab/hostile/stage.js';
import { requireRouters } from '../../lab/routers/packages.js';

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

  for (const attack of attacks.filter(({ expected }) => expected === 'nothing'))
    it(`moves no address and no route, delays no advert and grows no memory by ${attack.name}`, () =>
      isHarmless(stage, attack, scale));

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
