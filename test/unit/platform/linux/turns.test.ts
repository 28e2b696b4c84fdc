import assert from 'node:assert/strict';
import { inTurn, newTurns, type Turns } from '../../../../src/platform/linux/turns.js';
import { createManualClock, type ManualClock } from '../kubernetes/manual-clock.js';

describe('of those who take turns', () => {
  let clock: ManualClock;
  let turns: Turns;
  let begun: string[];
  let end: Map<string, () => void>;
  const soon = () => new Promise((resolve) => setImmediate(resolve));

  beforeEach(() => {
    clock = createManualClock();
    turns = newTurns({ most: 2, mostHung: 1, patienceMs: 1_000 });
    begun = [];
    end = new Map();
  });

  /** Begins works that end when they are told to. @param names `key`, or `key/which` */
  const come = async (...names: readonly string[]) => {
    for (const name of names)
      void inTurn(
        turns,
        name.split('/')[0]!,
        () => {
          begun.push(name);
          return new Promise<void>((resolve) => end.set(name, resolve));
        },
        clock.after,
      );
    await soon();
  };
  const ends = async (name: string) => {
    end.get(name)!();
    await soon();
  };

  it('no more than so many are at work, and the others follow in the order in which they came', async () => {
    await come('a', 'b', 'c', 'd');
    assert.deepEqual(begun, ['a', 'b']);
    await ends('b');
    assert.deepEqual(begun, ['a', 'b', 'c']);
    await come('e');
    await ends('c');
    assert.deepEqual(begun, ['a', 'b', 'c', 'd'], 'nobody who comes now gets in between');
    for (const each of ['a', 'd', 'e']) await ends(each);
    assert.deepEqual([turns.working, turns.hung, turns.busy.size], [0, 0, 0]);
  });

  it('two that hang hold nobody else up, for one of them somebody else begins; a third one does', async () => {
    await come('dead', 'dead too', 'c', 'd');
    clock.advance(999);
    await soon();
    assert.deepEqual(begun, ['dead', 'dead too']);
    clock.advance(1);
    await soon();
    assert.deepEqual(begun, ['dead', 'dead too', 'c']);
    await ends('c');
    assert.deepEqual(begun, ['dead', 'dead too', 'c', 'd'], 'one after the other');
    clock.advance(1_000);
    await come('f');
    assert.equal(begun.includes('f'), false, 'there are three that hang');
    for (const each of ['dead', 'dead too']) await ends(each);
    assert.deepEqual([begun.at(-1), turns.working, turns.hung], ['f', 1, 1]);
    for (const each of ['d', 'f']) await ends(each);
    assert.deepEqual([turns.working, turns.hung, turns.busy.size], [0, 0, 0]);
  });

  it('one that hangs keeps no more than its own turn, however many want the same, and others go before those', async () => {
    await come('dead/1', 'dead/2', 'dead/3', 'b', 'c');
    assert.deepEqual(begun, ['dead/1', 'b']);
    await ends('b');
    clock.advance(5_000);
    await ends('c');
    await come('d');
    assert.deepEqual(begun, ['dead/1', 'b', 'c', 'd']);
    await ends('dead/1');
    assert.deepEqual(begun.at(-1), 'dead/2');
  });

  it('one that fails gives its turn on, and says why it failed', async () => {
    const failing = inTurn(turns, 'a', () => Promise.reject(new Error('gone')), clock.after);
    const next = inTurn(turns, 'a', async () => 'done', clock.after);
    await assert.rejects(failing, /gone/);
    assert.equal(await next, 'done');
  });
});
