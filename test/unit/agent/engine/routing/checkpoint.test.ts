import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepCheckpoint, readBootId, readCheckpoint } from '../../../../../src/agent/engine/routing/checkpoint.js';
import type { RoutingEvent } from '../../../../../src/agent/engine/routing/contract.js';

const timing = { desiredMinTx: 300_000, requiredMinRx: 300_000, detectMult: 3 };
const bfd = {
  localDiscriminator: 1,
  sourcePort: 50_000,
  neighborDiscriminator: 2,
  advertised: timing,
  neighborTiming: timing,
};

describe('what a process leaves to the next one', () => {
  let folder: string;
  let file: string;
  let said: RoutingEvent[];
  const emit = (event: RoutingEvent) => said.push(event);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'routing-'));
    file = join(folder, 'checkpoint');
    said = [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is read as it was written', () => {
    const checkpoint = { bootId: readBootId(), bfd: { r: bfd } };
    keepCheckpoint(file, checkpoint, emit);
    assert.deepEqual(readCheckpoint(file, emit), checkpoint);
    assert.deepEqual(readdirSync(folder), ['checkpoint']);
    keepCheckpoint(file, { bootId: 'another' }, emit);
    assert.deepEqual(readCheckpoint(file, emit), { bootId: 'another', bfd: {} });
    assert.deepEqual(said, []);
  });

  it('is nothing at first, and when that process has left its routers for good', () => {
    assert.equal(readCheckpoint(file, emit), undefined);
    keepCheckpoint(file, { bootId: 'x' }, emit);
    keepCheckpoint(file, undefined, emit);
    keepCheckpoint(file, undefined, emit);
    assert.equal(readCheckpoint(file, emit), undefined);
    assert.deepEqual([said, readdirSync(folder)], [[], []]);
  });

  for (const text of ['', '{', 'null', '[]', '{"bootId": 7}', '{"bootId": "x", "bfd": null}'])
    it(`is ignored, and said to be damaged, when it is ${text || 'empty'}`, () => {
      writeFileSync(file, text);
      assert.equal(readCheckpoint(file, emit), undefined);
      assert.equal(said.length, 1);
      assert.match(JSON.stringify(said), new RegExp(`damaged.*${file}`));
    });

  it('is used as far as it has a shape', () => {
    writeFileSync(file, JSON.stringify({ bootId: 'x', bfd: { r: bfd, s: 7, t: { ...bfd, advertised: 'fast' } } }));
    assert.deepEqual(readCheckpoint(file, emit), { bootId: 'x', bfd: { r: bfd } });
  });

  it('that cannot be written is said, and all goes on', () => {
    keepCheckpoint(join(folder, 'nowhere', 'checkpoint'), { bootId: 'x' }, emit);
    assert.equal(said.length, 1);
    assert.match(JSON.stringify(said), /cannot be written.*nowhere/);
  });
});
