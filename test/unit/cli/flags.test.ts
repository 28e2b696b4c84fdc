import assert from 'node:assert/strict';
import { type Flag, helpText, parseFlags } from '../../../src/cli/flags.js';

const flags: readonly Flag[] = [
  { name: 'state-dir', type: 'string', value: 'DIR', default: '/var/lib/x', help: 'Where things are kept.' },
  { name: 'node-name', env: 'NODE_NAME', type: 'string', help: 'A name.' },
  { name: 'fast', type: 'boolean', help: 'Hurry.' },
  {
    name: 'count',
    type: 'string',
    help: 'How many.',
    check: (text) => (/^\d+$/.test(text) ? undefined : 'write a number'),
  },
];

const values = (args: readonly string[], env: Record<string, string> = {}) => {
  const parsed = parseFlags(flags, args, env);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.values;
};
const problem = (args: readonly string[], env: Record<string, string> = {}) => {
  const parsed = parseFlags(flags, args, env);
  assert.ok(!parsed.ok);
  return parsed.problem;
};

describe('flags', () => {
  it('take their value from the command line, then OPENELB_<FLAG>, then their other variable, then the default', () => {
    const env = { OPENELB_NODE_NAME: 'b', NODE_NAME: 'c' };
    assert.equal(values(['--node-name', 'a'], env)['node-name'], 'a');
    assert.equal(values([], env)['node-name'], 'b');
    assert.equal(values([], { NODE_NAME: 'c' })['node-name'], 'c');
    assert.equal(values([])['node-name'], undefined);
    assert.equal(values([])['state-dir'], '/var/lib/x');
  });

  it('take an empty variable for an absent one', () => {
    assert.equal(values([], { OPENELB_STATE_DIR: '' })['state-dir'], '/var/lib/x');
  });

  it('read a switch from a variable as true, false, 1 or 0 and nothing else', () => {
    assert.equal(values([], { OPENELB_FAST: 'true' }).fast, true);
    assert.equal(values([], { OPENELB_FAST: '0' }).fast, false);
    assert.equal(problem([], { OPENELB_FAST: 'yes' }), 'OPENELB_FAST=yes: it is a switch: set it to true or false');
  });

  it('name an unknown flag and the one that was probably meant', () => {
    assert.equal(problem(['--stat-dir', 'x']), 'unknown flag --stat-dir: did you mean --state-dir?');
    assert.equal(problem(['--zzz']), 'unknown flag --zzz: see --help for the flags there are');
  });

  it('name a stray argument', () => {
    assert.equal(problem(['extra']), 'unexpected argument "extra": every value belongs to a flag, see --help');
  });

  it('say what is wrong with a value and where it came from', () => {
    assert.equal(problem(['--count', 'many']), '--count "many": write a number');
    assert.equal(problem([], { OPENELB_COUNT: 'many' }), 'OPENELB_COUNT "many": write a number');
  });

  it('say when a value is missing', () => {
    assert.match(problem(['--count']), /--count.*see --help/);
  });

  it('appear in the help with value, default and variables', () => {
    const help = helpText({ usage: 'x [FLAGS]', about: 'Does.', flags });
    assert.match(help, /--state-dir DIR\n {6}Where things are kept\. \(default \/var\/lib\/x; OPENELB_STATE_DIR\)/);
    assert.match(help, /--node-name VALUE\n {6}A name\. \(OPENELB_NODE_NAME or NODE_NAME\)/);
    assert.match(help, /--fast\n/);
  });
});
