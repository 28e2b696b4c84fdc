import assert from 'node:assert/strict';
import { execa } from 'execa';
import { parseAllDocuments } from 'yaml';
import { unpackTools } from '../../../scripts/tools/kubectl.js';
import { projectRoot } from '../../../scripts/tools/project-root.js';

describe('the chart', function () {
  this.timeout(60_000);
  let helm: string;
  before(async () => {
    ({ helm } = await unpackTools());
  });

  const template = async (...values: readonly string[]) => {
    const sets = values.flatMap((value) => ['--set-json', value]);
    const result = await execa(helm, ['template', 'any-name', projectRoot(), '--namespace', 'lb', ...sets], {
      reject: false,
    });
    return { ...result, objects: result.failed ? [] : parse(result.stdout) };
  };

  it('passes helm lint', async () => {
    const { stdout, exitCode } = await execa(helm, ['lint', '--strict', projectRoot()], { reject: false });
    assert.equal(exitCode, 0, stdout);
  });

  it('gives its objects the names of the design, whatever the release is called', async () => {
    const { objects } = await template();
    assert.ok(find(objects, 'Deployment', 'openelb-controller'));
    assert.ok(find(objects, 'DaemonSet', 'openelb-agent'));
    assert.ok(objects.every(({ metadata }) => metadata.namespace === undefined || metadata.namespace === 'lb'));
  });

  it('installs every CRD of deploy/crds so that upgrades change it and an uninstall keeps it', async () => {
    const { objects } = await template();
    const crds = objects.filter(({ kind }) => kind === 'CustomResourceDefinition');
    assert.ok(crds.length >= 2, `${crds.length} CRDs`);
    for (const { metadata } of crds) assert.equal(metadata.annotations?.['helm.sh/resource-policy'], 'keep');
    const without = await template('crds.install=false');
    assert.deepEqual(
      without.objects.filter(({ kind }) => kind === 'CustomResourceDefinition'),
      [],
    );
  });

  it('lets in to the controller only whom the values name, each to one port', async () => {
    const { objects } = await template('networkPolicy.enable=true', 'networkPolicy.apiServers=["192.0.2.1/32"]');
    const { spec } = find(objects, 'NetworkPolicy', 'openelb-controller') as unknown as { spec: { ingress: object } };
    assert.deepEqual(spec.ingress, [
      { ports: [{ port: 9443, protocol: 'TCP' }], from: [{ ipBlock: { cidr: '192.0.2.1/32' } }] },
      {
        ports: [{ port: 8080, protocol: 'TCP' }],
        from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
      },
    ]);
    const closed = await template('networkPolicy.enable=true', 'webhook.enabled=false', 'networkPolicy.metricsFrom=[]');
    const none = find(closed.objects, 'NetworkPolicy', 'openelb-controller') as unknown as {
      spec: { ingress: object };
    };
    assert.deepEqual(none.spec.ingress, []);
  });

  it('refuses a policy that cannot say who the API servers are', async () => {
    assert.match(
      (await template('networkPolicy.enable=true')).stderr,
      /List the addresses that the API servers call from/,
    );
  });

  it('gives the controller the authority of the API server’s client certificate, where there is one', async () => {
    const { objects } = await template('webhook.clientCA="api-clients"', 'webhook.clientNames=["kube-apiserver"]');
    const { args, volumeMounts } = containerOf(objects, 'Deployment');
    assert.ok(args.includes('--webhook-client-ca=/etc/openelb-vip/webhook-client/ca.crt'));
    assert.ok(args.includes('--webhook-client-names=kube-apiserver'));
    assert.equal(volumeMounts[0]?.name, 'webhook-client');
    const { volumes } = podOf(objects, 'Deployment') as { volumes: object[] };
    assert.deepEqual(volumes, [{ name: 'webhook-client', configMap: { name: 'api-clients' } }]);
    assert.match((await template('webhook.clientNames=["a"]')).stderr, /without webhook.clientCA/);
  });

  it('labels everything but the CRDs and the namespace, so that the programs can be removed by the label', async () => {
    const { objects } = await template(
      'networkPolicy.enable=true',
      'networkPolicy.apiServers=["192.0.2.1/32"]',
      'namespace.create=true',
    );
    const unlabelled = objects.filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/name'] !== 'openelb-vip');
    const kinds = [...new Set(unlabelled.map(({ kind }) => kind))];
    assert.deepEqual(kinds.sort(), ['CustomResourceDefinition', 'Namespace']);
    assert.equal(objects.filter(({ kind }) => kind === 'Namespace').length, 1);
  });

  it('gives the agents the keys that adverts are signed with from a Secret that need not exist, to be read by root alone', async () => {
    const { objects } = await template();
    const { volumes } = podOf(objects, 'DaemonSet') as { volumes: { name: string }[] };
    assert.deepEqual(
      volumes.find(({ name }) => name === 'keys'),
      {
        name: 'keys',
        secret: { secretName: 'openelb-vrrp-keys', optional: true, defaultMode: 0o400 },
      },
    );
    const agent = containerOf(objects, 'DaemonSet');
    const mount = agent.volumeMounts.find(({ name }) => name === 'keys');
    assert.deepEqual(mount, { name: 'keys', mountPath: '/etc/openelb-vip/keys', readOnly: true }, 'whole, no subPath');
    assert.ok(agent.args.includes('--keys-dir=/etc/openelb-vip/keys'));
    const without = await template('agent.keysSecret=""');
    assert.equal(podOf(without.objects, 'DaemonSet').volumes.length, 1);
    assert.ok(!containerOf(without.objects, 'DaemonSet').args.some((arg) => arg.includes('keys-dir')));
  });

  it('gives the agent the capabilities it needs and no others', async () => {
    const plain = containerOf((await template()).objects, 'DaemonSet');
    assert.deepEqual(plain.securityContext.capabilities, { drop: ['ALL'], add: ['NET_ADMIN', 'NET_RAW', 'SYS_NICE'] });
    const bgp = containerOf((await template('agent.bgp=true')).objects, 'DaemonSet');
    assert.deepEqual(bgp.securityContext.capabilities.add, ['NET_ADMIN', 'NET_RAW', 'SYS_NICE', 'NET_BIND_SERVICE']);
  });

  it('runs the controller without any capability, as nobody', async () => {
    const { objects } = await template();
    const pod = podOf(objects, 'Deployment');
    assert.equal(pod.securityContext.runAsUser, 65534);
    assert.equal(pod.securityContext.runAsNonRoot, true);
    assert.deepEqual(containerOf(objects, 'Deployment').securityContext.capabilities, { drop: ['ALL'] });
  });

  for (const kind of ['Deployment', 'DaemonSet'] as const) {
    it(`keeps the ${kind} from writing to its image, from gaining rights and from unusual system calls`, async () => {
      const { objects } = await template();
      const { securityContext } = containerOf(objects, kind);
      assert.equal(securityContext.readOnlyRootFilesystem, true);
      assert.equal(securityContext.allowPrivilegeEscalation, false);
      assert.deepEqual(podOf(objects, kind).securityContext.seccompProfile, { type: 'RuntimeDefault' });
    });
  }

  it('never throttles the agent, and gives it the memory it may use', async () => {
    const { resources } = containerOf((await template()).objects, 'DaemonSet');
    assert.equal(resources.limits.cpu, undefined);
    assert.equal(resources.limits.memory, resources.requests.memory);
  });

  it('replaces one agent at a time, and leaves each the time to hand over', async () => {
    const { objects } = await template();
    const { spec } = find(objects, 'DaemonSet')!;
    assert.deepEqual(spec.updateStrategy, { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } });
    assert.ok(podOf(objects, 'DaemonSet').terminationGracePeriodSeconds >= 30);
  });

  it('lets an agent write nothing but the status of VipGroups and Events', async () => {
    const { rules } = find((await template()).objects, 'ClusterRole', 'openelb-agent')!;
    const writes = rules!.flatMap((rule) =>
      rule.verbs.some((verb) => !['get', 'list', 'watch'].includes(verb)) ? rule.resources : [],
    );
    assert.deepEqual(writes.sort(), ['events', 'vipgroups/status']);
  });

  it('grants no wildcard to anybody', async () => {
    const { objects } = await template();
    const rules = objects.flatMap((object) => object.rules ?? []);
    assert.ok(rules.length > 5);
    for (const rule of rules) assert.ok(![...rule.verbs, ...rule.resources, ...rule.apiGroups].includes('*'));
  });

  it('keeps the metrics port shut when monitoring is off', async () => {
    const { objects } = await template('agent.monitorEnable=false', 'controller.monitorEnable=false');
    for (const kind of ['DaemonSet', 'Deployment']) {
      const { args, ports } = containerOf(objects, kind);
      assert.ok(args.includes('--metrics-address=0'), args.join(' '));
      assert.ok(!(ports ?? []).some(({ name }) => name === 'metrics'));
    }
  });

  it('listens on no port that an outgoing connection may have taken', async () => {
    const { objects } = await template();
    for (const kind of ['DaemonSet', 'Deployment']) {
      const ports = containerOf(objects, kind).args.flatMap((arg) => /-address=.*:(\d+)$/.exec(arg)?.[1] ?? []);
      assert.ok(ports.length >= 2);
      for (const port of ports) assert.ok(Number(port) < 30_000, `${kind}: ${port}`);
    }
  });

  it("takes over from OpenELB's `speaker` values where its agents ran", async () => {
    const { objects } = await template(
      'speaker={"enable":true,"vip":true,"layer2":false,"apiHosts":":50051","nodeSelector":{"edge":"true"},"monitorPort":50099}',
    );
    assert.deepEqual(podOf(objects, 'DaemonSet').nodeSelector, { edge: 'true' });
    assert.ok(containerOf(objects, 'DaemonSet').args.includes('--metrics-address=:50099'));
  });

  it('names registry, tag and digest as asked', async () => {
    const image = async (...values: string[]) => containerOf((await template(...values)).objects, 'DaemonSet').image;
    assert.match(await image(), /^docker\.io\/openelb\/openelb-vip:\d/);
    assert.equal(
      await image('global.imageRegistry="r.example:5000"', 'global.tag="v9"'),
      'r.example:5000/openelb/openelb-vip:v9',
    );
    const digest = `sha256:${'a'.repeat(64)}`;
    assert.equal(await image(`image.digest="${digest}"`), `docker.io/openelb/openelb-vip@${digest}`);
    assert.equal(await image('agent.image={"repository":"me/mine","tag":"x"}', 'image.registry=""'), 'me/mine:x');
  });

  const refused: readonly (readonly [what: string, values: string, message: RegExp])[] = [
    ['a misspelt value', 'agent.tolerationz=[]', /'\/agent': additional properties 'tolerationz' not allowed/],
    ['a virtual router id of 0', 'controller.vridRange="0-9"', /'\/controller\/vridRange': '0-9' does not match/],
    ['a relative state folder', 'agent.stateDir="state"', /'\/agent\/stateDir': 'state' does not match/],
    [
      "OpenELB's own image",
      'controller.image.repository="kubesphere/openelb-controller"',
      /controller\.image\.repository is kubesphere\/openelb-controller: that is OpenELB's own image.*Remove controller\.image/s,
    ],
    ["a tag of OpenELB's", 'global.tag="v0.6.0"', /global\.tag is v0\.6\.0: that is a release of OpenELB/],
    ['one port for two things', 'agent.monitorPort=17473', /agent\.monitorPort and agent\.healthPort are both 17473/],
  ];
  for (const [what, values, message] of refused) {
    it(`refuses ${what}, naming the value`, async () => {
      const { failed, stderr } = await template(values);
      assert.ok(failed);
      assert.match(stderr, message);
    });
  }
});

interface Rendered {
  readonly kind: string;
  readonly metadata: {
    name: string;
    namespace?: string;
    annotations?: Record<string, string>;
    labels?: Record<string, string>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: shapes of many kinds, read in place
  readonly spec: any;
  readonly rules?: readonly { verbs: string[]; resources: string[]; apiGroups: string[] }[];
}

function parse(text: string): readonly Rendered[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Rendered | null)
    .filter((object) => object !== null);
}

function find(objects: readonly Rendered[], kind: string, name?: string): Rendered | undefined {
  return objects.find((object) => object.kind === kind && (name === undefined || object.metadata.name === name));
}

function podOf(objects: readonly Rendered[], kind: string) {
  return find(objects, kind)!.spec.template.spec;
}

function containerOf(objects: readonly Rendered[], kind: string) {
  return podOf(objects, kind).containers[0] as {
    image: string;
    args: string[];
    volumeMounts: { name: string }[];
    ports?: { name: string }[];
    securityContext: Record<string, unknown> & { capabilities: { drop: string[]; add?: string[] } };
    resources: { limits: Record<string, string>; requests: Record<string, string> };
  };
}
