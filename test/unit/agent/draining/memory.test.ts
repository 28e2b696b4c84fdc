import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holdsForMs } from '../../../../src/agent/draining/drainer.js';
import { drainingMemory } from '../../../../src/agent/draining/kernel.js';
import { memoryPath, parseMemory, saveMemory } from '../../../../src/agent/draining/memory.js';
import { died, type History, led, recent, self } from '../../../../src/core/draining/history.js';

describe('who led, on disk', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'leaders-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const history = led(led([], '192.0.2.1', 5), self, 7);
  const saved = async (histories: ReadonlyMap<string, History>) => {
    const path = memoryPath(folder, 'n1');
    await saveMemory(path, 'boot', histories);
    return readFileSync(path, 'utf8');
  };

  it('is taken away once, and what is not there is no fault', async () => {
    await saved(new Map([['192.0.2.100', history]]));
    const path = memoryPath(folder, 'n1');
    const memory = drainingMemory(path, { warn: assert.fail });
    assert.deepEqual([await memory.forget(), await memory.forget()], [true, false]);
    assert.ok(!existsSync(path));
  });

  it('is known again after a restart, at the end of every lead', async () => {
    const text = await saved(new Map([['192.0.2.100', history]]));
    assert.deepEqual(
      parseMemory(text, 'boot', 9),
      new Map([
        [
          '192.0.2.100',
          [
            { leader: self, until: 9 },
            { leader: '192.0.2.1', until: 7 },
          ],
        ],
      ]),
    );
  });

  it('has leads end when an agent was here last, not when one comes back after days', async () => {
    const path = memoryPath(folder, 'n1');
    const memory = drainingMemory(path, { warn: assert.fail });
    await memory.save(new Map([['192.0.2.100', history]]));
    const now = 1e12;
    const until = async () => (await memory.load(now)).get('192.0.2.100')?.[0]?.until ?? assert.fail();
    assert.equal(await until(), now);
    const awayMs = 3 * 86_400_000;
    const then = new Date(Date.now() - awayMs);
    utimesSync(path, then, then);
    const off = (await until()) - (now - (awayMs - holdsForMs) * 1_000);
    assert.ok(Math.abs(off) < 60_000_000, `${off} us`);
    assert.deepEqual(recent((await memory.load(now)).get('192.0.2.100')!, 3_600_000_000, now), []);
    await memory.holds();
    assert.ok(Date.now() - statSync(path).mtimeMs < 60_000);
    assert.equal(await until(), now);
  });

  it('is not known after the machine was started anew', async () => {
    assert.equal(parseMemory(await saved(new Map([['192.0.2.100', history]])), 'another', 9).size, 0);
  });

  it('has nobody who is dead', async () => {
    const text = await saved(new Map([['192.0.2.100', died(history, '192.0.2.1', 5)]]));
    assert.deepEqual(parseMemory(text, 'boot', 9).get('192.0.2.100'), [{ leader: self, until: 9 }]);
  });

  it('takes nothing that is not of its form', () => {
    assert.throws(() => parseMemory('{"form":2,"histories":[]}', 'boot', 0), /not of form 1/);
    assert.throws(() => parseMemory('no JSON', 'boot', 0));
    assert.throws(() => parseMemory('null', 'boot', 0), /no JSON object/);
    const odd = [['192.0.2.100', [['nobody', 3], ['192.0.2.1', 'x'], ['192.0.2.2', 4], 7]], ['name', []], 3];
    assert.deepEqual(
      parseMemory(JSON.stringify({ form: 1, boot: 'boot', histories: odd }), 'boot', 9),
      new Map([['192.0.2.100', [{ leader: '192.0.2.2', until: 4 }]]]),
    );
  });
});
