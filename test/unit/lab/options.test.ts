import assert from 'node:assert/strict';
import { parsePlaygroundOptions } from '../../../scripts/lab/options.js';

describe('the options of the playground', () => {
  it('default to staying up, with the default interval', () => {
    assert.deepEqual(parsePlaygroundOptions([]), { once: false, interval: '250ms' });
  });

  it('take an interval and --once', () => {
    assert.deepEqual(parsePlaygroundOptions(['--once', '--interval', '10ms']), { once: true, interval: '10ms' });
  });

  for (const [args, message] of [
    [['--interval', 'fast'], /--interval fast: not a duration/],
    [['--onec'], /--onec/],
    [['now'], /now/],
  ] as const) {
    it(`refuse ${args.join(' ')}, naming it`, () => {
      const options = parsePlaygroundOptions(args);
      assert.ok(typeof options === 'object' && 'wrong' in options);
      assert.match(options.wrong, message);
    });
  }
});
