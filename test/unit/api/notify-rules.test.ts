import assert from 'node:assert/strict';
import { problemsText } from '../../../src/api/problem.js';
import { validateEip, validateVipGroup } from '../../../src/api/validate.js';

const textOf = (notify: unknown) => {
  const spec = { address: '192.0.2.1', protocol: 'vip', interface: 'eth0', vrrp: { notify } };
  const checked = validateEip({ metadata: { name: 'pool' }, spec }, { strict: false });
  return checked.ok ? '' : problemsText(checked.problems);
};

describe('the notify hooks of an Eip', () => {
  it('may have every setting', () =>
    assert.equal(
      textOf([
        { command: 'routes.sh' },
        { command: 'cloud.py', args: ['--zone', 'a'], states: ['Active', 'Backup', 'Fault', 'Stop'], timeout: '5m' },
      ]),
      '',
    ));

  for (const [claim, hook, text] of [
    ['without a program', {}, /^spec\.vrrp\.notify\[0\]\.command: is missing/],
    [
      'of a program by a path',
      { command: '/bin/sh' },
      /notify\[0\]\.command: is "\/bin\/sh": .*--checks-dir: no slash/,
    ],
    ['of a program outside', { command: '..' }, /\.command: is "\.\."/],
    ['in a state that is none', { command: 'a', states: ['MASTER'] }, /\.states\[0\]: is "MASTER": .* Active, Backup/],
    ['in no state', { command: 'a', states: [] }, /\.states: is /],
    ['with a timeout that is none', { command: 'a', timeout: 'soon' }, /\.timeout: is "soon": .*duration/],
    ['that may take for ever', { command: 'a', timeout: '1h' }, /\.timeout: is "1h": it must be 100ms to 5m/],
  ] as const) {
    it(`are refused ${claim}`, () => assert.match(textOf([hook]), text));
  }

  it('are refused in a VipGroup at their place, and when they are misspelt in a manifest', () => {
    const vrrp = { virtualRouterId: 1, notify: [{ command: 'a', state: ['Active'] }] };
    const checked = validateVipGroup(
      {
        apiVersion: 'network.kubesphere.io/v1alpha2',
        kind: 'VipGroup',
        metadata: { name: 'g' },
        spec: { protocol: 'vip', interface: 'eth0', addresses: ['192.0.2.1'], members: [], vrrp },
      },
      { strict: true },
    );
    assert.ok(!checked.ok);
    assert.match(problemsText(checked.problems), /^spec\.vrrp\.notify\[0\]\.state/);
  });
});
