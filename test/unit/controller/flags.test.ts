import assert from 'node:assert/strict';
import { parseFlags } from '../../../src/cli/flags.js';
import { command } from '../../../src/controller/command.js';
import { idsOf } from '../../../src/controller/virtual-router-id-flags.js';

describe('the flags of the controller', () => {
  it('choose the virtual router IDs', () => {
    assert.deepEqual(idsOf('10-20', '12, 15-16'), { first: 10, last: 20, reserved: new Set([12, 15, 16]) });
    assert.deepEqual(idsOf('7', ''), { first: 7, last: 7, reserved: new Set() });
  });

  for (const [flag, value] of [
    ['vrid-range', '0-255'],
    ['vrid-range', '1-256'],
    ['vrid-range', '20-10'],
    ['vrid-range', 'all'],
    ['reserved-vrids', '1,,2'],
    ['reserved-vrids', '300'],
    ['metrics-address', 'everywhere'],
    ['log-level', 'loud'],
  ] as const) {
    it(`refuse --${flag} ${value}`, () => {
      const parsed = parseFlags(command.flags, [`--${flag}`, value], {});
      assert.equal(parsed.ok, false);
      assert.match(parsed.ok ? '' : parsed.problem, new RegExp(`^--${flag} "`));
    });
  }

  it('elect a leader unless told otherwise', () => {
    const value = (env: Record<string, string>) => {
      const parsed = parseFlags(command.flags, [], env);
      return parsed.ok && parsed.values['leader-elect'];
    };
    assert.equal(value({}), true);
    assert.equal(value({ OPENELB_LEADER_ELECT: 'false' }), false);
  });
});
