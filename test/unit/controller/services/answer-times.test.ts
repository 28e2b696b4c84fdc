import assert from 'node:assert/strict';
import { createAssignments } from '../../../../src/controller/context/assignments.js';
import type { Service } from '../../../../src/controller/objects/builtin-objects.js';
import { type AnswerTimes, looked, seen } from '../../../../src/controller/services/answer-times.js';
import type { Standing } from '../../../../src/controller/standing/contract.js';
import { parseIp } from '../../../../src/core/ip/address.js';
import { createManualClock } from '../../platform/kubernetes/manual-clock.js';

const key = 'default/web';

describe('the time until a Service is answered for', () => {
  it('runs from its first sight until all of its addresses are announced, and is told once', () => {
    const cluster = createCluster();
    cluster.services.set(key, service());
    seen(cluster.times, key);
    cluster.clock.advance(30);
    cluster.assign('10.0.0.1', 'fd00::1');
    looked(cluster.times, key);
    assert.deepEqual(cluster.told, [], 'no group has them');
    cluster.standings.set('10.0.0.1', { by: 'node', node: 'n1' });
    cluster.standings.set('fd00::1', { by: 'candidates', nodes: ['n1', 'n2'] });
    looked(cluster.times, key);
    assert.deepEqual(cluster.told, [], 'one of them is not led yet');
    // What it was given stands in its status before anybody leads.
    cluster.services.set(key, service('10.0.0.1'));
    seen(cluster.times, key);
    cluster.clock.advance(12);
    cluster.standings.set('fd00::1', { by: 'nodes', nodes: ['n2'], of: 2, routers: { least: 1, most: 1 } });
    looked(cluster.times, key);
    looked(cluster.times, key);
    assert.deepEqual(cluster.told, [42]);
    assert.equal(cluster.times.waiting.size, 0);
  });

  it('is nobody’s business for one that has an address when it is first seen', () => {
    const cluster = createCluster();
    cluster.services.set(key, service('10.0.0.1'));
    cluster.assign('10.0.0.1');
    cluster.standings.set('10.0.0.1', { by: 'node', node: 'n1' });
    seen(cluster.times, key);
    looked(cluster.times, key);
    assert.deepEqual(cluster.told, []);
  });

  for (const [what, after] of [
    ['is gone', undefined],
    ['is another load balancer’s', { ...service(), spec: { type: 'LoadBalancer', loadBalancerClass: 'other/one' } }],
  ] as const)
    it(`ends unheard for one that ${what}`, () => {
      const cluster = createCluster();
      cluster.services.set(key, service());
      seen(cluster.times, key);
      if (after === undefined) cluster.services.delete(key);
      else cluster.services.set(key, after as Service);
      seen(cluster.times, key);
      assert.equal(cluster.times.waiting.size, 0);
    });
});

function service(ip?: string): Service {
  return {
    metadata: { namespace: 'default', name: 'web', annotations: { 'lb.kubesphere.io/v1alpha1': 'openelb' } },
    spec: { type: 'LoadBalancer' },
    ...(ip === undefined ? {} : { status: { loadBalancer: { ingress: [{ ip }] } } }),
  } as Service;
}

function createCluster() {
  const clock = createManualClock();
  const services = new Map<string, Service>();
  const standings = new Map<string, Standing>();
  const assignments = createAssignments();
  const told: number[] = [];
  const context = {
    clock,
    assignments,
    settings: { allServices: false },
    standings: { ofAddress: (address: string) => standings.get(address) },
    world: { services, readyNodes: () => [] },
  } as unknown as AnswerTimes['context'];
  const times: AnswerTimes = { waiting: new Map(), context, answered: (ms) => told.push(ms) };
  const assign = (...addresses: readonly string[]) => {
    const terms = { namespace: 'default', asked: [], ports: [], local: false, selector: '' };
    const grants = addresses.map((text) => ({ address: parseIp(text)!, pool: 'lan' }));
    assignments.assign({ key, terms, created: '' }, grants);
  };
  return { clock, services, standings, told, times, assign };
}
