import assert from 'node:assert/strict';
import { endOfKeys, type KeyState, readKeys } from '../../../scripts/lab/keys.js';

const read = (text: string, state: KeyState = {}) => readKeys(state, text, 3).commands;
const act = (action: string, node: number) => ({ kind: 'act', action, node });
const wrong = (text: string) => ({ kind: 'wrong', text });

describe('the keys of the playground', () => {
  it('are an action and the number of a node, with or without white space', () => {
    assert.deepEqual(read('c1h 2\nt3'), [act('cut', 1), act('heal', 2), act('terminate', 3)]);
  });

  it('may come one at a time', () => {
    const first = readKeys({}, 'k', 3);
    assert.deepEqual(first.commands, []);
    assert.deepEqual(readKeys(first.state, '2', 3).commands, [act('kill', 2)]);
  });

  it('include some that stand alone', () => {
    assert.deepEqual(
      read('g?q\x03\x04').map(({ kind }) => kind),
      ['objects', 'help', 'quit', 'interrupt', 'quit'],
    );
  });

  it('that are unknown are named, and swallow nothing', () => {
    assert.deepEqual(read('xg'), [wrong('x: no such key (? lists them)'), { kind: 'objects' }]);
    assert.deepEqual(read('xc1'), [wrong('x: no such key (? lists them)'), act('cut', 1)]);
    assert.deepEqual(read('C1'), [
      wrong('C: no such key (? lists them)'),
      wrong("1: a node's number without a key before it that says what to do (? lists them)"),
    ]);
  });

  it('name a node that there is, or are told', () => {
    for (const digit of ['9', '4', '0'])
      assert.deepEqual(read(`c${digit}c1`), [
        wrong(`c${digit}: there is no node ${digit}, only 1 to 3`),
        act('cut', 1),
      ]);
  });

  it('that follow an action without a number count for themselves', () => {
    const missing = wrong("c: a node's number is missing, 1 to 3");
    assert.deepEqual(read('cg'), [missing, { kind: 'objects' }]);
    assert.deepEqual(read('ch2'), [missing, act('heal', 2)]);
    assert.deepEqual(read('c\x03'), [missing, { kind: 'interrupt' }]);
    assert.deepEqual(read('cx'), [missing, wrong('x: no such key (? lists them)')]);
  });

  it('are told when they end too soon', () => {
    const { state } = readKeys({}, 'gs', 3);
    assert.deepEqual(endOfKeys(state, 3), [wrong("s: a node's number is missing, 1 to 3")]);
    assert.deepEqual(endOfKeys({}, 3), []);
  });

  it('that a terminal sends as several characters are one', () => {
    assert.deepEqual(read('\x1b[A\x1b[15~\x1bg'), [
      wrong('^[[A: no such key (? lists them)'),
      wrong('^[[15~: no such key (? lists them)'),
      wrong('^[: no such key (? lists them)'),
      { kind: 'objects' },
    ]);
    assert.deepEqual(read('é'), [wrong('é: no such key (? lists them)')]);
  });

  it('of inherited names are unknown as well', () => {
    assert.deepEqual(readKeys({}, 'constructor', 3).commands.at(-1), wrong('o: no such key (? lists them)'));
  });
});
