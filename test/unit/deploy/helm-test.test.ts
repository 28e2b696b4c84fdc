import assert from 'node:assert/strict';
import { execa } from 'execa';
import { parseAllDocuments } from 'yaml';
import { unpackTools } from '../../../scripts/tools/kubectl.js';
import { projectRoot } from '../../../scripts/tools/project-root.js';
import { parseFlags } from '../../../src/cli/flags.js';
import { command } from '../../../src/probe-service/command.js';

// biome-ignore lint/suspicious/noExplicitAny: shapes of many kinds, read in place
type Rendered = any;

describe('the test of a release', function () {
  this.timeout(60_000);
  let render: (...flags: readonly string[]) => Promise<readonly Rendered[]>;

  before(async () => {
    const { helm } = await unpackTools();
    render = async (...flags) => {
      const { stdout } = await execa(helm, ['template', 'x', projectRoot(), '-n', 'lb', ...flags]);
      const objects = parseAllDocuments(stdout).map((document) => document.toJS() as Rendered);
      return objects.filter((each) => each?.metadata.annotations?.['helm.sh/hook'] !== undefined);
    };
  });
  const find = (objects: readonly Rendered[], kind: string) => objects.find((each) => each.kind === kind);

  it('is made of nothing but hooks that go with it, each made before what needs it', async () => {
    const objects = await render('--set-json', 'networkPolicy={"enable":true,"apiServers":["192.0.2.1/32"]}');
    const weights = new Map<string, number>();
    for (const { kind, metadata } of objects) {
      assert.equal(metadata.annotations['helm.sh/hook'], 'test');
      assert.match(metadata.annotations['helm.sh/hook-delete-policy'], /before-hook-creation,hook-succeeded/);
      assert.equal(metadata.labels.component, 'test');
      weights.set(kind, Number(metadata.annotations['helm.sh/hook-weight']));
    }
    assert.equal(weights.size, 8, [...weights.keys()].join());
    for (const [kind, weight] of weights) assert.ok(kind === 'Pod' || weight < weights.get('Pod')!, kind);
    assert.ok(weights.get('Role')! < weights.get('RoleBinding')!);
  });

  it('asks with the image itself, as a Pod without any right on its node', async () => {
    const objects = await render('--set', 'image.registry=r.example', '--set-json', 'global.imagePullSecrets=["key"]');
    const { spec } = find(objects, 'Pod');
    assert.equal(spec.containers.length, 1);
    const [{ image, args, securityContext }] = spec.containers;
    assert.match(image, /^r\.example\/openelb\/openelb-vip:/);
    assert.deepEqual(securityContext.capabilities, { drop: ['ALL'] });
    assert.equal(spec.securityContext.runAsNonRoot, true);
    assert.deepEqual(spec.imagePullSecrets, [{ name: 'key' }]);
    const [name, ...flags] = args as string[];
    assert.equal(name, 'probe-service');
    const parsed = parseFlags(command.flags, flags, {});
    assert.ok(parsed.ok, JSON.stringify(parsed));
    const service = find(objects, 'Service');
    assert.deepEqual([parsed.values.namespace, parsed.values.service], ['lb', service.metadata.name]);
  });

  it('has a Service that no other load balancer takes, in the Eip that is named', async () => {
    const service = async (...flags: readonly string[]) => find(await render(...flags), 'Service');
    const usual = await service('--kube-version', '1.24.0');
    assert.equal(usual.spec.loadBalancerClass, 'openelb.io/vip');
    assert.equal(usual.metadata.annotations['lb.kubesphere.io/v1alpha1'], undefined);
    assert.equal(usual.metadata.annotations['eip.openelb.kubesphere.io/v1alpha2'], undefined);
    const old = await service('--kube-version', '1.23.9', '--set', 'test.eip=lan');
    assert.equal(old.spec.loadBalancerClass, undefined);
    assert.equal(old.metadata.annotations['lb.kubesphere.io/v1alpha1'], 'openelb');
    assert.equal(old.metadata.annotations['eip.openelb.kubesphere.io/v1alpha2'], 'lan');
  });

  it('is not there when it is not wanted, or could not pass', async () => {
    assert.deepEqual(await render('--set', 'test.enable=false'), []);
    assert.deepEqual(await render('--set', 'controller.enable=false'), []);
    const kinds = (await render('--set', 'rbac.create=false')).map(({ kind }) => kind).sort();
    assert.deepEqual(kinds, ['Pod', 'Service']);
  });
});
