import assert from 'node:assert/strict';
import fc from 'fast-check';
import { wantedOf } from '../../../../src/controller/metallb/wanted.js';
import type { Document } from '../../../../src/convert/document.js';
import { documentOf } from '../../../../src/convert/document.js';

const namespaces = [
  { name: 'blue', labels: { team: 'net' } },
  { name: 'red', labels: {} },
];

function of(kind: string, name: string, spec: unknown, more: object = {}): Document {
  const metadata = { name, namespace: 'metallb-system' };
  const version = kind === 'ConfigMap' ? 'v1' : 'metallb.io/v1beta1';
  const document = documentOf(version, kind, { metadata, spec, ...more });
  assert.ok(document);
  return document;
}
const made = (...documents: readonly Document[]) => wantedOf(documents, { namespaces });
const pool = (name: string, spec: object) => of('IPAddressPool', name, spec);
const everywhere = of('L2Advertisement', 'all', {});

describe("what MetalLB's objects come to", () => {
  it('is nothing without objects', () => {
    assert.deepEqual(made(), { wanted: [], unread: [], findings: [] });
  });

  it('is, of a pool that everybody may have, an Eip that is a default and comes after those with a number', () => {
    const { wanted, findings } = made(pool('lan', { addresses: ['192.0.2.0/28'] }), everywhere);
    assert.deepEqual(findings, []);
    assert.deepEqual(
      wanted.map(({ name, origin, content }) => ({ name, origin, content })),
      [
        {
          name: 'lan',
          origin: 'IPAddressPool metallb-system/lan',
          content: { spec: { address: '192.0.2.0/28', protocol: 'layer2', priority: 1000 }, isDefault: true },
        },
      ],
    );
  });

  it('is an Eip of the namespaces that a selector chooses now', () => {
    const serviceAllocation = {
      namespaceSelectors: [{ matchExpressions: [{ key: 'team', operator: 'Exists' }] }],
      namespaces: ['named'],
      priority: 5,
    };
    const { wanted } = made(pool('lan', { addresses: ['192.0.2.0/28'], serviceAllocation }), everywhere);
    assert.deepEqual(wanted[0]?.content.spec.namespaces, ['blue', 'named']);
    assert.equal(wanted[0]?.content.spec.priority, 5);
  });

  const specOf = (spec: object) =>
    made(pool('lan', { addresses: ['192.0.2.0/28'], ...spec }), everywhere).wanted[0]!.content;

  it('is an Eip for the Services that its selectors choose, in the namespaces that it is for', () => {
    const serviceSelectors = [{ matchExpressions: [{ key: 'app', operator: 'In', values: ['bar'] }] }];
    const { spec, isDefault } = specOf({ serviceAllocation: { namespaces: ['named'], serviceSelectors } });
    assert.deepEqual([spec.namespaces, spec.serviceSelectors, isDefault], [['named'], serviceSelectors, false]);
    const alone = specOf({ serviceAllocation: { serviceSelectors } });
    assert.deepEqual([alone.spec.serviceSelectors, alone.spec.namespaceSelector], [serviceSelectors, undefined]);
  });

  it('is an Eip for everybody, among those for somebody, where a pool has nothing but a rank', () => {
    const { spec, isDefault } = specOf({ serviceAllocation: { priority: 5 } });
    assert.deepEqual([spec.namespaceSelector, spec.priority, isDefault], [{}, 5, false]);
  });

  it('is an Eip for those who name it, of those that it is for, without automatic assignment', () => {
    const { spec } = specOf({ autoAssign: false, serviceAllocation: { namespaces: ['named'] } });
    assert.deepEqual([spec.autoAssign, spec.namespaces], [false, ['named']]);
  });

  it('is an Eip that gives nothing where no namespace is selected', () => {
    const serviceAllocation = { namespaceSelectors: [{ matchLabels: { team: 'nobody' } }] };
    const { wanted, findings } = made(pool('lan', { addresses: ['192.0.2.0/28'], serviceAllocation }), everywhere);
    assert.equal(wanted[0]?.content.spec.disable, true);
    assert.equal(wanted[0]?.content.isDefault, false);
    assert.match(findings[0]?.message ?? '', /select no namespace/);
  });

  it('is an Eip under a name that an object can have, where a ConfigMap calls a pool otherwise', () => {
    const config = 'address-pools:\n- {name: My_Pool, protocol: layer2, addresses: [192.0.2.8/30]}\n';
    const { wanted } = made(of('ConfigMap', 'config', undefined, { data: { config } }));
    assert.deepEqual(
      wanted.map(({ name }) => name),
      ['my-pool'],
    );
  });

  it('is the newer of two pools by one name, and a word about the other', () => {
    const old = of('AddressPool', 'lan', { addresses: ['198.51.100.0/28'], protocol: 'layer2' });
    const { wanted, findings } = made(pool('lan', { addresses: ['192.0.2.0/28'] }), everywhere, old);
    assert.deepEqual(
      wanted.map(({ content }) => content.spec.address),
      ['192.0.2.0/28'],
    );
    assert.deepEqual(
      findings.map(({ object }) => object),
      ['AddressPool metallb-system/lan'],
    );
  });

  const configMap = (config: string) => of('ConfigMap', 'config', undefined, { data: { config } });
  const line = (name: string, address: string) => `- {name: ${name}, protocol: layer2, addresses: [${address}]}\n`;

  it('is the first of two pools of a ConfigMap by one name', () => {
    const lines = line('lan', '192.0.2.8/30') + line('lan', '192.0.2.16/30') + line('other', '192.0.2.32/30');
    const { wanted, findings } = made(configMap(`address-pools:\n${lines}`));
    assert.deepEqual(
      wanted.map(({ name, content }) => [name, content.spec.address]),
      [
        ['lan', '192.0.2.8/30'],
        ['other', '192.0.2.32/30'],
      ],
    );
    assert.deepEqual(
      findings.map(({ object }) => object),
      ['ConfigMap metallb-system/config, address pool lan (address-pools[1])'],
    );
  });

  it('lacks of two peers of a ConfigMap at one address only that of which the name is taken', () => {
    const peer = (port: number) => `{my-asn: 64513, peer-asn: 64512, peer-address: 10.0.0.1, peer-port: ${port}}`;
    const { wanted } = made(
      of('BGPPeer', 'peer-0', { myASN: 64513, peerASN: 64512, peerAddress: '10.0.0.9' }),
      configMap(`peers: [${peer(179)}, ${peer(1790)}]`),
    );
    assert.deepEqual(
      wanted.map(({ name, content }) => [name, (content.spec.conf as { neighborAddress?: string })?.neighborAddress]),
      [
        ['default', undefined],
        ['peer-0', '10.0.0.9'],
        ['peer-1', '10.0.0.1'],
      ],
    );
  });

  it('comes of a ConfigMap in JSON, too', () => {
    const pools = [{ name: 'lan', protocol: 'layer2', addresses: ['192.0.2.8/30'] }];
    for (const text of [
      JSON.stringify({ 'address-pools': pools }),
      JSON.stringify({ peers: [], 'address-pools': pools }, null, 2),
    ])
      assert.equal(made(configMap(text)).wanted[0]?.name, 'lan', text);
  });

  it('is not known of a ConfigMap that has no list where there should be one', () => {
    for (const text of ['address-pools: lan', 'address-pools: {}\npeers: []', 'peers: 1'])
      assert.match(
        made(configMap(text)).unread[0]?.why ?? '',
        /config: config\.(address-pools|peers): is no list/,
        text,
      );
    assert.deepEqual(made(configMap('address-pools:\npeers: []')).unread, []);
  });

  it('is said of a ConfigMap that would end the process, take minutes, or is no tree', () => {
    const deep = (open: string, close = '') => `address-pools:\n- ${open.repeat(3000)}${close.repeat(3000)}`;
    const texts: readonly (readonly [string, RegExp])[] = [
      [deep('[', ']'), /nested too deeply/],
      [deep('- '), /nested too deeply/],
      [deep('? '), /nested too deeply/],
      ['address-pools: &a\n- *a\n- {name: x, addresses: *a}', /circular/],
      [`address-pools:\n${'&a '.repeat(300_000)}`, /has 900015 characters: at most/],
    ];
    for (const [text, said] of texts) {
      const { wanted, findings, unread } = made(configMap(text));
      assert.deepEqual(wanted, []);
      assert.match(findings[0]?.message ?? '', said);
      assert.equal(unread[0]?.what, 'ConfigMap metallb-system/config');
    }
  });

  it('is chosen by labels that an object has itself, whatever they are called', () => {
    const chosen = (key: string, operator: string) => {
      const selector = { matchExpressions: [{ key, operator }] };
      const { wanted } = made(
        pool('lan', { addresses: ['192.0.2.0/28'] }),
        of('L2Advertisement', 'some', { ipAddressPoolSelectors: [selector] }),
      );
      return wanted[0]?.differences.length === 0;
    };
    for (const key of ['constructor', 'toString', 'tier'])
      assert.deepEqual([chosen(key, 'Exists'), chosen(key, 'DoesNotExist')], [false, true], key);
  });

  it('is announced from no more nodes than a selector chooses', () => {
    const nodesOf = (selector: object) => {
      const some = of('L2Advertisement', 'some', { nodeSelectors: [selector] });
      const { nodeSelector, nodeSelectors } = made(pool('lan', { addresses: ['192.0.2.0/28'] }), some).wanted[0]!
        .content.spec as Record<string, unknown>;
      return nodeSelectors ?? nodeSelector;
    };
    const within = (key: string, value: string) => ({ key, operator: 'In', values: [value] });
    const contradictory = { matchLabels: { rack: 'a' }, matchExpressions: [within('rack', 'b')] };
    assert.deepEqual(nodesOf(contradictory), [contradictory]);
    assert.deepEqual(Object.keys(nodesOf({ matchExpressions: [within('__proto__', 'a')] }) as object), ['__proto__']);
    assert.deepEqual(nodesOf({ matchExpressions: [within('rack', 'a')] }), { rack: 'a' });
  });

  it('is the AS number of the first router that has one: a wrong one does not keep the others from theirs', () => {
    const peer = (name: string, myASN: unknown) =>
      of('BGPPeer', name, { myASN, peerASN: 64512, peerAddress: '10.0.0.1' });
    const { wanted } = made(peer('a', 2 ** 33), peer('b', 'x'), peer('c', 64513), peer('d', 64514));
    const shown = wanted.map(({ name, origin, content, problem }) => {
      const { as, conf } = content.spec as { as?: number; conf?: { localAs?: number } };
      return [name, origin.split('/')[1], as ?? conf?.localAs, problem !== undefined];
    });
    assert.deepEqual(shown, [
      ['default', 'c', 64513, false],
      ['a', 'a', 2 ** 33, true],
      ['b', 'b', undefined, true],
      ['c', 'c', undefined, false],
      ['d', 'd', 64514, false],
    ]);
  });

  it('names what cannot be read, and makes the rest', () => {
    const broken = of('ConfigMap', 'config', undefined, { data: { config: 'address-pools: [' } });
    const { wanted, findings } = made(
      pool('bad', { addresses: ['x'] }),
      pool('good', { addresses: ['192.0.2.1/32'] }),
      everywhere,
      broken,
    );
    assert.deepEqual(
      wanted.map(({ name, problem }) => [name, problem !== undefined]),
      [
        ['bad', true],
        ['good', false],
      ],
    );
    assert.match(
      findings.map(({ object, message }) => `${object}: ${message}`).join('\n'),
      /IPAddressPool metallb-system\/bad: .*spec\.address.*x/,
    );
  });

  it('is one Eip with the NICs of all the advertisements', () => {
    const advertisements = ['a', 'b', 'c'].map((name) => of('L2Advertisement', name, { interfaces: [name] }));
    const { wanted } = made(pool('lan', { addresses: ['192.0.2.0/28'] }), ...advertisements);
    assert.equal(wanted[0]?.content.spec.interface, 'a,b,c');
  });

  it('is found out of ten thousand pools, and two advertisements of each, before anybody misses the controller', function () {
    // By looks at each pair it would take an hour.
    this.timeout(60_000);
    const names = Array.from({ length: 10_000 }, (_, at) => `${'p'.repeat(230)}-${at}`);
    const { wanted, findings } = made(
      ...names.flatMap((name, at) => [
        of('IPAddressPool', name, { addresses: [`10.${at >> 8}.${at & 255}.0/24`] }),
        of('L2Advertisement', name, { ipAddressPools: [name], nodeSelectors: [{ matchLabels: { at: String(at) } }] }),
        of('BGPAdvertisement', name, { ipAddressPools: [name] }),
      ]),
      of('BGPPeer', 'tor', { myASN: 64513, peerASN: 64512, peerAddress: '10.0.0.1' }),
    );
    assert.equal(wanted.length, 10_002);
    assert.deepEqual(wanted[9_999]?.content.spec.nodeSelector, { at: '9999' });
    assert.equal(findings.filter(({ message }) => /an Eip is announced in one way/.test(message)).length, 10_000);
  });

  it('is bounded, of a pool that very many advertisements are for', () => {
    const many = Array.from({ length: 200 }, (_, at) =>
      of('L2Advertisement', `all-${at}`, { nodeSelectors: [{ matchLabels: { at: String(at) } }] }),
    );
    const { wanted, findings } = made(pool('lan', { addresses: ['192.0.2.0/28'] }), ...many);
    assert.match(JSON.stringify(findings), /more advertisements are for it than 128: the first of them count/);
    assert.match(wanted[0]?.problem ?? '', /^spec\.nodeSelectors/);
  });

  it('says so where advertisements choose nodes in more ways than can be told apart, and say different things', () => {
    const routed = (at: number, more: object = {}) =>
      of('BGPAdvertisement', `a${at}`, { ...more, nodeSelectors: [{ matchLabels: { rack: String(at) } }] });
    const lan = pool('lan', { addresses: ['192.0.2.0/28'] });
    const said = (...advertisements: readonly Document[]) =>
      JSON.stringify(made(lan, ...advertisements).wanted[0]?.differences);
    const five = [1, 2, 3, 4, 5];
    const toEach = five.map((at) => routed(at, { localPref: at }));
    assert.match(said(...toEach), /here each router is told by the nodes of all/);
    assert.doesNotMatch(said(...toEach.slice(1)), /each router/);
    assert.doesNotMatch(said(...five.map((at) => routed(at))), /each router/);
  });

  it('is found out of objects of any shape, without an exception', () => {
    const kinds = [
      'IPAddressPool',
      'L2Advertisement',
      'BGPAdvertisement',
      'BGPPeer',
      'BFDProfile',
      'Community',
      'AddressPool',
      'ConfigMap',
    ];
    const words = [
      'addresses',
      'serviceAllocation',
      'namespaces',
      'namespaceSelectors',
      'nodeSelectors',
      'matchLabels',
      'matchExpressions',
      'key',
      'operator',
      'values',
      'interfaces',
      'peers',
      'communities',
      'myASN',
      'peerAddress',
      'passwordSecret',
      'bfdProfile',
      'ipAddressPools',
      'ipAddressPoolSelectors',
      'bgpAdvertisements',
      'protocol',
      'autoAssign',
      'holdTime',
      'receiveInterval',
      'priority',
    ];
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(null, true, false, 0, -1, 1e300, '', 'x', '192.0.2.1', '10.0.0.0/8', 'In', '__proto__'),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...words), tie('value'), { maxKeys: 4 }),
      ),
    }));
    const config = fc.oneof(
      fc.string(),
      value.map((each) => `address-pools: ${JSON.stringify(each)}\npeers: ${JSON.stringify(each)}\n`),
    );
    const document = fc
      .tuple(fc.constantFrom(...kinds), fc.constantFrom('a', 'b', 'c'), value, config)
      .map(([kind, name, spec, text]) => of(kind, name, spec, { data: { config: text } }));
    fc.assert(
      fc.property(fc.array(document, { maxLength: 6 }), (documents) => {
        const { wanted, findings } = made(...documents);
        for (const { name, content } of wanted) assert.ok(name !== '' && typeof content.spec === 'object');
        for (const { object, message } of findings) assert.ok(object !== '' && message !== '');
      }),
      { numRuns: 1500 },
    );
  });
});
