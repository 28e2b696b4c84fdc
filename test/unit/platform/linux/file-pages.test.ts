import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import {
  forgetFilePages,
  forgetPages,
  forgettable,
  programMappings,
} from '../../../../src/platform/linux/file-pages.js';

/** One mapping as in proc_pid_smaps(5), in kilobytes. */
function mapping(head: string, o: Readonly<Record<string, number>> = {}): string {
  const fields = { Rss: 8, Shared_Dirty: 0, Private_Dirty: 0, Anonymous: 0, Swap: 0, ...o };
  return [head, ...Object.entries(fields).map(([name, kb]) => `${`${name}:`.padEnd(16)}${kb} kB`), ''].join('\n');
}

const text = '00400000-00800000 r-xp 00000000 fe:00 1234    /usr/bin/node';

describe('pages of files', () => {
  it('are left where nothing but the file backs them', () => {
    assert.deepEqual(forgettable(mapping(text)), [{ start: 0x400000n, end: 0x800000n }]);
  });

  const kept: readonly [string, string][] = [
    ['what no file backs', mapping('00400000-00800000 r-xp 00000000 00:00 0 ')],
    ['what can be written', mapping('00400000-00800000 rw-p 00000000 fe:00 1234    /usr/bin/node')],
    ['what is shared with others', mapping('00400000-00800000 r--s 00000000 fe:00 1234    /usr/bin/node')],
    ['what was written before it was protected', mapping(text, { Private_Dirty: 4 })],
    ['a copy of our own', mapping(text, { Anonymous: 4 })],
    ['a copy that is swapped out', mapping(text, { Swap: 4 })],
    ['what is not resident', mapping(text, { Rss: 0 })],
    ['what the kernel says too little of', `${text}\nRss:                 8 kB\n`],
  ];
  for (const [what, smaps] of kept) {
    it(`are kept: ${what}`, () => {
      assert.deepEqual(forgettable(smaps + mapping(text.replace('00400000', '00500000'))).length, 1);
    });
  }

  it('are those of one file where that is asked for', () => {
    const library = text.replace('00400000', '00500000').replace('/usr/bin/node', '/usr/lib/x.so (deleted)');
    const found = forgettable(mapping(library) + mapping(text), '/usr/bin/node');
    assert.deepEqual(found, [{ start: 0x400000n, end: 0x800000n }]);
  });

  it('of Node itself may be left later without asking again where they are', () => {
    const program = programMappings();
    assert.ok(program.length > 0);
    const before = residentKb();
    forgetPages(program);
    assert.ok(residentKb() < before - 4096, `${residentKb()} kB of ${before} are left`);
  });

  it('of Node itself are where they were when a thread has come and gone', async () => {
    const before = programMappings();
    const thread = new Worker('setInterval(() => {}, 1_000)', { eval: true });
    await once(thread, 'online');
    await thread.terminate();
    const maps = readFileSync('/proc/self/maps', 'utf8').split('\n');
    for (const { start, end } of before) {
      const range = [start, end].map((at) => at.toString(16).padStart(8, '0')).join('-');
      const line = maps.find((each) => each.startsWith(`${range} `));
      assert.ok(line?.endsWith(process.execPath), `${range}: ${line}`);
    }
  });

  it('of this very process are some megabytes', () => {
    const before = residentKb();
    assert.ok(forgetFilePages() > 0);
    assert.ok(residentKb() < before - 4096, `${residentKb()} kB of ${before} are left`);
  });
});

function residentKb(): number {
  return Number(/^RssFile:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]);
}
