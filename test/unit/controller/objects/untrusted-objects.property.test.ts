import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Eip } from '../../../../src/api/eip.js';
import type { VipGroup } from '../../../../src/api/vip-group.js';
import { admitEndpointSlice, admitEndpoints } from '../../../../src/controller/cache/endpoints.js';
import { poolsOf } from '../../../../src/controller/cache/pools.js';
import { admitAgentLease } from '../../../../src/controller/liveness/agent-lease.js';
import { eligibleNodes } from '../../../../src/controller/nodes/eligible-nodes.js';
import { lastResort } from '../../../../src/controller/nodes/last-resort.js';
import { foreignIdsOf } from '../../../../src/controller/notes/foreign-routers.js';
import { standingOf } from '../../../../src/controller/notes/rebalancing.js';
import * as kept from '../../../../src/controller/objects/builtin-objects.js';
import { groupOf } from '../../../../src/controller/objects/group.js';
import { admitEip, admitVipGroup } from '../../../../src/controller/objects/own-objects.js';
import { isOurs, wasOurs } from '../../../../src/controller/services/ownership.js';
import { serviceRequest, statusAddresses } from '../../../../src/controller/services/request.js';
import { decide } from '../../../../src/core/ipam/allocate.js';
import { createLedger } from '../../../../src/core/ipam/ledger.js';
import { type Lease, readLease } from '../../../../src/platform/kubernetes/lease-record.js';
import { spoilt } from './spoilt.js';

const eip = {
  metadata: {
    name: 'lan',
    uid: 'u',
    resourceVersion: '7',
    annotations: { 'eip.openelb.kubesphere.io/is-default-eip': 'true' },
  },
  spec: {
    address: '192.0.2.0/24',
    protocol: 'vip',
    interface: 'eth0',
    namespaces: ['a'],
    nodeSelector: { rack: '1' },
    nodeSelectors: [{ matchExpressions: [{ key: 'rack', operator: 'In', values: ['1'] }] }],
    vrrp: { groups: 2, checks: [{ name: 'x', tcp: 'h:1' }] },
  },
  status: {
    usage: 1,
    holders: { 'lan-0': 'n1' },
    conditions: [{ type: 'Ready', status: 'True', reason: 'Valid', message: 'm', lastTransitionTime: 't' }],
  },
};
const group = {
  metadata: { name: 'lan-0', uid: 'u', resourceVersion: '7' },
  spec: {
    eip: 'lan',
    protocol: 'vip',
    interface: 'eth0',
    addresses: ['192.0.2.1'],
    vrrp: { virtualRouterId: 1 },
    members: [{ node: 'n1', priority: 254, address: '192.0.2.9' }],
  },
  status: {
    holder: 'n1',
    members: [{ node: 'n1', state: 'Active', foreignRouter: { address: '192.0.2.8', virtualRouterId: 1 } }],
    conditions: [{ type: 'X', status: 'True', reason: 'R', message: 'm', lastTransitionTime: 't' }],
  },
};
const service = {
  metadata: {
    name: 'web',
    namespace: 'default',
    uid: 'u',
    resourceVersion: '7',
    labels: { 'eip.openelb.kubesphere.io/v1alpha2': 'lan' },
    annotations: { 'lb.kubesphere.io/v1alpha1': 'openelb', 'eip.openelb.kubesphere.io/v1alpha2': 'lan' },
    finalizers: ['x'],
  },
  spec: {
    type: 'LoadBalancer',
    clusterIP: '10.96.0.1',
    ipFamilies: ['IPv4'],
    externalTrafficPolicy: 'Local',
    selector: { app: 'web' },
    ports: [{ port: 80, protocol: 'TCP' }],
  },
  status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } },
};
const node = {
  metadata: { name: 'n1', uid: 'u', resourceVersion: '7', labels: { rack: '1' } },
  spec: { unschedulable: true },
  status: {
    addresses: [{ type: 'InternalIP', address: '192.0.2.9' }],
    conditions: [{ type: 'Ready', status: 'True' }],
  },
};
const slice = {
  metadata: { name: 's', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
  endpoints: [{ nodeName: 'n1', conditions: { ready: true }, topology: { 'kubernetes.io/hostname': 'n1' } }],
};
const endpoints = { metadata: { name: 'web', namespace: 'default' }, subsets: [{ addresses: [{ nodeName: 'n1' }] }] };
const lease = {
  metadata: { name: 'agent.n1', annotations: { 'openelb.io/node': 'n1' } },
  spec: { holderIdentity: 'n1', leaseDurationSeconds: 10, renewTime: 't' },
};

const runs = { numRuns: 2000 };

describe('an object that somebody spoilt', () => {
  it('as a Service is kept, flagged or refused, and everything that reads it can', () => {
    fc.assert(
      fc.property(spoilt(service), (object) => {
        const { object: read, problem } = kept.admitService(object);
        if (read === undefined) return assert.ok(problem);
        isOurs(read, true);
        wasOurs(read);
        const request = serviceRequest(read, undefined, statusAddresses(read), []);
        decide(request, poolsOf([eip as Eip]), createLedger());
        assert.equal(request.impossible !== undefined, problem !== undefined);
      }),
      runs,
    );
  });

  it('as an Eip is a pool that gives out nothing, or one that is right', () => {
    fc.assert(
      fc.property(spoilt(eip), (object) => {
        const { object: read } = admitEip(object);
        if (read === undefined) return;
        const [pool] = poolsOf([read]);
        if (read.metadata.deletionTimestamp === undefined)
          assert.equal(pool?.fault !== undefined, (read.wrong ?? []).length > 0);
        eligibleNodes(read, [node]);
        foreignIdsOf(read);
      }),
      runs,
    );
  });

  it('as a VipGroup is what it was before, or right in all that is read of it', () => {
    fc.assert(
      fc.property(spoilt(group), (object) => {
        const held = group as unknown as VipGroup;
        const { object: read, problem, refused } = admitVipGroup(object, held);
        if (read === undefined || refused === true) assert.ok(problem);
        if (refused === true && read?.metadata.uid === held.metadata.uid) assert.equal(read?.spec, held.spec);
        if (read === undefined) return;
        groupOf(read);
        standingOf(read, { silence: () => undefined, beganMs: () => 1 });
      }),
      runs,
    );
  });

  it('as a Node, a Namespace, an EndpointSlice or a Lease is read as far as it can be', () => {
    fc.assert(
      fc.property(
        spoilt(node),
        spoilt(slice),
        spoilt(endpoints),
        spoilt(lease),
        (someNode, someSlice, someEndpoints, someLease) => {
          const read = kept.admitNode(someNode).object;
          if (read !== undefined) {
            lastResort(read);
            eligibleNodes(eip as Eip, [read]);
          }
          kept.admitNamespace(someNode);
          for (const { object } of [admitEndpointSlice(someSlice), admitEndpoints(someEndpoints)])
            assert.ok(
              object === undefined || [...object.ready, ...object.draining].every((each) => typeof each === 'string'),
            );
          const held: Lease = readLease(someLease as unknown as Lease);
          assert.ok(['string', 'undefined'].includes(typeof held.spec?.holderIdentity));
          if (typeof someLease.metadata === 'object' && someLease.metadata !== null)
            admitAgentLease(someLease as never);
        },
      ),
      runs,
    );
  });

  it('or any JSON at all throws nowhere', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (object) => {
        for (const admit of [
          kept.admitService,
          kept.admitNode,
          kept.admitNamespace,
          admitEndpointSlice,
          admitEndpoints,
          kept.admitMetadata,
          admitEip,
          admitVipGroup,
        ])
          assert.ok(admit(object).object !== undefined || admit(object).problem);
      }),
      runs,
    );
  });

  it('that was right before goes on as it was: a Node keeps its labels, a slice its nodes', () => {
    const before = kept.keepNode(node);
    assert.deepEqual(kept.admitNode({ ...node, metadata: { ...node.metadata, labels: 7 } }, before).object, undefined);
    const ready = admitEndpointSlice(slice).object;
    assert.equal(admitEndpointSlice({ ...slice, endpoints: [{ nodeName: {} }] }, ready).object, undefined);
  });

  it('as a Service keeps its address and gets nothing new, with a reason', () => {
    const read = kept.keepService({ ...service, spec: { ...service.spec, ports: [{ port: 'http' }] } });
    const pools = poolsOf([eip as Eip]);
    const decision = decide(serviceRequest(read, undefined, statusAddresses(read), []), pools, createLedger());
    assert.equal(decision.outcome, 'refused');
    assert.equal(decision.grants.length, 1);
    assert.equal(decision.outcome === 'refused' && decision.refusal.reason, 'InvalidService');
  });
});
