import assert from 'node:assert/strict';
import type { Eip } from '../../../../src/api/eip.js';
import { poolsOf } from '../../../../src/controller/cache/pools.js';
import { createExclusionSource } from '../../../../src/controller/exclusions/exclusions.js';
import {
  keepNode,
  keepService,
  type Node,
  type Service,
  serviceKey,
} from '../../../../src/controller/objects/builtin-objects.js';
import { parseIp } from '../../../../src/core/ip/address.js';
import { exclusionOf } from '../../../../src/core/ipam/exclusions.js';

const eip: Eip = { metadata: { name: 'lan' }, spec: { address: '192.0.2.0/24', protocol: 'vip' } };
const ours = { 'lb.kubesphere.io/v1alpha1': 'openelb' };

/** A Service with this in its status, and whatever else. */
function service(ingress: readonly object[], o: { metadata?: object; spec?: object } = {}): Service {
  return keepService({
    metadata: { name: 'web', namespace: 'a', ...o.metadata },
    spec: { type: 'LoadBalancer', ...o.spec },
    status: { loadBalancer: { ingress } },
  });
}

function given(allServices = false, nodes: readonly Node[] = []) {
  const services = new Map<string, Service>();
  let changes = 0;
  const source = createExclusionSource({
    world: {
      nodes: () => nodes,
      pools: () => poolsOf([eip]),
      services: { get: (key: string) => services.get(key), list: () => services.values() },
      vipGroups: { list: () => [] },
      eips: { list: () => [eip] },
    } as never,
    networks: () => [],
    wall: () => 0,
    allServices,
    changed: () => {
      changes += 1;
    },
  });
  return {
    source,
    changes: () => changes,
    put: (object: Service) => {
      services.set(serviceKey(object), object);
      source.service(serviceKey(object));
    },
    remove: (key: string) => {
      services.delete(key);
      source.service(key);
    },
    what: (address: string, owner?: string) => exclusionOf(source.current(), parseIp(address)!, owner)?.what,
  };
}

describe('the address of a Service that another load balancer serves', () => {
  const theirs = 'an address of Service a/web, which another load balancer serves';

  it('is nobody’s to have but its own, until it is there no more', () => {
    const { put, remove, what } = given();
    put(service([{ ip: '192.0.2.9' }, { hostname: 'lb.example.com' }, { ip: '203.0.113.9' }]));
    assert.equal(what('192.0.2.9'), theirs);
    assert.equal(what('192.0.2.9', 'a/web'), undefined, 'so that it can be taken over');
    assert.equal(what('192.0.2.10'), undefined);
    remove('a/web');
    assert.equal(what('192.0.2.9'), undefined);
  });

  it('is told by its class, its annotation, and what is served without either', () => {
    const foreign = { spec: { loadBalancerClass: 'metallb.io/metallb' } };
    for (const allServices of [false, true]) {
      const { put, what } = given(allServices);
      put(service([{ ip: '192.0.2.9' }], foreign));
      assert.equal(what('192.0.2.9'), theirs);
      put(service([{ ip: '192.0.2.9' }]));
      assert.equal(what('192.0.2.9'), allServices ? undefined : theirs);
      put(service([{ ip: '192.0.2.9' }], { metadata: { annotations: ours } }));
      assert.equal(what('192.0.2.9'), undefined, 'the ledger has those that are ours');
    }
  });

  it('is none while the status has yet to be cleared of what was ours, nor where it is of another type', () => {
    const { put, what } = given();
    put(service([{ ip: '192.0.2.9' }], { metadata: { labels: { 'eip.openelb.kubesphere.io/v1alpha2': 'lan' } } }));
    assert.equal(what('192.0.2.9'), undefined);
    put(service([{ ip: '192.0.2.9' }], { spec: { type: 'ClusterIP' } }));
    assert.equal(what('192.0.2.9'), undefined);
  });

  it('changes nothing where no pool has it', () => {
    const { put, changes } = given();
    put(service([{ ip: '203.0.113.9' }]));
    assert.equal(changes(), 0);
    put(service([{ ip: '192.0.2.9' }]));
    assert.equal(changes(), 1);
    put(service([{ ip: '192.0.2.9' }]));
    assert.equal(changes(), 1);
  });
});

describe('an address that somebody wrote as Kubernetes takes it, too', () => {
  const forms = ['192.000.002.009', '192.0.2.009', '::ffff:192.0.2.9', '::FFFF:C000:209'];

  for (const address of forms) {
    it(`is a node's as ${address}`, () => {
      const node = keepNode({ metadata: { name: 'n1' }, status: { addresses: [{ type: 'InternalIP', address }] } });
      assert.equal(given(false, [node]).what('192.0.2.9'), 'an address of node n1');
    });

    it(`is among a Service's externalIPs as ${address}`, () => {
      const { put, what } = given();
      put(service([], { spec: { type: 'ClusterIP', externalIPs: [address] } }));
      assert.equal(what('192.0.2.9'), 'among the externalIPs of Service a/web');
    });

    it(`is what another load balancer gave as ${address}`, () => {
      const { put, what } = given();
      put(service([{ ip: address }]));
      assert.equal(what('192.0.2.9'), 'an address of Service a/web, which another load balancer serves');
    });
  }

  it("is one of a node's Pods", () => {
    const node = keepNode({ metadata: { name: 'n1' }, spec: { podCIDR: '192.000.2.08/29' } });
    assert.equal(given(false, [node]).what('192.0.2.9'), 'for the Pods of node n1');
  });
});

describe('a Service with more externalIPs than are read', () => {
  it('has the first of them', () => {
    const { put, what } = given();
    const externalIPs = ['192.0.2.9', ...Array.from({ length: 1_000 }, (_, at) => `203.0.113.${at % 256}`)];
    put(service([], { spec: { externalIPs } }));
    assert.equal(what('192.0.2.9'), 'among the externalIPs of Service a/web');
  });
});
