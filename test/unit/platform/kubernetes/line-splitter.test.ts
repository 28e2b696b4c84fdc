import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createLineSplitter } from '../../../../src/platform/kubernetes/line-splitter.js';

describe('a line splitter', () => {
  it('finds the same lines wherever the bytes are cut', () => {
    const line = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\n'));
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat({ max: 200 })), (lines, cuts) => {
        const bytes = Buffer.from(lines.map((each) => `${each}\n`).join(''));
        const found: string[] = [];
        const feed = createLineSplitter((each) => found.push(each));
        let at = 0;
        for (const cut of cuts) {
          feed(bytes.subarray(at, at + cut));
          at += cut;
        }
        feed(bytes.subarray(at));
        assert.deepEqual(found, lines);
      }),
    );
  });

  it('skips empty lines and keeps back a line that has not ended', () => {
    const found: string[] = [];
    const feed = createLineSplitter((line) => found.push(line));
    feed(Buffer.from('\n\na\n\nb'));
    assert.deepEqual(found, ['a']);
  });

  it('refuses a line that is longer than its bound, whether it ends or not', () => {
    const feed = () => createLineSplitter(() => {}, 10);
    feed()(Buffer.from('0123456789\n'));
    assert.throws(() => feed()(Buffer.from('0123456789a\n')), /longer than 10 bytes/);
    const slow = feed();
    slow(Buffer.from('01234'));
    assert.throws(() => slow(Buffer.from('56789a')), RangeError);
  });
});
