import assert from 'node:assert/strict';
import fc from 'fast-check';
import { wantedOf } from '../../../../src/controller/metallb/wanted.js';
import type { Document } from '../../../../src/convert/document.js';
import { documentOf } from '../../../../src/convert/read.js';

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
    assert.deepEqual(made(), { wanted: [], findings: [] });
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
