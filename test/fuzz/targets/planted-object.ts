import { objectForm } from '../forms/objects.js';
import type { Target } from '../fuzzer.js';

const schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        mode: { type: 'string', enum: ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight'] },
        count: { type: 'integer', minimum: 0, maximum: 255 },
        entries: { type: 'array', items: { type: 'object', properties: { name: { type: 'string' } } } },
      },
    },
  },
};

const seed = { spec: { mode: 'one', entries: [{ name: 'lan' }] } };

type Planted = { spec?: { mode?: unknown; count?: unknown; entries?: { name?: unknown }[] } | null } | null;

/** A defect that only an object shows which its schema admits: three entries of one name, a mode and a bound. */
export const target: Target<unknown> = {
  form: objectForm(schema, [seed]),
  seeds: [seed],

  run(input) {
    const { mode, count, entries } = (input as Planted)?.spec ?? {};
    if (!Array.isArray(entries) || entries.length < 3) return;
    if (!entries.every((each) => each?.name === 'lan')) return;
    if (mode !== 'seven') return;
    if (count !== 255) return;
    throw new Error('the planted defect');
  },
};
