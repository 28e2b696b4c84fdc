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

  const pool =
    'apiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata: {name: lan}\nspec: {addresses: [192.0.2.0/28]}\n';
  const advertised = (kind: string) =>
    `${pool}---\napiVersion: metallb.io/v1beta1\nkind: ${kind}\nmetadata: {name: lan}\nspec: {}\n`;
  const eip = (spec: string) =>
    `apiVersion: network.kubesphere.io/v1alpha2\nkind: Eip\nmetadata: {name: lan}\nspec: {address: 192.0.2.0/28${spec}}\n`;

  it('reads standard input, says nothing and ends with 0 when the result does what the input did', async () => {
    const { exitCode, stdout, stderr } = await convert(['--interface', 'eth7', '-'], advertised('L2Advertisement'));
    assert.deepEqual([exitCode, stderr], [0, '']);
    assert.match(stdout, /^apiVersion: network\.kubesphere\.io\/v1alpha2\nkind: Eip\n[\s\S]*interface: eth7/);
  });

  for (const [claim, input, said] of [
    ['a pool that was announced by nobody', pool, /^IPAddressPool lan: no advertisement is for it/],
    [
      'a pool that was announced by BGP, without the routers',
      advertised('BGPAdvertisement'),
      /^BGPAdvertisement lan: there is no BGPPeer: no router is told until/m,
    ],
  ] as const) {
    it(`converts ${claim}, says what will be different and ends with 3`, async () => {
      const { exitCode, stdout, stderr } = await convert(['--interface', 'eth7', '-'], input);
      assert.equal(exitCode, 3, stderr);
      assert.match(stderr, said);
      assert.match(stderr, /not all will be as it was: .* \(--allow-differences: /);
      assert.match(stdout, /kind: Eip/);
    });
  }

  it('keeps an Eip of BGP, also one that does not say so, and a pool whose routers are in the input', async () => {
    const router =
      'apiVersion: metallb.io/v1beta2\nkind: BGPPeer\nmetadata: {name: tor}\nspec: {myASN: 64512, peerASN: 64513, peerAddress: 192.0.2.254}\n';
    for (const input of [eip(', protocol: bgp'), eip(''), `${advertised('BGPAdvertisement')}---\n${router}`]) {
      const { exitCode, stderr } = await convert(['-'], input);
      assert.deepEqual([exitCode, stderr], [0, '']);
    }
  });

  it('ends with 0 where differences are allowed, and says them all the same', async () => {
    const { exitCode, stderr } = await convert(['--allow-differences', '-'], pool);
    assert.equal(exitCode, 0);
    assert.match(stderr, /^IPAddressPool lan: no advertisement is for it/);
  });

  it('ends with 1 rather than 3, and also where differences are allowed, when the result cannot be applied', async () => {
    const { exitCode } = await convert(
      ['--allow-differences', '-'],
      pool.replace('192.0.2.0/28', '192.0.2.9-192.0.2.1'),
    );
    assert.equal(exitCode, 1);
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
      'apiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata: {name: lan}\nspec: {addresses: [192.0.2.9-192.0.2.1]}\n',
    );
    assert.equal(exitCode, 1);
    assert.match(stderr, /that of the subnet, unless --interface names another/);
    assert.match(stderr, /cannot be applied yet: Eip lan: spec\.address: .* runs backwards/);
  });

  it('ends with 2 without a file, or with a flag that is wrong', async () => {
    assert.equal((await convert([])).exitCode, 2);
    const { exitCode, stderr } = await convert(['--protocol', 'ospf', '-']);
    assert.equal(exitCode, 2);
    assert.match(stderr, /--protocol "ospf": it must be layer2, vip or bgp/);
  });

  it('names nodes by the files of their keepalived.conf, and ends with 1 where it needs a hand', async () => {
    const folder = join(root, 'test/unit/convert/keepalived/two');
    const { exitCode, stdout, stderr } = await convert(['lb-1.conf', 'lb-2.conf'].map((name) => join(folder, name)));
    assert.equal(exitCode, 1);
    assert.match(stdout, /node: lb-1\n[\s\S]*node: lb-2\n/);
    assert.match(stderr, /lb-1\.conf:44: authentication: there are no passwords/);
    assert.match(stderr, /cannot be applied yet: VipGroup vi-1-ipv6: spec\.members\[0\]\.address: is missing/);
  });

  it('explains itself', async () => {
    const { exitCode, stdout } = await convert(['--help']);
    assert.equal(exitCode, 0);
    assert.match(stdout, /Usage: openelb-vip convert \[FLAGS\] FILE/);
    assert.match(stdout.replace(/\s+/g, ' '), /with 3 when it can be applied, but not all will be as it was/);
  });
});
