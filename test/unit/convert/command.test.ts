import assert from 'node:assert/strict';
import { join } from 'node:path';
import { execa } from 'execa';
import { projectRoot } from '../../../scripts/tools/project-root.js';

const root = projectRoot();
const layer2 = join(root, 'test/unit/convert/golden/metallb-layer2/in.yaml');

describe('openelb-vip convert', function () {
  this.timeout(60_000);
  const convert = (args: readonly string[], input = '') =>
    execa(process.execPath, ['--import=tsx', join(root, 'src/main.ts'), 'convert', ...args], {
      reject: false,
      input,
      cwd: root,
    });

  it('reads standard input and ends with 0', async () => {
    const { exitCode, stdout, stderr } = await convert(
      ['--interface', 'eth7', '-'],
      'apiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata: {name: lan}\nspec: {addresses: [192.0.2.0/28]}\n',
    );
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /^apiVersion: network\.kubesphere\.io\/v1alpha2\nkind: Eip\n[\s\S]*interface: eth7/);
    assert.match(stderr, /^IPAddressPool lan: no advertisement is for it/);
  });

  it('ends with 1 when a file cannot be read, and converts the others', async () => {
    const { exitCode, stdout, stderr } = await convert([layer2, '/nowhere.yaml']);
    assert.equal(exitCode, 1);
    assert.match(stderr, /convert: \/nowhere\.yaml: ENOENT/);
    assert.match(stdout, /name: lan/);
  });

  it('ends with 1 when what comes out cannot be applied yet, and says why', async () => {
    const { exitCode, stderr } = await convert(
      ['-'],
      'apiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata: {name: lan}\nspec: {addresses: [192.0.2.0/28]}\n',
    );
    assert.equal(exitCode, 1);
    assert.match(stderr, /name it with --interface/);
    assert.match(stderr, /cannot be applied yet: Eip lan: spec\.interface: is missing/);
  });

  it('ends with 2 without a file, or with a flag that is wrong', async () => {
    assert.equal((await convert([])).exitCode, 2);
    const { exitCode, stderr } = await convert(['--protocol', 'ospf', '-']);
    assert.equal(exitCode, 2);
    assert.match(stderr, /--protocol "ospf": it must be layer2 or vip/);
  });

  it('explains itself', async () => {
    const { exitCode, stdout } = await convert(['--help']);
    assert.equal(exitCode, 0);
    assert.match(stdout, /Usage: openelb-vip convert \[FLAGS\] FILE/);
  });
});
