import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../../../scripts/tools/project-root.js';
import { type CheckOptions, check, mostObjects } from '../../../src/check/check.js';

const head = 'apiVersion: network.kubesphere.io/v1alpha2\n';
const cluster: CheckOptions = { forAgent: false, allServices: false };
const agent: CheckOptions = { ...cluster, forAgent: true };
const eip = (name: string, address: string, more = '') =>
  `${head}kind: Eip\nmetadata: {name: ${name}}\nspec:\n  address: ${address}\n${more}`;
const group = (name: string, more: string) =>
  `${head}kind: VipGroup\nmetadata: {name: ${name}}\nspec:\n  protocol: vip\n  interface: eth0\n${more}` +
  '  members: [{node: n1, priority: 100}]\n';
const service = (name: string, annotations: string, spec = '') =>
  `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\n  annotations:\n    lb.kubesphere.io/v1alpha1: openelb\n${annotations}` +
  `spec: {type: LoadBalancer, ports: [{port: 80}]${spec}}\n`;

/** `line severity path: message` of each finding in one file. */
const found = (text: string, o = cluster) =>
  check([{ file: 'a.yaml', text }], o).findings.map((f) => `${f.line} ${f.severity} ${f.path}: ${f.message}`);
const documents = (...texts: readonly string[]) => texts.join('---\n');

describe('checking manifests', () => {
  it('finds nothing in manifests that are right', () => {
    const text = documents(
      eip('lan', '192.0.2.0/24', '  protocol: vip\n  interface: eth0\n'),
      `${head}kind: BgpConf\nmetadata: {name: default}\nspec: {as: 64512, communityAliases: {quiet: "64512:100"}}\n`,
      `${head}kind: BgpPeer\nmetadata: {name: tor}\nspec: {conf: {peerAs: 64513, neighborAddress: 192.0.2.254}, communities: [quiet]}\n`,
      service(
        'web',
        '    eip.openelb.kubesphere.io/v1alpha2: lan\n    eip.openelb.kubesphere.io/v1alpha1: 192.0.2.9\n',
      ),
    );
    assert.deepEqual(found(text), []);
    assert.equal(check([{ file: 'a.yaml', text }], cluster).objects, 4);
  });

  it('names the line of the field that is wrong, and for one that is missing the nearest around it', () => {
    assert.deepEqual(found(eip('lan', '192.0.2.9-192.0.2.1')), [
      '5 error spec.address: range 192.0.2.9-192.0.2.1 runs backwards: write it as 192.0.2.1-192.0.2.9',
    ]);
    assert.deepEqual(found(`# pools\n${head}kind: Eip\nmetadata: {name: lan}\nspec:\n  protocol: vip\n`), [
      '5 error spec.address: is missing: it is required',
    ]);
  });

  it('finds the place in a List, behind an alias, in JSON, and of a name with dots', () => {
    const item = (name: string) =>
      `- kind: Eip\n  ${head}  metadata: {name: ${name}}\n  spec: {address: x}\n`.replace(/^- kind/, '- kind');
    assert.match(
      found(`kind: List\napiVersion: v1\nitems:\n${item('a')}${item('b')}`)[1] ?? '',
      /^11 error spec.address/,
    );
    const shared = `${head}kind: Eip\nmetadata: {name: lan}\nx-range: &r\n  address: nowhere\nspec: *r\n`;
    assert.ok(
      found(shared).some((line) => line.startsWith('5 error spec.address')),
      String(found(shared)),
    );
    const json = JSON.stringify(
      { apiVersion: 'network.kubesphere.io/v1alpha2', kind: 'Eip', metadata: { name: 'lan' }, spec: { address: 'x' } },
      null,
      1,
    );
    assert.match(found(json)[0] ?? '', /^8 error spec.address/);
    const labelled = `${head}kind: Eip\nmetadata:\n  name: lan\n  annotations:\n    eip.openelb.kubesphere.io/is-default-eip: true\nspec: {address: 192.0.2.1}\n`;
    assert.deepEqual(found(labelled), [
      '6 error metadata.annotations["eip.openelb.kubesphere.io/is-default-eip"]: is true, which is no text: write "true", in quotes',
    ]);
  });

  it('warns of a field that nobody knows, with the one that was meant; for an agent it is an error', () => {
    const text = group('g', '  addreses: [192.0.2.1]\n  addresses: [192.0.2.1]\n  vrrp: {virtualRouterId: 7}\n');
    assert.match(found(text).join(), /^7 warning spec\.addreses: is no known field: did you mean addresses\?[^\n]*$/);
    assert.match(found(text, agent).join(), /^7 error spec\.addreses: is no known field: did you mean addresses\?/);
  });

  it('knows a kind, a group and a version that are misspelt, and leaves objects of others alone', () => {
    assert.match(
      found('apiVersion: network.kubesphere.io/v1alpha2\nkind: EIP\n').join(),
      /^2 error kind: is "EIP": did you mean Eip\?/,
    );
    assert.match(
      found(eip('lan', '192.0.2.1').replace('v1alpha2', 'v1')).join(),
      /^1 error apiVersion: is ".*v1": it must be .*v1alpha2/,
    );
    assert.match(found(eip('lan', '192.0.2.1').replace('kubesphere', 'kubesphre')).join(), /^1 error apiVersion/);
    assert.match(
      found('kind: Eip\nmetadata: {name: lan}\nspec: {address: 192.0.2.1}\n').join(),
      /^1 error apiVersion: is missing/,
    );
    const others = documents(
      'apiVersion: metallb.io/v1beta1\nkind: BGPPeer\nmetadata: {name: x}\n',
      'apiVersion: v1\nkind: ConfigMap\n',
    );
    assert.deepEqual(found(others), []);
    assert.equal(check([{ file: 'a', text: others }], cluster).others, 2);
  });

  it('finds pools that overlap across files, names the other place, and tells it to the later one', () => {
    const files = [
      { file: 'a.yaml', text: documents(eip('wide', '10.0.0.0/8'), eip('six', '2001:db8::/64')) },
      { file: 'b.yaml', text: documents(eip('inside', '10.1.0.0/16, 192.0.2.0/24'), eip('apart', '172.16.0.1')) },
      { file: 'c.yaml', text: eip('edge', '192.0.2.255-192.0.3.3, 10.1.2.3') },
    ];
    const { findings } = check(files, cluster);
    assert.deepEqual(
      findings.map(({ file, line, object, message }) => [file, line, object, message.split(':', 2).join(':')]),
      [
        ['b.yaml', 5, 'Eip inside', 'holds 10.1.0.0/16, which belongs to Eip wide (a.yaml:3) already'],
        ['c.yaml', 5, 'Eip edge', 'holds 10.1.2.3, which belongs to Eip wide (a.yaml:3) already'],
        ['c.yaml', 5, 'Eip edge', 'holds 192.0.2.255, which belongs to Eip inside (b.yaml:3) already'],
      ].map((each) => each.map((cell) => (typeof cell === 'string' ? cell.split(':', 2).join(':') : cell))),
    );
  });

  it('finds one address twice in an Eip, a second default, and two objects of one name', () => {
    assert.match(
      found(eip('lan', '192.0.2.1, 192.0.2.0/30')).join(),
      /^5 error spec\.address: holds 192\.0\.2\.1 twice/,
    );
    const standard = (name: string, address: string) =>
      eip(name, address).replace('}', ', annotations: {eip.openelb.kubesphere.io/is-default-eip: "true"}}');
    assert.match(
      found(documents(standard('a', '192.0.2.1'), standard('b', '192.0.2.2'))).join(),
      /^9 error metadata\.annotations.*Eip a \(a\.yaml:3\) is the default already/,
    );
    assert.match(
      found(documents(eip('a', '192.0.2.1'), eip('a', '192.0.2.2'))).join(),
      /^9 error metadata\.name: is also that of Eip a \(a\.yaml:3\)/,
    );
  });

  it('finds what a Service asks for in vain, and nothing that a cluster may have beside the files', () => {
    const pool = eip('lan', '192.0.2.0/24');
    const from = (name: string, ...lines: readonly string[]) =>
      service(name, lines.map((line) => `    eip.openelb.kubesphere.io/${line}\n`).join(''));
    assert.match(
      found(documents(pool, from('web', 'v1alpha2: lan', 'v1alpha1: 203.0.113.9'))).join(),
      /^14 error .*203\.0\.113\.9 is not in Eip lan/,
    );
    assert.match(found(from('web', 'v1alpha1: 192.0.2.700')).join(), /^7 error .*"192\.0\.2\.700" is no IP address/);
    assert.match(found(documents(pool, from('web', 'v1alpha2: lam'))).join(), /^13 warning .*did you mean lan\?/);
    assert.deepEqual(found(documents(pool, from('web', 'v1alpha2: elsewhere', 'v1alpha1: 203.0.113.9'))), []);
    assert.deepEqual(found(documents(eip('six', '2001:db8::/64'), from('web', 'v1alpha2: six'))), []);
    const both = ['a', 'b'].map((name) => from(name, 'v1alpha2: lan', 'v1alpha1: 192.0.2.9'));
    assert.match(
      found(documents(pool, ...both)).join(),
      /^24 error .*192\.0\.2\.9 of Eip lan is in use by Service default\/a/,
    );
  });

  it('warns of Services that were meant for us and are not served, unless all are', () => {
    const unasked = service('web', '    eip.openelb.kubesphere.io/v1alpha2: lan\n').replace(/ +lb\.kube.*\n/, '');
    assert.match(found(unasked).join(), /^6 warning .*does not say that it is ours to serve/);
    assert.deepEqual(found(unasked, { ...cluster, allServices: true }), []);
    assert.deepEqual(found('apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {type: LoadBalancer}\n'), []);
  });

  it('judges a BgpPeer by the names of communities in the BgpConf, when that is among the files', () => {
    const peer = `${head}kind: BgpPeer\nmetadata: {name: tor}\nspec: {conf: {peerAs: 64513, neighborAddress: 192.0.2.254}, communities: [quiet]}\n`;
    assert.deepEqual(found(peer), []);
    const conf = `${head}kind: BgpConf\nmetadata: {name: default}\nspec: {as: 64512}\n`;
    assert.match(found(documents(conf, peer)).join(), /^9 error spec\.communities\[0\]/);
  });

  it('warns of two groups of an agent that have one address, or one virtual router ID on one NIC', () => {
    const same = (id: number) => `  addresses: [192.0.2.1]\n  vrrp: {virtualRouterId: ${id}}\n`;
    assert.match(
      found(documents(group('a', same(7)), group('b', same(8))), agent).join(),
      /^17 warning spec\.addresses\[0\]: is 192\.0\.2\.1, which VipGroup a/,
    );
    const other = `  addresses: [192.0.2.2]\n  vrrp: {virtualRouterId: 7}\n`;
    assert.match(
      found(documents(group('a', same(7)), group('b', other)), agent).join(),
      /^18 warning spec\.vrrp\.virtualRouterId: is 7, as that of VipGroup a/,
    );
    assert.deepEqual(
      found(documents(group('a', same(7)), group('b', other.replace('192.0.2.2', '2001:db8::2'))), agent),
      [],
    );
  });

  it('refuses for an agent what an agent refuses: other kinds, and a file that says nothing', () => {
    assert.match(
      found(eip('lan', '192.0.2.1'), agent).join(),
      /^2 error kind: is Eip: an agent reads VipGroup, BgpConf and BgpPeer/,
    );
    assert.match(found('# nothing\n', agent).join(), /^1 error : is empty/);
    assert.deepEqual(found('# nothing\n'), []);
    const conf = `${head}kind: BgpConf\nmetadata: {name: other}\nspec: {as: 64512}\n`;
    assert.match(found(conf, agent).join(), /^3 error metadata\.name: .*only the BgpConf of the name default/);
  });

  it('reads what the samples and the pages show, and finds no error in it', async () => {
    const root = projectRoot();
    const samples = (await readdir(join(root, 'deploy/samples'), { recursive: true })).filter((each) =>
      /\.ya?ml$/.test(each),
    );
    const files = await Promise.all(
      samples.map(async (each) => ({ file: each, text: await readFile(join(root, 'deploy/samples', each), 'utf8') })),
    );
    for (const each of files) assert.deepEqual(check([each], cluster).findings, [], each.file);
    const pages = (await readdir(join(root, 'docs'), { recursive: true })).filter((each) => each.endsWith('.md'));
    let judged = 0;
    for (const page of [...pages.map((each) => join('docs', each)), 'README.md']) {
      for (const block of manifestsOn(await readFile(join(root, page), 'utf8'))) {
        const { findings, objects } = check([{ file: page, text: block }], cluster);
        assert.deepEqual(
          findings.filter(({ severity }) => severity === 'error'),
          [],
          page,
        );
        judged += objects;
      }
    }
    assert.ok(judged > 5, `only ${judged} objects were found on the pages`);
  });
});

/** Fenced, or indented by four blanks. */
function manifestsOn(page: string): readonly string[] {
  const fenced = [...page.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, block = '']) => block);
  const indented = [...page.matchAll(/(?:^ {4}.*\n)+/gm)].map(([block]) => block.replace(/^ {4}/gm, ''));
  return [...fenced, ...indented].filter((block) => /^kind:/m.test(block));
}

describe('checking manifests that mean harm', () => {
  const bombs: readonly (readonly [string, string])[] = [
    [
      'aliases that would fill the memory',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefghi'].map((to, at) => `${to}: &${to} [${`*${'abcdefgh'[at]},`.repeat(9)}]`).join('\n')}\n`,
    ],
    ['what refers to itself', 'kind: Eip\nspec: &s {address: *s}\n'],
    ['very deep lists', '['.repeat(500_000)],
    ['very deep maps', `${'{a: '.repeat(200_000)}`],
    ['a map of very many keys', Array.from({ length: 100_000 }, (_, at) => `k${at}: 1`).join('\n')],
    ['no YAML at all', '\u0001\u0002: [}'.repeat(10_000)],
  ];
  for (const [name, text] of bombs) {
    it(`cannot read ${name}, and says so`, () => {
      const { unreadable } = check([{ file: 'a.yaml', text }], cluster);
      assert.ok(unreadable.length > 0);
      assert.ok(unreadable.every(({ message }) => message.length < 1_000));
    });
  }

  it('takes time in how many pools there are, not in their pairs', function () {
    this.timeout(30_000);
    const many = (from: number, count: number) =>
      Array.from({ length: count }, (_, at) =>
        eip(`p${from + at}`, `10.${(from + at) >> 8}.${(from + at) & 255}.0/24`),
      ).join('---\n');
    const files = [0, 1, 2].map((at) => ({ file: `f${at}`, text: many(at * 2_000, 2_000) }));
    const { findings, objects } = check([...files, { file: 'all', text: eip('all', '10.0.0.0/8') }], cluster);
    assert.equal(objects, 6_001);
    assert.equal(findings.length, 6_000);
  });

  it('does not judge more objects than any cluster has', () => {
    const text = 'kind: x\n---\n'.repeat(mostObjects + 1);
    assert.match(check([{ file: 'a', text }], cluster).unreadable[0]?.message ?? '', /at most 20000 are checked/);
  });

  it('is no prototype away from a wrong answer', () => {
    for (const kind of ['__proto__', 'constructor', 'toString'])
      assert.match(found(`${head}kind: ${kind}\nmetadata: {name: x}\n`).join(), /^2 error kind: is/);
    assert.match(
      found(
        `${head}kind: Eip\nmetadata: {name: x}\nspec: {address: 192.0.2.1, __proto__: {a: 1}, constructor: 1}\n`,
      ).join(),
      /warning spec\.constructor/,
    );
  });

  it('tells at most fifty things of one object', () => {
    const keys = Array.from({ length: 500 }, (_, at) => `zz${at}: 1`).join(', ');
    const lines = found(`${head}kind: Eip\nmetadata: {name: x}\nspec: {address: 192.0.2.1, ${keys}}\n`);
    assert.equal(lines.length, 51);
    assert.match(lines.at(-1) ?? lines[0]!, /and 450 more|zz/);
    assert.ok(lines.some((line) => line.endsWith('and 450 more')));
  });
});
