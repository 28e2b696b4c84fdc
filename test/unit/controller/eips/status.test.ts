import assert from 'node:assert/strict';
import type { VipGroup } from '../../../../src/api/vip-group.js';
import { poolsOf } from '../../../../src/controller/cache/pools.js';
import { createAssignments } from '../../../../src/controller/context/assignments.js';
import { eipStatus } from '../../../../src/controller/eips/status.js';
import { formatIp, parseIp } from '../../../../src/core/ip/address.js';
import { noExclusions } from '../../../../src/core/ipam/exclusions.js';

const now = '2024-05-01T00:00:00Z';
const group: VipGroup = {
  metadata: { name: 'lan-0' },
  spec: { protocol: 'vip', ipFamily: 'IPv4', addresses: [], members: [{ node: 'n1', priority: 254 }] },
};
const led = {
  led: [{ group, standing: { by: 'node', node: 'n1' } as const }],
  unplaced: [],
  eligible: 1,
  exclusions: noExclusions,
};

describe('the status of an Eip', () => {
  it('counts addresses, not Services, and names both', () => {
    const status = statusOf({ address: '192.0.2.10-192.0.2.11' }, [
      ['a/web', '192.0.2.10'],
      ['a/api', '192.0.2.10'],
    ]);
    const { conditions, ...rest } = status;
    assert.deepEqual(rest, {
      occupied: false,
      usage: 1,
      poolSize: 2,
      used: { '192.0.2.10': 'a/api;a/web' },
      firstIP: '192.0.2.10',
      lastIP: '192.0.2.11',
      v4: true,
      ready: true,
    });
    assert.deepEqual(
      conditions?.map(({ type, status: value }) => `${type}=${value}`),
      ['Ready=True', 'Announced=True'],
    );
  });

  it('is occupied when no address is left', () => {
    assert.equal(statusOf({ address: '192.0.2.10' }, [['a/web', '192.0.2.10']]).occupied, true);
  });

  it('leaves avoided addresses out of the size', () => {
    assert.equal(statusOf({ address: '192.0.2.0/24', avoidBuggyIPs: true }, []).poolSize, 254);
  });

  it('of a huge pool has a size that JSON can carry', () => {
    assert.equal(statusOf({ address: '2001:db8::/32' }, []).poolSize, Number.MAX_SAFE_INTEGER);
  });

  it('says why a wrong Eip is not ready', () => {
    const { ready, conditions } = statusOf({ address: '192.0.2.9-192.0.2.1' }, []);
    assert.equal(ready, false);
    assert.deepEqual(conditions?.[0], {
      type: 'Ready',
      status: 'False',
      reason: 'InvalidAddress',
      message: 'spec.address: range 192.0.2.9-192.0.2.1 runs backwards: write it as 192.0.2.1-192.0.2.9',
      lastTransitionTime: now,
      observedGeneration: 1,
    });
  });

  it('keeps the time of a condition that did not change', () => {
    const before = statusOf({ address: '192.0.2.1' }, []);
    const [pool] = poolsOf([eip({ address: '192.0.2.1' })]);
    assert.deepEqual(eipStatus(pool!, [], before, '2030-01-01T00:00:00Z', led), before);
  });

  it('stays small with 20 000 addresses in use, still counts them, and says so', () => {
    const users = Array.from(
      { length: 20_000 },
      (_, i) =>
        [`a-namespace-with-a-name/service-${i}`, formatIp({ family: 4, value: (10n << 24n) + BigInt(i) })] as const,
    );
    const status = statusOf({ address: '10.0.0.0/16' }, users);
    assert.equal(status.usage, 20_000);
    assert.ok(JSON.stringify(status).length < 300 * 1024);
    assert.equal(status.conditions?.[2]?.type, 'Complete');
  });
});

function eip(spec: object) {
  return {
    metadata: { name: 'lan', generation: 1 },
    spec: { address: '', protocol: 'vip' as const, interface: 'eth0', ...spec },
  };
}

function statusOf(spec: object, users: readonly (readonly [string, string])[]) {
  const [pool] = poolsOf([eip(spec)]);
  const assignments = createAssignments();
  for (const [key, ip] of users) {
    const terms = { namespace: 'a', asked: [], ports: [], local: false, selector: '' };
    assignments.assign({ key, terms, created: '' }, [{ address: parseIp(ip)!, pool: 'lan' }]);
  }
  return eipStatus(pool!, assignments.ofPool('lan'), undefined, now, led);
}
