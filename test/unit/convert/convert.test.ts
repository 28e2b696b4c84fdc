import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../../scripts/tools/project-root.js';
import { validateEip } from '../../../src/api/validate.js';
import { manifestsText } from '../../../src/convert/command.js';
import { convert } from '../../../src/convert/convert.js';
import { remarkText } from '../../../src/convert/document.js';
import { readDocuments } from '../../../src/convert/read.js';

const folder = join(projectRoot(), 'test/unit/convert/golden');
/** `UPDATE_GOLDEN=1` writes what comes out now; the difference is then for a person to read. */
const updating = process.env.UPDATE_GOLDEN === '1';

/** What is chosen on the command line. */
const chosen: Readonly<Record<string, object>> = {
  'kube-vip': { protocol: 'vip', interface: 'can_reach:192.168.0.1' },
  'metallb-to-bgp': { protocol: 'bgp' },
};

function converted(yaml: string, choices = {}) {
  const read = readDocuments(yaml, 'in.yaml');
  assert.ok(read.ok, read.ok ? '' : read.reason);
  return convert(read.documents, { protocol: 'layer2', ...choices });
}

describe('convert', () => {
  for (const name of readdirSync(folder)) {
    it(`turns ${name} into the golden manifests, and says what has no counterpart`, () => {
      const choices = chosen[name] ?? {};
      const { manifests, remarks, notes, problems } = converted(
        readFileSync(join(folder, name, 'in.yaml'), 'utf8'),
        choices,
      );
      const noted = notes.map((each) => `note: ${remarkText(each)}`);
      const remarked = [
        ...noted,
        ...remarks.map(remarkText),
        ...problems.map((each) => `problem: ${remarkText(each)}`),
      ];
      const outcome = {
        'out.yaml': manifestsText(manifests),
        'remarks.txt': remarked.map((line) => `${line}\n`).join(''),
      };
      for (const [file, text] of Object.entries(outcome)) {
        const path = join(folder, name, file);
        if (updating) writeFileSync(path, text);
        assert.ok(existsSync(path), `${path} is missing: run with UPDATE_GOLDEN=1 and read what it wrote`);
        assert.equal(text, readFileSync(path, 'utf8'));
      }
    });
  }

  for (const choices of [{}, { interface: 'eth0' }]) {
    it(`makes Eips that are valid with the choices ${JSON.stringify(choices)}`, () => {
      const yaml = readFileSync(join(folder, 'metallb-several-pools', 'in.yaml'), 'utf8');
      const { manifests, problems } = converted(yaml, choices);
      assert.deepEqual(problems, []);
      for (const eip of manifests) assert.deepEqual(validateEip(eip, { strict: true }).ok, true);
    });
  }

  it('says what it did not read of how kube-vip speaks with routers', () => {
    const speaker = (env: string) =>
      'apiVersion: v1\nkind: Pod\nmetadata: {name: vip}\nspec: {containers: [{image: ghcr.io/kube-vip/kube-vip:v1.0.0, env: [' +
      `{name: bgp_enable, value: "true"}, {name: bgp_peers, value: "192.0.2.1:64513"}, ${env}]}]}\n`;
    const remarksOf = (env: string) => converted(speaker(env)).remarks.map(remarkText).join('\n');
    const from = 'valueFrom: {configMapKeyRef: {name: bgp, key: x}}';
    for (const name of [
      'bgp_as',
      'bgp_hold_time',
      'bgp_keepalive_interval',
      'bgp_sourceip',
      'bgp_multihop',
      'bgp_peerpass',
      'mpbgp_nexthop',
    ])
      assert.match(
        remarksOf(`{name: ${name}, ${from}}`),
        new RegExp(`^Pod vip: env ${name}: its value comes from`, 'm'),
      );
    const secret = '{name: bgp_peerpass, valueFrom: {secretKeyRef: {name: bgp, key: x}}}';
    assert.doesNotMatch(remarksOf(secret), /its value comes from/);
  });

  it('says so where kube-vip has BFD with a router over several hops, which is left out', () => {
    const remarksOf = (peer: string) => {
      const yaml =
        'apiVersion: v1\nkind: Pod\nmetadata: {name: vip}\nspec: {containers: [{image: kube-vip, env: [' +
        `{name: bgp_enable, value: "true"}, {name: bgp_as, value: "1"}, {name: bgp_peers, value: "${peer}"}]}]}\n`;
      return converted(yaml).remarks.map(remarkText).join('\n');
    };
    assert.match(remarksOf('192.0.2.1:64513::true:::true;300;300;3'), /^Pod vip: env bgp_peers: 192\.0\.2\.1: BFD /m);
    assert.doesNotMatch(remarksOf('192.0.2.1:64513::false:::true;300;300;3'), /BFD/);
    assert.doesNotMatch(remarksOf('192.0.2.1:64513::true:::false'), /BFD/);
  });

  it('does not take one AS number for two, even where it is none', () => {
    const yaml =
      'apiVersion: v1\nkind: Pod\nmetadata: {name: vip}\nspec: {containers: [{image: kube-vip, env: [' +
      '{name: bgp_enable, value: "true"}, {name: bgp_as, value: one}, {name: bgp_peers, value: "192.0.2.1:64513"}]}]}\n';
    const { remarks, problems } = converted(yaml);
    assert.doesNotMatch(remarks.map(remarkText).join('\n'), /nodes have one BgpConf/);
    assert.match(problems.map(remarkText).join('\n'), /^BgpConf default: spec\.as: /m);
  });

  it('says which NICs it takes when kube-vip runs on several, unless told', () => {
    const program = (name: string, nic: string) =>
      `apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: ${name}}\nspec: {template: {spec: {containers: [{image: ` +
      `ghcr.io/kube-vip/kube-vip:v1.0.0, env: [{name: vip_interface, value: ${nic}}]}]}}}\n---\n`;
    const yaml = program('one', 'eth0') + program('two', 'eth1');
    assert.match(
      converted(yaml).remarks.map(remarkText).join('\n'),
      /^kube-vip: NICs: eth0,eth1: where a pool names none/m,
    );
    assert.deepEqual(converted(yaml, { interface: 'eth1' }).remarks, []);
  });

  it('announces from the nodes of every advertisement, and never from those of one of them alone', () => {
    const advertisement = (name: string, zone: string) =>
      `---\napiVersion: metallb.io/v1beta1\nkind: L2Advertisement\nmetadata: {name: ${name}}\nspec: {interfaces: [eth0], ` +
      `nodeSelectors: [${zone === '' ? '' : `{matchLabels: {zone: ${zone}}}`}]}\n`;
    const pool =
      'apiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata: {name: lan}\nspec: {addresses: [192.0.2.0/28]}\n';
    const selected = (...zones: readonly string[]) => {
      const { manifests, remarks } = converted(pool + zones.map((zone, at) => advertisement(`a${at}`, zone)).join(''));
      assert.deepEqual(remarks, []);
      const { nodeSelector, nodeSelectors } = manifests[0]!.spec as { nodeSelector?: object; nodeSelectors?: object };
      return nodeSelector ?? nodeSelectors;
    };
    const zone = (name: string) => ({ matchLabels: { zone: name } });
    assert.deepEqual(selected('a', 'a'), { zone: 'a' });
    assert.deepEqual(selected('a', ''), undefined, 'one of them is for every node');
    assert.deepEqual(selected('a', 'b', 'c', 'b'), [zone('a'), zone('b'), zone('c')]);
  });

  it('says that no router is told where a LAN’s pools go to BGP and the input has no router', () => {
    const pools = readFileSync(join(folder, 'metallb-layer2', 'in.yaml'), 'utf8');
    const { manifests, remarks } = converted(pools, { protocol: 'bgp' });
    assert.equal((manifests[0]!.spec as { protocol: string }).protocol, 'bgp');
    assert.match(remarks.map(remarkText).join('\n'), /^--protocol bgp: there is no router in the input/m);
  });

  it('reads values that somebody forgot to quote', () => {
    const { manifests, remarks } = converted(
      'apiVersion: v1\nkind: Service\nmetadata: {name: web, annotations: {lb.kubesphere.io/v1alpha1: true, ' +
        'metallb.io/allow-shared-ip: 1, kube-vip.io/loadbalancerIPs: 7, example.com/a: {b: c}, example.com/d: null}}\n' +
        'spec: {type: LoadBalancer}\n',
    );
    assert.deepEqual((manifests[0]!.metadata as { annotations: object }).annotations, {
      'lb.kubesphere.io/v1alpha1': 'true',
      'eip.openelb.kubesphere.io/sharing-key': '1',
      'eip.openelb.kubesphere.io/v1alpha1': '7',
      'example.com/a': '{"b":"c"}',
      'example.com/d': '',
    });
    assert.equal(remarks.length, 1, 'the annotation is not openelb');
  });

  it('leaves what it made as it is', () => {
    const { manifests } = converted(readFileSync(join(folder, 'metallb-layer2', 'in.yaml'), 'utf8'));
    const again = converted(manifestsText(manifests));
    assert.deepEqual(again.manifests, manifests);
    assert.deepEqual(again.remarks, []);
  });

  const bomb = ['a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]']
    .concat(Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${Array(10).fill(`*a${n}`).join(', ')}]`))
    .join('\n');
  for (const [claim, yaml, reason] of [
    ['is not YAML', 'a: [', /^in\.yaml: /],
    ['is no Kubernetes object', 'a: 1', /in\.yaml, document 1: is no Kubernetes object: apiVersion or kind is missing/],
    ['stands for itself without end', 'a: &a [1, *a]', /in\.yaml, document 1: /],
    ['would fill the memory', bomb, /in\.yaml, document 1: .*alias/i],
    ['has lists in each other over too many levels', '['.repeat(100_000), /in\.yaml: has lists and maps in each other/],
    ['has no name', 'apiVersion: v1\nkind: Service\n', /document 1: Service has no metadata\.name/],
    [
      'is no object in a list',
      'apiVersion: v1\nkind: List\nitems:\n- 7\n',
      /document 1, item 1: is no Kubernetes object/,
    ],
  ] as const) {
    it(`names the place of what ${claim}`, () => {
      const read = readDocuments(yaml, 'in.yaml');
      assert.ok(!read.ok);
      assert.match(read.reason, reason);
    });
  }
});
