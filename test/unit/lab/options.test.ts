import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parsePlaygroundOptions } from '../../../scripts/lab/options.mjs';
import { intervalProblem } from '../../../scripts/lab/pool.js';

const wrong = (args: readonly string[], env = {}) => {
  const options = parsePlaygroundOptions(args, env);
  assert.ok(typeof options === 'object' && 'wrong' in options, JSON.stringify(options));
  return options.wrong;
};

describe('the options of the playground', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'openelb-vip-options-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('default to staying up, in vip mode, with the default interval', () => {
    assert.deepEqual(parsePlaygroundOptions([], {}), { once: false, mode: 'vip', interval: '250ms' });
  });

  it('take an interval, a mode and --once', () => {
    const args = ['--once', '--interval', '10ms', '--mode=layer2'];
    assert.deepEqual(parsePlaygroundOptions(args, {}), { once: true, mode: 'layer2', interval: '10ms' });
  });

  it('are not looked at where help is asked for', () => {
    for (const flag of ['--help', '-h'])
      assert.equal(parsePlaygroundOptions(['--mode', 'ospf', flag], { KUBEBUILDER_ASSETS: '/no' }), 'help');
  });

  for (const [args, message] of [
    [['--onec'], /--onec/],
    [['now'], /now/],
    [['--interval'], /--interval/],
    [['--mode', 'ospf'], /--mode ospf: there is vip, layer2 and bgp/],
    [['--mode', 'bgp', '--interval', '1s'], /--interval is of adverts, and nodes send none in mode bgp: leave it out/],
  ] as const) {
    it(`refuse ${args.join(' ')}, naming it`, () => {
      assert.match(wrong(args), message);
    });
  }

  for (const interval of ['5ms', '255ms', '41s', '0s', 'fast', '', '-1s']) {
    it(`do not take an interval of "${interval}", by the product's own rule`, () => {
      assert.match(intervalProblem({ mode: 'vip', interval })!, new RegExp(`^is "${interval}": it must be `));
    });
  }

  for (const interval of ['10ms', '40.95s', '0.25s', '1s500ms']) {
    it(`take an interval of ${interval}`, () => {
      for (const mode of ['vip', 'layer2'] as const) assert.equal(intervalProblem({ mode, interval }), undefined);
    });
  }

  it('refuse KUBEBUILDER_ASSETS that names no folder, or one without the programs, naming what is missing', () => {
    const assets = (path: string) => wrong([], { KUBEBUILDER_ASSETS: path });
    assert.match(assets(join(folder, 'no')), /KUBEBUILDER_ASSETS=.*\/no: there is no such folder: name a folder/);
    assert.match(assets(folder), /no program kube-apiserver and no program etcd in it/);
    writeFileSync(join(folder, 'kube-apiserver'), '', { mode: 0o755 });
    mkdirSync(join(folder, 'etcd'));
    assert.match(assets(folder), /: no program etcd in it: name a folder .* or unset it/);
    rmSync(join(folder, 'etcd'), { recursive: true });
    writeFileSync(join(folder, 'etcd'), '', { mode: 0o644 });
    assert.match(assets(folder), /: no program etcd in it/);
    rmSync(join(folder, 'etcd'));
    writeFileSync(join(folder, 'etcd'), '', { mode: 0o755 });
    assert.ok('mode' in (parsePlaygroundOptions([], { KUBEBUILDER_ASSETS: folder }) as object));
  });

  it('take an empty KUBEBUILDER_ASSETS for none', () => {
    assert.ok('mode' in (parsePlaygroundOptions([], { KUBEBUILDER_ASSETS: '' }) as object));
  });
});
