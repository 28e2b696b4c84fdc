import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { EipPool } from '../../../../src/controller/cache/pools.js';
import { eipWarnings, overlapWarnings } from '../../../../src/controller/eips/warnings.js';
import { createWarnings, mostWarnings } from '../../../../src/controller/events/warnings.js';
import type { Service } from '../../../../src/controller/objects/builtin-objects.js';
import { originLabel } from '../../../../src/controller/services/origin-label.js';
import { isOurs } from '../../../../src/controller/services/ownership.js';
import { serviceWarnings } from '../../../../src/controller/services/warnings.js';

const optIn = 'lb.kubesphere.io/v1alpha1';
const pool = 'eip.openelb.kubesphere.io/v1alpha2';
const address = 'eip.openelb.kubesphere.io/v1alpha1';
const sharing = 'eip.openelb.kubesphere.io/sharing-key';
const protocol = 'protocol.openelb.kubesphere.io/v1alpha1';
/** Of an Eip, which may have up to 253 characters; a label 63. */
const longName = `routed-${'long-'.repeat(14)}name`;

interface Case {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec?: Service['spec'];
  readonly all?: boolean;
  readonly besideMetallb?: boolean;
}

function warningsOf({ annotations, labels, spec, all = false, besideMetallb = false }: Case): readonly string[] {
  const service = {
    metadata: { name: 'web', namespace: 'default', ...(annotations && { annotations }), ...(labels && { labels }) },
    spec: { type: 'LoadBalancer', ...spec },
  } as Service;
  const pool = (name: string, protocol: 'vip' | 'bgp') => ({ name, eip: { spec: { address: '', protocol } } });
  const eips = [pool('lan', 'vip'), pool('routed', 'bgp'), pool(longName, 'bgp')];
  return serviceWarnings(service, { allServices: all, besideMetallb, eips }).map(
    ({ reason, message }) => `${reason}: ${message}`,
  );
}

describe('a Service that is not served, or not as it says', () => {
  for (const [claim, one, said] of [
    [
      'MetalLB serves it, too',
      { annotations: { [optIn]: 'openelb' }, besideMetallb: true },
      [/^ClaimedTwice: MetalLB runs, and serves every Service without a class, this one too/],
    ],
    ['MetalLB runs, and leaves it alone', { spec: { loadBalancerClass: 'openelb.io/vip' }, besideMetallb: true }, []],
    ['MetalLB runs, and it is left to that', { besideMetallb: true }, []],
    [
      'the annotation is misspelt',
      { annotations: { [optIn]: 'opnelb' } },
      [/^InvalidAnnotation: .* is "opnelb", so the Service is not served: write openelb$/],
    ],
    ['the annotation is empty', { annotations: { [optIn]: '' } }, [/^InvalidAnnotation: .* is ""/]],
    ['the annotation has capitals', { annotations: { [optIn]: 'OpenELB' } }, [/^InvalidAnnotation/]],
    ['it says Porter, as before OpenELB', { annotations: { [optIn]: 'porter' } }, [/^InvalidAnnotation/]],
    [
      'the value is wrong where all Services are served',
      { annotations: { [optIn]: 'opnelb' }, all: true },
      [/^InvalidAnnotation/],
    ],
    [
      'the version in the name is wrong',
      { annotations: { 'lb.kubesphere.io/v1alpha2': 'openelb' } },
      [/^UnknownAnnotation: .*v1alpha2" is unknown/],
    ],
    [
      'the name is misspelt beside an Eip',
      { annotations: { 'lb.kubesphere.io/v1aplha1': 'openelb', [pool]: 'lan' } },
      [/^NotOptedIn: annotation \S+v1alpha2 does nothing.* write the annotation lb\S+: openelb$/, /^UnknownAnnotation/],
    ],
    ['it names an Eip and does not opt in', { annotations: { [pool]: 'lan' } }, [/^NotOptedIn/]],
    ['it asks for an address and does not opt in', { annotations: { [address]: '192.0.2.1' } }, [/^NotOptedIn/]],
    ['it has a key to share and does not opt in', { annotations: { [sharing]: 'a' } }, [/^NotOptedIn/]],
    ['it opts in by a label', { labels: { [optIn]: 'openelb' } }, [/^NotOptedIn: lb\S+ is a label/]],
    [
      'its class is one of ours that does not exist',
      { spec: { loadBalancerClass: 'openelb.io/layer2' } },
      [/^UnknownClass: spec\.loadBalancerClass "openelb\.io\/layer2" is none of ours.* openelb\.io\/vip/],
    ],
    ['its class is misspelt', { spec: { loadBalancerClass: 'opnelb.io/vip' } }, [/^UnknownClass/]],
    ['its class is openelb', { spec: { loadBalancerClass: 'openelb' } }, [/^UnknownClass/]],
    [
      'another class takes it although it opts in',
      { annotations: { [optIn]: 'openelb' }, spec: { loadBalancerClass: 'example.com/lb' } },
      [/^ForeignClass: spec\.loadBalancerClass "example\.com\/lb"/],
    ],
    [
      'it opts in and has no address to get',
      { annotations: { [optIn]: 'openelb' }, spec: { type: 'ClusterIP' } },
      [/^NotLoadBalancer: .*spec\.type is "ClusterIP"/],
    ],
    [
      'the protocol is none',
      { annotations: { [optIn]: 'openelb', [protocol]: 'lay2' } },
      [/^InvalidAnnotation: .* is "lay2", which is no protocol/],
    ],
    [
      'the protocol is not that of the named Eip',
      { annotations: { [optIn]: 'openelb', [protocol]: 'layer2', [pool]: 'lan' } },
      [/^InvalidAnnotation: .* is layer2, but Eip "lan".* has protocol vip/],
    ],
    [
      'the protocol is not that of the Eip it came to',
      { annotations: { [optIn]: 'openelb', [protocol]: 'vip' }, labels: { [pool]: 'routed' } },
      [/has protocol bgp/],
    ],
    [
      'the protocol is not that of the Eip it came to, whose name is longer than a label',
      { annotations: { [optIn]: 'openelb', [protocol]: 'vip' }, labels: { [pool]: originLabel(longName) } },
      [/Eip "routed-long-.*has protocol bgp/],
    ],
    [
      'what it asks is empty',
      { annotations: { [optIn]: 'openelb', [pool]: ' ', [address]: '', [sharing]: '' } },
      [/v1alpha2 is empty/, /v1alpha1 is empty/, /sharing-key is empty/],
    ],
    [
      'it asks by labels',
      { annotations: { [optIn]: 'openelb' }, labels: { [address]: '192.0.2.1', [sharing]: 'a' } },
      [/v1alpha1 is a label/, /sharing-key is a label/],
    ],
    [
      'it is served, with a name that is near one of ours',
      { annotations: { [optIn]: 'openelb', 'eip.openelb.kubesphere.io/v1alpha3': 'lan' } },
      [/^UnknownAnnotation/],
    ],
    [
      'it has the annotation of an Eip',
      { annotations: { [optIn]: 'openelb', 'eip.openelb.kubesphere.io/rebalance': 'true' } },
      [/^UnknownAnnotation: .* is for an Eip/],
    ],
  ] as readonly (readonly [string, Case, readonly RegExp[]])[]) {
    it(`is told when ${claim}`, () => {
      const warnings = warningsOf(one);
      assert.equal(warnings.length, said.length, warnings.join('\n'));
      for (const [at, pattern] of said.entries()) assert.match(warnings[at]!, pattern);
    });
  }

  for (const [claim, one] of [
    ['it is nobody in particular', {}],
    [
      'it is not of type LoadBalancer and has something of ours',
      { annotations: { [pool]: 'lan' }, spec: { type: 'NodePort' } },
    ],
    [
      'it opts in',
      {
        annotations: { [optIn]: 'openelb', [pool]: 'lan', [address]: '192.0.2.1', [sharing]: 'a' },
        labels: { [pool]: 'lan' },
      },
    ],
    ['it has our class', { spec: { loadBalancerClass: 'openelb.io/vip' }, annotations: { [pool]: 'lan' } }],
    [
      'it has our class, whatever its annotation says',
      { spec: { loadBalancerClass: 'openelb.io/vip' }, annotations: { [optIn]: 'opnelb' } },
    ],
    ['it opts out', { annotations: { [optIn]: 'none', [pool]: 'lan' } }],
    ['all Services are served', { annotations: { [pool]: 'lan' }, all: true }],
    [
      'the protocol is that of its Eip',
      { annotations: { [optIn]: 'openelb', [protocol]: 'vip' }, labels: { [pool]: 'lan' } },
    ],
    ['its Eip is not known', { annotations: { [optIn]: 'openelb', [protocol]: 'vip', [pool]: 'gone' } }],
    [
      "it is another load balancer's by class",
      { spec: { loadBalancerClass: 'metallb.io/lb' }, annotations: { [pool]: 'lan' } },
    ],
    [
      "it is another load balancer's by annotation",
      { annotations: { 'metallb.io/address-pool': 'lan', 'kube-vip.io/ignore': 'true' } },
    ],
    ['its class only begins like ours', { spec: { loadBalancerClass: 'openebs' } }],
  ] as readonly (readonly [string, Case])[]) {
    it(`is told nothing when ${claim}`, () => {
      assert.deepEqual(warningsOf(one), []);
    });
  }

  it('is told a bounded number of things, each of bounded length, whatever it says', () => {
    const name = fc.oneof(
      fc.constantFrom(optIn, pool, address, sharing, protocol, 'eip.openelb.kubesphere.io/is-default-eip'),
      fc.string({ maxLength: 300 }).map((text) => `openelb.io/${text}`),
      fc.string({ maxLength: 300 }),
    );
    const texts = fc.dictionary(name, fc.string({ unit: 'binary', maxLength: 300 }), { maxKeys: 40 });
    fc.assert(
      fc.property(texts, texts, fc.string({ maxLength: 300 }), (annotations, labels, wanted) => {
        const said = warningsOf({ annotations, labels, spec: { loadBalancerClass: wanted } });
        assert.ok(said.length <= mostWarnings);
        for (const each of said) assert.ok(each.length < 700, each);
      }),
    );
  });

  it('is told something whenever it opts in and is not served', () => {
    const types = fc.constantFrom('LoadBalancer', 'ClusterIP', 'NodePort', 'ExternalName');
    fc.assert(
      fc.property(types, fc.string({ maxLength: 20 }), (type, wanted) => {
        const spec = { type, loadBalancerClass: wanted };
        const annotations = { [optIn]: 'openelb' };
        const ours = isOurs({ metadata: { name: 'web', annotations }, spec } as Service, false);
        assert.equal(warningsOf({ annotations, spec }).length > 0, !ours);
      }),
    );
  });
});

describe('an annotation of an Eip', () => {
  const defaultEip = 'eip.openelb.kubesphere.io/is-default-eip';
  const removal = 'eip.openelb.kubesphere.io/force-removal';
  for (const [annotations, said] of [
    [{ [defaultEip]: 'true', [removal]: 'true' }, []],
    [{ [defaultEip]: 'false' }, []],
    [{ [defaultEip]: 'True' }, [/is "True", so the Eip is not the default: write "true"/]],
    [{ [defaultEip]: 'yes', [removal]: '1' }, [/is "yes"/, /is "1", so the Eip is protected as ever/]],
    [{ 'eip.openelb.kubesphere.io/isdefault-eip': 'true' }, [/unknown and does nothing: write \S+is-default-eip/]],
    [{ 'eip.openelb.kubesphere.io/rebalance': 'yes' }, []],
    [{ 'example.com/is-default-eip': 'true' }, []],
  ] as const) {
    it(`${JSON.stringify(annotations)} is ${said.length === 0 ? 'nothing to speak of' : 'told'}`, () => {
      const warnings = eipWarnings({ metadata: { name: 'lan', annotations } });
      assert.equal(warnings.length, said.length, JSON.stringify(warnings));
      for (const [at, pattern] of said.entries()) assert.match(warnings[at]!.message, pattern);
    });
  }
});

describe('what is told of an object', () => {
  const regarding = { kind: 'Service', name: 'web', uid: '1' };
  const [a, b] = ['a', 'b'].map((message) => ({ reason: 'Reason', message })) as [
    { reason: string; message: string },
    { reason: string; message: string },
  ];
  const start = () => {
    const said: string[] = [];
    const warnings = createWarnings({ event: (_, type, __, message) => said.push(`${type} ${message}`) > 0 });
    return { said, warnings };
  };

  it('is told once, and what is new beside it', () => {
    const { said, warnings } = start();
    for (const all of [[a], [a], [a, b], [b]]) warnings.tell('web', regarding, all);
    assert.deepEqual(said, ['Warning a', 'Warning b']);
  });

  it('is told again when it comes back, or when the object is another', () => {
    const { said, warnings } = start();
    warnings.tell('web', regarding, [a]);
    warnings.tell('web', regarding, []);
    warnings.tell('web', regarding, [a]);
    warnings.tell('web', { ...regarding, uid: '2' }, [a]);
    warnings.forget('web');
    warnings.tell('web', { ...regarding, uid: '2' }, [a]);
    assert.deepEqual(said, ['Warning a', 'Warning a', 'Warning a', 'Warning a']);
  });
});

describe('an Eip that has addresses of younger ones', () => {
  const pool = (
    name: string,
    elders?: readonly string[],
    origin?: string,
  ): Pick<EipPool, 'name' | 'eip' | 'elders'> => ({
    name,
    eip: {
      metadata: { name, annotations: origin === undefined ? {} : { 'openelb.io/origin': origin } },
      spec: { address: '' },
    },
    ...(elders === undefined ? {} : { elders }),
  });

  it('says so, and what the other one is made from', () => {
    const pools = [pool('mine'), pool('same', ['mine'], 'IPAddressPool metallb-system/same'), pool('other', ['third'])];
    assert.deepEqual(
      overlapWarnings('mine', pools).map(({ reason, message }) => `${reason}: ${message}`),
      [
        'Overlap: Eip same, made from IPAddressPool metallb-system/same, has addresses of this one, too, and gives out nothing for that: leave them out here or there',
      ],
    );
    assert.deepEqual(overlapWarnings('same', pools), []);
  });
});
