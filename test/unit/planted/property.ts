/** A property that does not hold, for the test of what is printed about such ones. */
import assert from 'node:assert/strict';
import fc from 'fast-check';

describe("a property's planted defect", () => {
  it('holds $nothing (at all)', () => {
    fc.assert(fc.property(fc.array(fc.nat(3)), (numbers) => assert.ok(new Set(numbers).size === numbers.length)));
  });

  it('holds $nothing (at all), later', async () => {
    await fc.assert(fc.asyncProperty(fc.string(), async (text) => assert.ok(text.length < 7)));
  });
});
