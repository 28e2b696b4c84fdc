import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { replay } from './transcript.js';

// Transcripts are read where they are written, not from the build.
const folder = 'test/scenario/vrrp';

describe('the virtual router, transcript by transcript', () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.txt'));

  it('has transcripts', () => {
    assert.ok(files.length >= 10);
  });

  for (const file of files) {
    const text = readFileSync(join(folder, file), 'utf8');
    it(`${file}: ${text.split('\n')[0]}`, () => {
      const replayed = replay(text);
      // Commit an updated transcript only when the cause of each changed line is understood.
      if (process.env.UPDATE_SCENARIOS === '1') writeFileSync(join(folder, file), replayed);
      else assert.equal(replayed, text, 'run with UPDATE_SCENARIOS=1 to rewrite the transcript');
    });
  }
});

describe('a transcript', () => {
  it('that promises another output than there is does not replay to itself', () => {
    const text = readFileSync(join(folder, 'owner.txt'), 'utf8');
    const wrong = text.replace('advertise 255', 'advertise 254');
    assert.notEqual(wrong, text);
    assert.notEqual(replay(wrong), wrong);
  });

  it('that promises another deadline than there is does not replay to itself', () => {
    const text = readFileSync(join(folder, 'owner.txt'), 'utf8');
    const wrong = text.replace(/until [0-9.]+/, 'until 1');
    assert.notEqual(replay(wrong), wrong);
  });
});
