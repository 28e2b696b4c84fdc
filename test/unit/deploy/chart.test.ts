import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { parseAllDocuments } from 'yaml';
import { unpackTools } from '../../../scripts/tools/kubectl.js';
import { projectRoot } from '../../../scripts/tools/project-root.js';
import type { Eip } from '../../../src/api/eip.js';
import { validateEip } from '../../../src/api/validate.js';
import { loadConnection } from '../../../src/platform/kubernetes/connection.js';

const monitored = ['podMonitor', 'prometheusRule', 'dashboard'].map((each) => `monitoring.${each}.enable=true`);

describe('the chart', function () {
  this.timeout(60_000);
  let helm: string;
  before(async () => {
    ({ helm } = await unpackTools());
  });

  const template = async (...values: readonly string[]) => {
    const sets = values.flatMap((value) => ['--set-json', value]);
    const result = await execa(
      helm,
      ['template', 'any-name', projectRoot(), '--skip-tests', '--namespace', 'lb', ...sets],
      {
        reject: false,
      },
    );
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
    assert.ok(!podOf(without.objects, 'DaemonSet').volumes.some((volume: { name?: string }) => volume.name === 'keys'));
    assert.ok(!containerOf(without.objects, 'DaemonSet').args.some((arg) => arg.includes('keys-dir')));
  });

  it('lets agents read only the Secrets that the values name, and never the key of the webhook', async () => {
    const readable = async (...values: readonly string[]) => {
      const { objects } = await template(...values);
      const { rules } = find(objects, 'Role', 'openelb-agent') as unknown as {
        rules: { resources: string[]; resourceNames?: string[]; verbs: string[] }[];
      };
      return rules.filter(({ resources }) => resources.includes('secrets'));
    };
    const rule = (names: readonly string[]) => [
      { apiGroups: [''], resources: ['secrets'], resourceNames: names, verbs: ['get'] },
    ];
    assert.deepEqual(await readable(), rule(['openelb-bgp-passwords']));
    assert.deepEqual(await readable('agent.passwordSecrets=["tor","spine"]'), rule(['tor', 'spine']));
    // A rule without names would be one for all.
    for (const none of ['[]', 'null']) assert.deepEqual(await readable(`agent.passwordSecrets=${none}`), []);
    const { stderr } = await template('agent.passwordSecrets=["openelb-webhook-certificate"]');
    assert.match(stderr, /every node could pass for the webhook/);
  });

  it('gives the agent the capabilities it needs and no others', async () => {
    const needed = ['NET_ADMIN', 'NET_RAW', 'SYS_NICE'];
    const usual = containerOf((await template()).objects, 'DaemonSet').securityContext.capabilities;
    assert.deepEqual(usual, { drop: ['ALL'], add: [...needed, 'NET_BIND_SERVICE'] });
    const without = containerOf((await template('agent.bgp=false')).objects, 'DaemonSet');
    assert.deepEqual(without.securityContext.capabilities.add, needed);
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

  it('has the programs run under the seccomp profiles in deploy/seccomp where the values say so, and refuses half a profile', async () => {
    const localhost = (program: string) => ({ type: 'Localhost', localhostProfile: `openelb-vip-${program}.json` });
    const programs = ['agent', 'controller'];
    const { objects } = await template(
      ...programs.map((program) => `${program}.seccompProfile=${JSON.stringify(localhost(program))}`),
    );
    for (const [kind, program] of [
      ['DaemonSet', 'agent'],
      ['Deployment', 'controller'],
    ] as const)
      assert.deepEqual(podOf(objects, kind).securityContext.seccompProfile, localhost(program));
    for (const wrong of ['{"type":"Localhost"}', '{"type":"Unconfined"}', '{"localhostProfile":"x"}']) {
      const { failed, stderr } = await template(`agent.seccompProfile=${wrong}`);
      assert.ok(failed, wrong);
      assert.match(stderr, /seccompProfile/);
    }
  });

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

  it('lets an agent write nothing but statuses, its part of them, and Events', async () => {
    const { rules } = find((await template()).objects, 'ClusterRole', 'openelb-agent')!;
    const writes = rules!.flatMap((rule) =>
      rule.verbs.some((verb) => !['get', 'list', 'watch'].includes(verb)) ? rule.resources : [],
    );
    assert.deepEqual(writes.sort(), ['bgpconfs/status', 'bgppeers/status', 'events', 'vipgroups/status']);
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

  it('gives the agents the account and the rights that they need wherever `speaker` switches them on', async () => {
    const { objects } = await template('agent.enable=false', 'speaker.enable=true');
    const account = podOf(objects, 'DaemonSet').serviceAccountName;
    assert.ok(find(objects, 'ServiceAccount', account));
    for (const kind of ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'])
      assert.ok(find(objects, kind, 'openelb-agent'), kind);
    const off = (await template('speaker.enable=false')).objects;
    assert.equal(find(off, 'DaemonSet'), undefined);
    assert.equal(find(off, 'ServiceAccount', account), undefined);
  });

  it('replaces a controller in the network of its node before its successor needs the ports', async () => {
    const strategyOf = async (...values: readonly string[]) =>
      find((await template(...values)).objects, 'Deployment')!.spec.strategy;
    assert.deepEqual(await strategyOf('controller.hostNetwork=true'), {
      type: 'RollingUpdate',
      rollingUpdate: { maxSurge: 0, maxUnavailable: 1 },
    });
    assert.equal(await strategyOf(), undefined, 'elsewhere the successor comes first');
  });

  it('takes values that were emptied where nothing hangs on them', async () => {
    const emptied = ['speaker', 'commonLabels', 'agent.podLabels', 'agent.extraEnv', 'controller.extraArgs'];
    const { objects } = await template(...emptied.map((value) => `${value}=null`));
    assert.deepEqual(objects, (await template()).objects);
  });

  it('runs every Pod under an account that it makes', async () => {
    const accounts = ['controller.serviceAccountName="c"', 'agent.serviceAccountName="a"'];
    const { objects } = await template(...accounts);
    for (const kind of ['Deployment', 'DaemonSet'])
      assert.ok(find(objects, 'ServiceAccount', podOf(objects, kind).serviceAccountName), kind);
    const subjects = objects.flatMap((object) => object.subjects ?? []);
    for (const { name } of subjects) assert.ok(['a', 'c'].includes(name), name);
  });

  it('sends the agents to the API server that is named, in every variable that the kubelet would set', async () => {
    const { objects } = await template('agent.apiServer={"host":"192.0.2.9","port":7443}');
    const { env } = containerOf(objects, 'DaemonSet');
    const value = (name: string) => env.find((each) => each.name === name)?.value;
    assert.equal(value('KUBERNETES_SERVICE_HOST'), '192.0.2.9');
    assert.equal(value('KUBERNETES_SERVICE_PORT'), '7443');
    assert.equal(value('KUBERNETES_SERVICE_PORT_HTTPS'), '7443');
    const variables = Object.fromEntries(env.map(({ name, value }) => [name, value]));
    const kubelet = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT_HTTPS: '443' };
    const directory = await mkdtemp(join(tmpdir(), 'account-'));
    try {
      for (const file of ['token', 'ca.crt']) await writeFile(join(directory, file), 'x');
      const { server } = await loadConnection({
        env: { ...kubelet, ...variables },
        serviceAccountDirectory: directory,
      });
      assert.equal(server.href, 'https://192.0.2.9:7443/', 'and that is where the agent goes');
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  for (const [program, kind] of [
    ['controller', 'Deployment'],
    ['agent', 'DaemonSet'],
  ] as const) {
    it(`gives the Pods of the ${program} labels, annotations, flags, variables and volumes as asked, and leaves its own`, async () => {
      const own = containerOf((await template()).objects, kind);
      const { objects } = await template(
        `${program}.podLabels={"team":"net"}`,
        `${program}.podAnnotations={"example.com/a":"b"}`,
        `${program}.extraArgs=["--checks-dir","/checks"]`,
        `${program}.extraEnv=[{"name":"NODE_OPTIONS","value":"--trace-warnings"}]`,
        `${program}.extraVolumes=[{"name":"checks","configMap":{"name":"checks"}}]`,
        `${program}.extraVolumeMounts=[{"name":"checks","mountPath":"/checks"}]`,
      );
      const { spec } = find(objects, kind)!;
      const { metadata } = spec.template;
      assert.equal(metadata.labels.team, 'net');
      assert.deepEqual(metadata.annotations, { 'example.com/a': 'b' });
      for (const [label, value] of Object.entries(spec.selector.matchLabels))
        assert.equal(metadata.labels[label], value);
      assert.equal(spec.selector.matchLabels.team, undefined, 'selectors cannot be changed later');
      const { args, env, volumeMounts } = containerOf(objects, kind);
      assert.deepEqual(args, [...own.args, '--checks-dir', '/checks']);
      assert.deepEqual(env, [...own.env, { name: 'NODE_OPTIONS', value: '--trace-warnings' }]);
      assert.deepEqual(volumeMounts.at(-1), { name: 'checks', mountPath: '/checks' });
      assert.deepEqual(podOf(objects, kind).volumes.at(-1), { name: 'checks', configMap: { name: 'checks' } });
    });
  }

  it('puts common labels on every object and Pod, and into no selector', async () => {
    const { objects } = await template(
      'commonLabels={"team":"net"}',
      'agent.podLabels={"team":"edge"}',
      'networkPolicy={"enable":true,"apiServers":["192.0.2.1/32"]}',
      'namespace.create=true',
      'controller.podDisruptionBudget.enable=true',
      ...monitored,
    );
    for (const { kind, metadata } of objects) assert.equal(metadata.labels?.team, 'net', `${kind} ${metadata.name}`);
    assert.equal(find(objects, 'Deployment')!.spec.template.metadata.labels.team, 'net');
    assert.equal(find(objects, 'DaemonSet')!.spec.template.metadata.labels.team, 'edge', 'its own win');
    for (const { spec, kind } of objects)
      assert.ok(!JSON.stringify(spec?.selector ?? spec?.podSelector ?? {}).includes('team'), kind);
  });

  it('watches itself where it is installed, when told to', async () => {
    assert.ok(!(await template()).objects.some(({ kind }) => kind === 'PodMonitor' || kind === 'PrometheusRule'));
    const { objects } = await template(...monitored, 'monitoring.podMonitor.labels={"release":"prometheus"}');
    const monitors = objects.filter(({ kind }) => kind === 'PodMonitor');
    assert.deepEqual(monitors.map(({ metadata }) => metadata.name).sort(), ['openelb-agent', 'openelb-controller']);
    for (const { metadata, spec } of monitors) {
      assert.equal(metadata.labels?.release, 'prometheus');
      const workload = find(objects, metadata.name === 'openelb-agent' ? 'DaemonSet' : 'Deployment')!;
      const { labels } = workload.spec.template.metadata;
      for (const [label, value] of Object.entries(spec.selector.matchLabels)) assert.equal(labels[label], value);
      const ports = containerOf(objects, workload.kind).ports!.map(({ name }) => name);
      for (const { port } of spec.podMetricsEndpoints) assert.ok(ports.includes(port), port);
    }
    const groups = parse(await readFile(join(projectRoot(), 'deploy/monitoring/alerts.yaml'), 'utf8'))[0]!.spec.groups;
    assert.deepEqual(find(objects, 'PrometheusRule')!.spec.groups, groups);
    const [dashboard] = Object.values(find(objects, 'ConfigMap', 'openelb-dashboard')!.data!);
    assert.ok(JSON.parse(dashboard!).panels.length > 0);
    for (const { kind, metadata } of objects) assert.ok([undefined, 'lb'].includes(metadata.namespace), kind);
    const elsewhere = await template(...monitored, 'monitoring.namespace="prom"', 'agent.monitorEnable=false');
    const [monitor, ...more] = elsewhere.objects.filter(({ kind }) => kind === 'PodMonitor');
    assert.deepEqual(more, [], 'an agent without metrics is not scraped');
    assert.equal(monitor!.metadata.namespace, 'prom');
    assert.deepEqual(monitor!.spec.namespaceSelector, { matchNames: ['lb'] }, 'the Pods stay where they are');
  });

  it('spreads controllers over the nodes, and lets drains wait for a successor when told to', async () => {
    const { objects } = await template('controller.replicas=2', 'controller.podDisruptionBudget.enable=true');
    const { selector, template: pod } = find(objects, 'Deployment')!.spec;
    const [constraint] = pod.spec.topologySpreadConstraints;
    assert.equal(constraint.topologyKey, 'kubernetes.io/hostname');
    assert.deepEqual(constraint.labelSelector, selector, 'without a selector it would count no Pod');
    const budget = find(objects, 'PodDisruptionBudget')!.spec;
    assert.deepEqual(budget.selector, selector);
    assert.equal(budget.maxUnavailable, 1);
    const least = await template('controller.podDisruptionBudget={"enable":true,"minAvailable":0}');
    const { minAvailable, maxUnavailable } = find(least.objects, 'PodDisruptionBudget')!.spec;
    assert.deepEqual([minAvailable, maxUnavailable], [0, undefined]);
  });

  it('names the version of PodDisruptionBudgets that the server knows', async () => {
    for (const [version, known] of [
      ['1.20.2', 'policy/v1beta1'],
      ['1.21.0', 'policy/v1'],
    ] as const) {
      const flags = ['--kube-version', version, '--set', 'controller.podDisruptionBudget.enable=true'];
      const { stdout } = await execa(helm, ['template', 'x', projectRoot(), '--skip-tests', ...flags]);
      assert.equal(find(parse(stdout), 'PodDisruptionBudget')!.apiVersion, known);
    }
  });

  it('tells of the label that Pod Security asks for, unless it sets it, and of OpenShift where that is', async () => {
    const notes = async (...more: readonly string[]) => {
      const { stdout } = await execa(helm, ['install', 'x', projectRoot(), '-n', 'lb', '--dry-run=client', ...more]);
      return stdout.slice(stdout.indexOf('NOTES:'));
    };
    const label = /kubectl label namespace lb pod-security\.kubernetes\.io\/enforce=privileged/;
    assert.match(await notes(), label);
    assert.doesNotMatch(await notes(), /oc adm/);
    assert.doesNotMatch(await notes('--set', 'namespace.create=true'), label);
    assert.doesNotMatch(await notes('--set', 'speaker.enable=false'), label);
    const { stdout } = await execa(helm, [
      'template',
      'x',
      projectRoot(),
      '--skip-tests',
      '--set',
      'namespace.create=true',
    ]);
    const { labels } = find(parse(stdout), 'Namespace')!.metadata;
    for (const mode of ['enforce', 'audit', 'warn'])
      assert.equal(labels?.[`pod-security.kubernetes.io/${mode}`], 'privileged');
  });

  it('prints the next three commands with the names and the values of this release', async () => {
    const next = async (...more: readonly string[]) => {
      const { stdout } = await execa(helm, ['install', 'mine', projectRoot(), '-n', 'lb', '--dry-run=client', ...more]);
      const notes = stdout.slice(stdout.indexOf('What to do next'));
      return notes.split('\n').filter((line) => /^ {2}(kubectl|helm) /.test(line));
    };
    const usual = await next();
    assert.deepEqual(usual, [
      '  kubectl -n lb rollout status deployment/openelb-controller daemonset/openelb-agent',
      '  kubectl apply -f - <<END',
      '  helm test mine --namespace lb --logs',
    ]);
    assert.deepEqual(await next('--set', 'test.enable=false'), [...usual.slice(0, 2), '  kubectl get services -A']);
    assert.deepEqual(await next('--set', 'agent.enable=false'), [], 'half of it is for others to go on with');
    const { stdout } = await execa(helm, ['install', 'x', projectRoot(), '--dry-run=client', '--set', 'test.eip=dmz']);
    const [, manifest] = /<<END\n([\s\S]*?)\n {2}END/.exec(stdout)!;
    const eip = parse(manifest!.replaceAll(/^ {2}/gm, ''))[0] as unknown as Eip;
    assert.equal(eip.metadata.name, 'dmz');
    assert.deepEqual(validateEip(eip), { ...validateEip(eip), ok: true });
  });

  it('lets the accounts use the constraints of OpenShift that their Pods need, where there are any', async () => {
    const constraints = async (...more: readonly string[]) => {
      const { stdout } = await execa(helm, ['template', 'x', projectRoot(), '--skip-tests', ...more]);
      return parse(stdout)
        .filter(({ kind }) => kind === 'Role')
        .flatMap((role) => {
          const { rules } = role as unknown as {
            rules: { apiGroups: string[]; resourceNames: string[]; verbs: string[] }[];
          };
          const own = rules.filter(({ apiGroups }) => apiGroups.includes('security.openshift.io'));
          return own.map(({ resourceNames, verbs }) => `${role.metadata.name} ${verbs} ${resourceNames}`);
        })
        .sort();
    };
    const openShift = ['--api-versions', 'security.openshift.io/v1'];
    assert.deepEqual(await constraints(), []);
    assert.deepEqual(await constraints(...openShift), [
      'openelb-agent use privileged',
      'openelb-controller use nonroot-v2',
    ]);
    assert.deepEqual(await constraints(...openShift, '--set', 'controller.hostNetwork=true'), [
      'openelb-agent use privileged',
      'openelb-controller use privileged',
    ]);
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
    [
      'a policy for a controller that no policy reaches',
      'controller.hostNetwork=true,networkPolicy={"enable":true,"apiServers":["192.0.2.1/32"]}',
      /networkPolicy\.enable is true, and controller\.hostNetwork, too: no NetworkPolicy reaches/,
    ],
    ["a tag of OpenELB's", 'global.tag="v0.6.0"', /global\.tag is v0\.6\.0: that is a release of OpenELB/],
    ['one port for two things', 'agent.monitorPort=17473', /agent\.monitorPort and agent\.healthPort are both 17473/],
    [
      "one port by OpenELB's name",
      'speaker.monitorPort=17473',
      /speaker\.monitorPort and agent\.healthPort are both 17473/,
    ],
    [
      "the webhook's port for health",
      'controller.healthPort=9443',
      /controller\.healthPort and webhook\.port are both 9443/,
    ],
    [
      "the metrics' port for the webhook",
      'webhook.port=8080',
      /controller\.monitorPort and webhook\.port are both 8080/,
    ],
    [
      'a port of the agent for a controller in the network of the node',
      'controller={"hostNetwork":true,"healthPort":17473}',
      /agent\.healthPort and controller\.healthPort are both 17473, in the network of the node/,
    ],
    ["the kubelet's port", 'agent.monitorPort=10250', /agent\.monitorPort is 10250: on the node that is the kubelet's/],
    ['a port that takes a capability', 'agent.healthPort=179', /agent\.healthPort is 179: .* below 1024/],
    [
      'a port without a host',
      'agent.apiServer.port=7443',
      /agent\.apiServer\.port is 7443 without agent\.apiServer\.host/,
    ],
    [
      'a URL for a host',
      'agent.apiServer.host="https://x"',
      /'\/agent\/apiServer\/host': 'https:\/\/x' does not match/,
    ],
    [
      'one account for both programs',
      'agent.serviceAccountName="openelb-controller"',
      /agent\.serviceAccountName and controller\.serviceAccountName are both openelb-controller/,
    ],
    ['a label that selects Pods', 'agent.podLabels={"app":"x"}', /agent\.podLabels has app: the chart sets this label/],
    ['the same for all', 'commonLabels={"component":"x"}', /commonLabels has component: the chart sets this label/],
    ['a label that is no text', 'commonLabels={"a":1}', /'\/commonLabels\/a': got number, want string/],
    [
      'a flag that has a value',
      'controller.extraArgs=["--vrid-range=7"]',
      /extraArgs has --vrid-range=7: .* Set controller\.vridRange instead/,
    ],
    [
      "a flag that is the chart's",
      'agent.extraArgs=["--node-name","x"]',
      /agent\.extraArgs has --node-name: .* Remove it/,
    ],
    ["a variable that is the chart's", 'agent.extraEnv=[{"name":"NODE_NAME"}]', /agent\.extraEnv has NODE_NAME/],
    ['a variable twice', 'agent.extraEnv=[{"name":"A"},{"name":"A"}]', /agent\.extraEnv has A/],
    ["a volume that is the chart's", 'agent.extraVolumes=[{"name":"state"}]', /agent\.extraVolumes has state/],
    [
      'a budget that lets no node be drained',
      'controller.podDisruptionBudget={"enable":true,"minAvailable":1}',
      /keeps every one of 1 controller/,
    ],
    [
      'a budget of two kinds',
      'controller={"replicas":3,"podDisruptionBudget":{"enable":true,"minAvailable":1,"maxUnavailable":1}}',
      /minAvailable and maxUnavailable: give one/,
    ],
    ['a section that was taken away', 'controller=null', /missing property 'controller'/],
    ['an image without a name', 'image.repository=null', /'\/image': missing property 'repository'/],
    ['a port that was taken away', 'agent.healthPort=null', /'\/agent': missing property 'healthPort'/],
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
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    name: string;
    namespace?: string;
    annotations?: Record<string, string>;
    labels?: Record<string, string>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: shapes of many kinds, read in place
  readonly spec: any;
  readonly data?: Readonly<Record<string, string>>;
  readonly subjects?: readonly { readonly name: string }[];
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
    env: { name: string; value?: string }[];
    volumeMounts: { name: string }[];
    ports?: { name: string }[];
    securityContext: Record<string, unknown> & { capabilities: { drop: string[]; add?: string[] } };
    resources: { limits: Record<string, string>; requests: Record<string, string> };
  };
}
