import assert from 'node:assert/strict';
import { showAgain } from '../../../src/status/watch.js';

/** What is shown of some looks; an Error is a look that fails. */
async function shown(looks: readonly (string | Error)[], o: { isTTY: boolean; between?: string }) {
  const left = [...looks];
  const written: string[] = [];
  const said: unknown[] = [];
  await showAgain({
    look: async () => {
      const next = left.shift();
      if (typeof next !== 'string') throw next;
      return next;
    },
    out: { write: (text) => written.push(text), isTTY: o.isTTY },
    say: (error) => said.push(error),
    pause: async () => left.length > 0,
    between: o.between ?? '',
  });
  return { written, said };
}

describe('openelb-vip status --watch', () => {
  it('writes one after the other into a pipe, with what separates them only between two', async () => {
    const { written } = await shown(['a\n', 'b\n'], { isTTY: false, between: '---\n' });
    assert.deepEqual(written, ['a\n', '---\nb\n']);
  });

  it('writes over what stood there on a terminal, and clears the rest of each line and of the screen', async () => {
    const { written } = await shown(['long\nline\n', 'x\n'], { isTTY: true });
    assert.equal(written[1], '\u001b[Hx\u001b[K\n\u001b[K\u001b[J');
  });

  it('goes on after a look that failed, and says why it did', async () => {
    const failure = new Error('no answer');
    const { written, said } = await shown([failure, 'a\n'], { isTTY: false, between: '\n' });
    assert.deepEqual([written, said], [['a\n'], [failure]]);
  });
});
