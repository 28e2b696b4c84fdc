import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { execa } from 'execa';
import type { StreamEvents } from '../../src/controller/web/contract.js';
import { secrets } from '../../src/platform/kubernetes/builtin-resources.js';
import { eventually } from '../lab/eventually.js';
import { ask } from '../web/ask.js';
import { type BuiltController, startBuiltController } from './built-controller.js';
import { freePort } from './free-port.js';
import { type InstalledCluster, startInstalledCluster } from './installed-cluster.js';

describe('the web view of the built controller', function () {
  this.timeout(60_000);
  let installed: InstalledCluster;
  let controller: BuiltController;
  let port: number;

  before(async function () {
    this.timeout(180_000);
    installed = await startInstalledCluster(['n1', 'n2'], {}, { manifests: ['web/web.yaml'] });
    await installed.kubectl('apply', '-f', 'deploy/web/web.yaml');
    port = await freePort('127.0.0.1');
    controller = await startBuiltController(installed.cluster, { flags: [`--web-address=127.0.0.1:${port}`] });
    const eip = { metadata: { name: 'pool' }, spec: { address: '192.0.2.0/28', protocol: 'vip', interface: 'eth0' } };
    await applyEip(eip);
  });
  after(async () => {
    await controller?.stop();
    await installed?.stop();
  });

  const applyEip = (eip: object) => {
    const object = { apiVersion: 'network.kubesphere.io/v1alpha2', kind: 'Eip', ...eip };
    return installed.client.apply(
      { group: 'network.kubesphere.io', version: 'v1alpha2', plural: 'eips', kind: 'Eip', namespaced: false },
      (eip as { metadata: { name: string } }).metadata.name,
      object,
      { fieldManager: 'test', force: true },
    );
  };
  const tokenOf = async (account: string, ...more: readonly string[]) =>
    installed.cluster.kind === 'small'
      ? 'whatever'
      : installed.kubectl('-n', 'openelb-system', 'create', 'token', account, ...more);
  const stream = (token: string, untilText: string, onBegin = () => {}) =>
    ask(port, { path: '/events', headers: { authorization: `Bearer ${token}` }, untilText, onBegin });

  it('serves with a certificate that it keeps in a Secret, for the names that it is called by', async () => {
    const secret = await eventually('the Secret', () =>
      installed.client.get<{ data: Record<string, string> }>(secrets, 'openelb-system/openelb-web-certificate'),
    );
    const certificate = new X509Certificate(Buffer.from(secret.data['tls.crt']!, 'base64'));
    assert.notEqual(certificate.checkHost('openelb-web.openelb-system.svc'), undefined);
    assert.notEqual(certificate.checkHost('localhost'), undefined);
    await eventually('an answer', async () => (await ask(port)).status === 200);
  });

  it('shows the Eip and its groups to the account openelb-viewer, and tells it of a new one', async () => {
    const token = await tokenOf('openelb-viewer');
    const first = await eventually('a view with the groups of the pool', async () => {
      const { body } = await stream(token, '\n\n');
      const view = JSON.parse(body.split('\ndata: ')[1]!.split('\n\n')[0]!) as StreamEvents['view'];
      return view.view.groups.length > 0 ? view : undefined;
    });
    assert.deepEqual(
      first.view.pools.map(({ name, size }) => [name, size]),
      [['pool', 16]],
    );
    assert.deepEqual(
      first.view.nodes.map(({ name, agent }) => [name, agent]),
      [
        ['n1', 'heard'],
        ['n2', 'heard'],
      ],
    );
    assert.deepEqual(Object.values(first.session.rights), [true, true, true, true, true]);
    const another = { metadata: { name: 'another' }, spec: { address: '198.51.100.0/29', protocol: 'vip' } };
    const { body } = await stream(token, '"name":"another"', () => void applyEip(another));
    assert.match(body, /event: change\n.*"name":"another"/);
  });

  it('shows nothing to an account without rights, and says who may change that', async function () {
    if (installed.cluster.kind === 'small') return this.skip(); // everybody may do everything there
    await installed.kubectl('-n', 'openelb-system', 'create', 'serviceaccount', 'nobody');
    const answer = await stream(await tokenOf('nobody'), '\n');
    assert.equal(answer.status, 403);
    assert.match(answer.body, /system:serviceaccount:openelb-system:nobody may list none of/);
    assert(!answer.body.includes('192.0.2'));
  });

  it('shows within what an account may list, and no more', async function () {
    if (installed.cluster.kind === 'small') return this.skip(); // everybody may do everything there
    const { kubectl } = installed;
    await kubectl('-n', 'openelb-system', 'create', 'serviceaccount', 'pools-only');
    await kubectl('create', 'clusterrole', 'pools-only', '--verb=list', '--resource=eips.network.kubesphere.io');
    const account = '--serviceaccount=openelb-system:pools-only';
    await kubectl('create', 'clusterrolebinding', 'pools-only', '--clusterrole=pools-only', account);
    const { body } = await stream(await tokenOf('pools-only'), '\n\n');
    const { view } = JSON.parse(body.split('\ndata: ')[1]!.split('\n\n')[0]!) as StreamEvents['view'];
    assert(view.pools.length > 0);
    assert.deepEqual([view.groups, view.nodes, view.routers], [[], [], []]);
  });

  it('accepts no token that the API server does not: a forged one, one of another audience', async function () {
    if (installed.cluster.kind === 'small') return this.skip(); // every token is accepted there
    for (const token of ['forged', await tokenOf('openelb-viewer', '--audience=somebody-else')]) {
      const answer = await stream(token, '\n');
      assert.equal(answer.status, 401);
      assert.match(answer.body, /does not accept this token/);
    }
  });

  it('is not there unless it is asked for', async () => {
    const { stdout } = await execa(process.execPath, ['dist/main.js', 'controller', '--help']);
    assert.match(stdout, /--web-address[\s\S]{0,400}0 for nowhere/);
  });

  it('has a controller say what is in the way of the port, and end', async () => {
    const args = ['dist/main.js', 'controller', `--kubeconfig=${installed.cluster.kubeconfig}`];
    const flags = [`--web-address=127.0.0.1:${port}`, '--metrics-address=0', '--health-address=0'];
    const result = await execa(process.execPath, [...args, ...flags], { reject: false, all: true });
    assert.equal(result.exitCode, 1);
    assert.match(result.all, /EADDRINUSE/);
  });
});
