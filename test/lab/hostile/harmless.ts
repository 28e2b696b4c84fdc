/** What is asserted of an attack that is to come to nothing. */
import assert from 'node:assert/strict';
import type { Attack, Scale } from './attacks.js';
import { observe } from './observe.js';
import { holders, type Stage } from './stage.js';

/** It moves no address and no route, loses no probe, delays no advert, grows no memory and fills no log. */
export async function isHarmless(stage: Stage, { expected, run }: Attack, scale: Scale): Promise<void> {
  const before = await holders(stage);
  const outcome = await observe(stage, () => run(stage, scale));
  const said = JSON.stringify({ ...outcome, warnings: [] });
  assert.equal(expected, 'nothing');
  assert.deepEqual(await holders(stage), before, said);
  assert.deepEqual([outcome.leaderships, outcome.lost, outcome.routeChanges, outcome.late], [0, {}, 0, 0], said);
  assert.ok(outcome.grownMiB < 20, said);
  assert.ok(outcome.lines < 100, said);
}
