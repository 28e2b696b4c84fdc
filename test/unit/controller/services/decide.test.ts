import assert from 'node:assert/strict';
import {
  allocatedAnnotation,
  defaultEipAnnotation,
  eipName,
  openelbFinalizers,
  optInAnnotation,
  optInValue,
  requestedAddressAnnotation,
} from '../../../../src/api/annotations.js';
import type { Eip } from '../../../../src/api/eip.js';
import { poolsOf } from '../../../../src/controller/cache/pools.js';
import { keepService, type Service } from '../../../../src/controller/objects/builtin-objects.js';
import { decideRelease, decideService, type Known, refusalOf } from '../../../../src/controller/services/decide.js';
import { formatIp, type IpAddress, parseIp } from '../../../../src/core/ip/address.js';
import { exclusionsFrom, noExclusions } from '../../../../src/core/ipam/exclusions.js';
import { createLedger } from '../../../../src/core/ipam/ledger.js';

const lan: Eip = {
  metadata: { name: 'lan', annotations: { [defaultEipAnnotation]: 'true' } },
  spec: { address: '192.0.2.0-192.0.2.3', protocol: 'vip', interface: 'eth0' },
};
const known: Known = {
  namespace: { metadata: { name: 'default' } },
  pools: poolsOf([lan]),
  exclusions: noExclusions,
  before: [],
  useless: [],
};
const ip = (text: string): IpAddress => parseIp(text)!;
const grant = (text: string) => ({ address: ip(text), pool: 'lan' });
const texts = (addresses: readonly IpAddress[]) => addresses.map(formatIp);

function service(o: {
  ingress?: readonly object[];
  annotations?: object;
  labels?: object;
  finalizers?: readonly string[];
}): Service {
  const { ingress = [], annotations = {}, ...metadata } = o;
  return keepService({
    metadata: {
      name: 'web',
      namespace: 'default',
      ...metadata,
      annotations: { [optInAnnotation]: optInValue, ...annotations },
    },
    spec: { type: 'LoadBalancer' },
    status: { loadBalancer: { ingress } },
  });
}

/** What is decided of it, as text. */
function decided(
  object: Service,
  o: Partial<Known> & { others?: readonly string[]; possible?: readonly string[] } = {},
) {
  const ledger = createLedger();
  const terms = { namespace: 'other', asked: [], ports: ['TCP/80'], local: false, selector: '' };
  for (const text of o.others ?? []) ledger.hold({ key: `x/${text}`, addresses: [ip(text)], terms, created: '' });
  const possible = (o.possible ?? []).map(ip);
  const { decision, leaving, kept, had } = decideService(object, { ...known, ...o }, { ledger, possible });
  return {
    grants: decision.grants.map(({ address, pool }) => `${formatIp(address)} of ${pool}`),
    refusal: refusalOf(decision)?.reason,
    leaving: texts(leaving),
    kept: texts(kept),
    had: texts(had),
  };
}

describe('what a Service of ours has', () => {
  const nothing = { refusal: undefined, leaving: [], kept: [], had: [] };

  it('is another than one that serves nobody, unless it asked for that or there is no other', () => {
    const { family, value } = ip('192.0.2.0');
    const exclusions = exclusionsFrom([{ range: { family, first: value, last: value }, kind: 'host', what: 'x' }]);
    const o = { useless: [ip('192.0.2.0')], before: [grant('192.0.2.0')], exclusions };
    const written = service({ ingress: [{ ip: '192.0.2.0' }] });
    const exchanged = { ...nothing, grants: ['192.0.2.1 of lan'], leaving: ['192.0.2.0'], had: ['192.0.2.0'] };
    assert.deepEqual(decided(written, o), exchanged);
    const kept = { ...nothing, grants: ['192.0.2.0 of lan'], had: ['192.0.2.0'] };
    const others = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];
    assert.deepEqual(decided(written, { ...o, others }), { ...kept, refusal: 'PoolFull' });
    const annotations = { [requestedAddressAnnotation]: '192.0.2.0' };
    assert.deepEqual(decided(service({ ingress: [{ ip: '192.0.2.0' }], annotations }), o), kept);
    assert.deepEqual(decided(written, { ...o, useless: [] }), kept);
  });

  it('is an address that nobody else has', () => {
    assert.deepEqual(decided(service({}), { others: ['192.0.2.0'] }), { ...nothing, grants: ['192.0.2.1 of lan'] });
  });

  it('is what its status says, if that counts as given by us', () => {
    const object = service({ ingress: [{ ip: '192.0.2.2' }] });
    assert.deepEqual(decided(object), { ...nothing, grants: ['192.0.2.2 of lan'], had: ['192.0.2.2'] });
    const foreign = service({ ingress: [{ ip: '203.0.113.9' }] });
    assert.deepEqual(decided(foreign), { ...nothing, grants: ['192.0.2.0 of lan'] });
  });

  it('is what was decided before, while its status does not say so yet', () => {
    assert.deepEqual(decided(service({}), { before: [grant('192.0.2.3')] }), {
      ...nothing,
      grants: ['192.0.2.3 of lan'],
    });
  });

  it('leaves what it loses for as long as its status says that: it is nobody else’s', () => {
    const object = service({
      ingress: [{ ip: '192.0.2.2' }],
      annotations: { [requestedAddressAnnotation]: '192.0.2.3' },
    });
    assert.deepEqual(decided(object), {
      ...nothing,
      grants: ['192.0.2.3 of lan'],
      leaving: ['192.0.2.2'],
      had: ['192.0.2.2'],
    });
  });

  it('leaves what a write of unknown fate may yet make its status say', () => {
    const { grants, leaving } = decided(service({}), { possible: ['192.0.2.0', '192.0.2.1'] });
    assert.deepEqual([grants, leaving], [['192.0.2.0 of lan'], ['192.0.2.1']]);
  });

  it('keeps for it what it had from a pool that is gone, unless somebody else has that', () => {
    const object = service({ annotations: { [allocatedAnnotation]: '198.51.100.7' } });
    assert.deepEqual(decided(object).kept, ['198.51.100.7']);
    assert.deepEqual(decided(object, { others: ['198.51.100.7'] }).kept, []);
  });

  it('is nothing where no address is left, with the reason', () => {
    const others = ['192.0.2.0', '192.0.2.1', '192.0.2.2', '192.0.2.3'];
    assert.deepEqual(decided(service({}), { others }), { ...nothing, grants: [], refusal: 'PoolFull' });
  });
});

describe('a Service that is not ours any more', () => {
  it('loses what was ours, and keeps what others wrote', () => {
    const object = service({ ingress: [{ ip: '192.0.2.2' }, { ip: '203.0.113.9' }], labels: { [eipName]: 'lan' } });
    assert.deepEqual(decideRelease(object, known), { ingress: [{ ip: '203.0.113.9' }], label: null });
  });

  it('loses what was decided for it, whatever pools there are by now', () => {
    const object = service({ ingress: [{ ip: '192.0.2.2' }] });
    const changes = decideRelease(object, { ...known, pools: [], before: [grant('192.0.2.2')] });
    assert.deepEqual(changes, { ingress: [] });
  });

  it('loses OpenELB’s finalizer alone, where it never was', () => {
    const finalizers = [openelbFinalizers[0]!, 'example.com/other'];
    const object = service({ ingress: [{ ip: '192.0.2.2' }], finalizers });
    assert.deepEqual(decideRelease(object, known), { finalizers: ['example.com/other'] });
  });
});

describe('a Service into whose status somebody writes very much', () => {
  const many = Array.from({ length: 5_000 }, (_, at) => ({ ip: `203.0.113.${at % 256}` }));

  for (const [claim, ingress] of [
    ['before', [{ ip: '192.0.2.2' }, ...many]],
    ['after', [...many, { ip: '192.0.2.2' }]],
  ] as const) {
    it(`gets its own back, which stands ${claim} it, also by a controller that has just begun`, () => {
      const object = service({ ingress, annotations: { [allocatedAnnotation]: '192.0.2.2' } });
      const { decision } = decideService(object, known, { ledger: createLedger(), possible: [] });
      assert.deepEqual(texts(decision.grants.map(({ address }) => address)), ['192.0.2.2']);
    });
  }
});
