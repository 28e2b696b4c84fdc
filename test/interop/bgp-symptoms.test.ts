// Reads: the table of docs/bgp.md that says what to do by symptom.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { type Lab, openLab } from '../lab/lab.js';
import { requireRouters } from '../lab/routers/packages.js';
import { failingCases } from './bgp-cases.js';
import { inMatrix, placeFor, type Symptom, symptoms } from './bgp-symptoms.js';

describe('what docs/bgp.md says to do by symptom', function () {
  this.timeout(90_000);
  let lab: Lab;
  const outcomes = new Map<Symptom, Promise<unknown>>();

  before(async function () {
    await requireRouters(this, 'frr', 'bird');
    lab = await openLab('symptoms');
    for (const [i, symptom] of symptoms.entries()) {
      const place = await placeFor(lab, i);
      outcomes.set(
        symptom,
        symptom.provoke(place).then(
          () => undefined,
          (error: unknown) => error,
        ),
      );
    }
  });
  after(() => lab?.close());

  for (const symptom of symptoms)
    it(`follows from the cause that is named: ${symptom.name}`, async () => {
      const error = await outcomes.get(symptom);
      if (error !== undefined) throw error;
    });

  it('names no symptom that is not brought about', async () => {
    const page = await readFile('docs/bgp.md', 'utf8');
    const section = page.split('\n## When it does not work\n')[1]?.split('\n## ')[0] ?? '';
    const rows = section.split('\n').flatMap((line) => /^\| (.+?) \|/.exec(line)?.[1] ?? []);
    const named = rows.filter((cell) => cell !== 'what you see' && !cell.startsWith('---'));
    const tried = [...symptoms.map(({ name }) => name), ...Object.keys(inMatrix)];
    assert.deepEqual(named.toSorted(), tried.toSorted());
    for (const name of Object.values(inMatrix))
      assert.ok(
        failingCases.some((each) => each.name === name),
        name,
      );
  });
});
