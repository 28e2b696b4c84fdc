// A part of what `longer` has.
import assert from 'node:assert/strict';
import { attacks } from '../lab/hostile/attacks.js';
import { isHarmless } from '../lab/hostile/harmless.js';
import { openStage, type Stage } from '../lab/hostile/stage.js';
import { requireRouters } from '../lab/routers/packages.js';

const scale = { seconds: 0.7, storm: 20_000 };
const names = [
  'adverts in members’ names, signed groups, every priority',
  'recorded adverts of all groups, sent again',
  'storm of ARP requests for virtual and for other addresses',
  'BFD in the router’s name, discriminators by chance',
  'connections to the metrics port with headers that have no end',
];

describe('a hostile host on the LAN, for a short while', function () {
  this.timeout(120_000);
  let stage: Stage;

  before(async function () {
    await requireRouters(this, 'bird');
    stage = await openStage(`hostile${process.pid}`);
  });
  after(() => stage?.lab.close());

  for (const name of names)
    it(`moves no address and no route, delays no advert and grows no memory by ${name}`, async () => {
      const attack = attacks.find((each) => each.name === name);
      assert(attack !== undefined, 'it is among the attacks');
      await isHarmless(stage, attack, scale);
    });
});
