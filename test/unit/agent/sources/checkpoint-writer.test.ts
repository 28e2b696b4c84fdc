import assert from 'node:assert/strict';
import { createCheckpointWriter } from '../../../../src/agent/sources/checkpoint-writer.js';
import { eventually } from '../../../lab/eventually.js';

interface Value {
  readonly number: number;
}

describe('a checkpoint that cannot be written', () => {
  const lines: string[] = [];
  const written: number[] = [];
  let error: Error | undefined;
  const writer = createCheckpointWriter<Value>({
    path: '/state/checkpoint',
    what: 'the groups',
    write: async (_, { number }) => {
      if (error !== undefined) throw error;
      written.push(number);
    },
    log: {
      info: (message) => void lines.push(message),
      error: (message, fields) => void lines.push(`${message}: ${(fields as { readonly reason: string }).reason}`),
    },
    quietMs: 1_000,
    againAfterMs: 5,
  });

  it('is told of once, with its path, what that means and what to do, and is a problem for as long as that lasts', async () => {
    error = new Error('ENOSPC: no space left on device');
    for (const number of [1, 2]) {
      writer.save({ number });
      await writer.idle();
    }
    const text =
      '/state/checkpoint is not saved, and a start without the API server would not know the groups: ' +
      'see that its folder has room and can be written to';
    assert.deepEqual(lines, [`checkpoint not saved: ${text}`]);
    assert.equal(writer.problem(), `${text}: ENOSPC: no space left on device`);
  });

  it('is written when there is room again, the latest of it and without another change', async () => {
    error = undefined;
    await eventually('it is saved', () => written.length > 0, { everyMs: 1 });
    assert.deepEqual(written, [2]);
    assert.equal(writer.problem(), undefined);
    assert.equal(lines.at(-1), 'checkpoint saved after all');
  });

  it('is tried again although there is ever something new to save', async () => {
    error = new Error('ENOSPC: no space left on device');
    writer.save({ number: 3 });
    await writer.idle();
    error = undefined;
    written.length = 0;
    let number = 3;
    const saves = () => {
      number += 1;
      writer.save({ number });
      return written.length > 0;
    };
    await eventually('it is saved', saves, { withinMs: 5_000, everyMs: 2 });
    assert.equal(writer.problem(), undefined);
  });
});
