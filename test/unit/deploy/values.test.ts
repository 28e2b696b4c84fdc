import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../../scripts/tools/project-root.js';
import { valuesPage } from '../../../scripts/values/page.js';
import { type Schema, type ValueRow, valueSections } from '../../../scripts/values/rows.js';

const read = (name: string) => readFileSync(join(projectRoot(), name), 'utf8');

describe('the table of values', () => {
  const schema: Schema = {
    $defs: { labels: { type: 'object', additionalProperties: { type: 'string' } } },
    properties: {
      one: {
        properties: {
          port: { type: 'integer', minimum: 1, maximum: 9 },
          labels: { $ref: '#/$defs/labels' },
          list: { type: ['array', 'null'], items: { type: 'string' } },
          budget: {
            properties: { enable: { type: 'boolean' }, most: { type: ['integer', 'string'], description: 'at most' } },
          },
        },
      },
      level: { enum: ['a', 'b'] },
    },
  };
  const yaml = `
# Of something else.

# About one.
one:
  # The first line, {#1}
  # and the second.
  port: 7     # and behind
  labels: { "a#b": "#c" } # those | that select
  list:       # in a block
    - x
  budget:
    enable: false # whether
level: a
`;
  const rows = (): readonly ValueRow[] => valueSections(yaml, schema).flatMap((section) => section.rows);

  it('takes the meaning of a value from the comments above and behind it, and from nowhere else', () => {
    const meanings = Object.fromEntries(rows().map(({ path, meaning }) => [path, meaning]));
    assert.deepEqual(meanings, {
      level: '',
      'one.port': 'The first line, {#1} and the second. and behind',
      'one.labels': 'those | that select',
      'one.list': 'in a block',
      'one.budget.enable': 'whether',
      'one.budget.most': 'at most',
    });
    assert.equal(valueSections(yaml, schema).find(({ name }) => name === 'one')!.meaning, 'About one.');
  });

  it('takes types from the schema, also what values.yaml has no default of', () => {
    const types = Object.fromEntries(rows().map(({ path, type, default: value }) => [path, [type, value]]));
    assert.deepEqual(types, {
      level: ['one of a, b', '"a"'],
      'one.port': ['integer from 1 to 9', '7'],
      'one.labels': ['map of text', '{a#b: "#c"}'],
      'one.list': ['list of text', '[x]'],
      'one.budget.enable': ['boolean', 'false'],
      'one.budget.most': ['integer or text', undefined],
    });
  });

  it('names a value that the schema does not know', () => {
    assert.throws(() => valueSections('one: { x: 1 }', schema), /does not know one\.x/);
    assert.throws(() => valueSections('one: [', schema), /values\.yaml cannot be read/);
  });

  it('keeps a bar in a meaning from ending the cell', () => {
    assert.match(valuesPage(valueSections(yaml, schema)), /\| those \\\| that select \|/);
  });

  it('says of every value of the chart what it is for', () => {
    const sections = valueSections(read('values.yaml'), JSON.parse(read('values.schema.json')) as Schema);
    const all = sections.flatMap((section) => section.rows);
    assert.ok(all.length > 80, String(all.length));
    const silent = all.filter(({ meaning }) => meaning === '').map(({ path }) => path);
    assert.deepEqual(silent, []);
  });
});
