import assert from 'node:assert/strict';
import { handedTo, handingText } from '../../../src/api/handing-text.js';
import type { VipGroup } from '../../../src/api/vip-group.js';
import { isQuiet, standingOf, standingText } from '../../../src/wait-drained/standing.js';

const now = Date.parse('2026-01-01T00:10:00Z');
const before = (ms: number) => new Date(now - ms).toISOString();

type Member = NonNullable<NonNullable<VipGroup['status']>['members']>[number];

function group(members: readonly Member[], o: { holder?: string; protocol?: 'bgp' } = {}): VipGroup {
  const addresses: Readonly<Record<string, string>> = { n1: '192.0.2.11', n2: '192.0.2.12', n3: '192.0.2.13' };
  return {
    metadata: { name: 'lan-0' },
    spec: {
      protocol: o.protocol ?? 'vip',
      addresses: ['192.0.2.100'],
      members: ['n1', 'n2', 'n3'].map((node) => ({ node, address: addresses[node]!, priority: 100 })),
    },
    status: { members, ...(o.holder === undefined ? {} : { holder: o.holder }) },
  } as VipGroup;
}

const handing = (node: string, to: readonly string[], connections: number | undefined, ageMs = 5_000): Member => ({
  node,
  state: 'Active',
  message: `something else; ${handingText(to)}`,
  ...(connections === undefined ? {} : { drainedConnections: connections, drainedConnectionsAt: before(ageMs) }),
});

describe('a node that is to be switched off', () => {
  it('is quiet when it holds nothing and nobody hands on to it', () => {
    const standing = standingOf([group([], { holder: 'n2' })], 'n1', now);
    assert.deepEqual(standing, { isMember: true, holds: [], handed: [] });
    assert.ok(isQuiet(standing));
    assert.equal(standingText(standing, 'n1'), 'nothing goes by n1 any more');
  });

  it('is not while it holds addresses', () => {
    const standing = standingOf([group([], { holder: 'n1' })], 'n1', now);
    assert.ok(!isQuiet(standing));
    assert.equal(standingText(standing, 'n1'), 'n1 holds addresses of lan-0: kubectl cordon n1 moves them');
  });

  it('is not while routers are told addresses by it', () => {
    for (const [state, quiet] of [
      ['Announcing', false],
      ['Draining', false],
      ['Idle', true],
    ] as const) {
      const standing = standingOf([group([{ node: 'n1', state }], { protocol: 'bgp' })], 'n1', now);
      assert.equal(isQuiet(standing), quiet, state);
    }
  });

  it('is not while connections are handed on to it, or it is not known yet how many', () => {
    for (const [connections, quiet] of [
      [12, false],
      [undefined, false],
      [0, true],
    ] as const) {
      const standing = standingOf([group([handing('n2', ['192.0.2.13', '192.0.2.11'], connections)])], 'n1', now);
      assert.equal(isQuiet(standing), quiet, `${connections}`);
    }
    const some = standingOf([group([handing('n2', ['192.0.2.11'], 12)])], 'n1', now);
    assert.equal(standingText(some, 'n1'), 'connections go by n1: 12 of lan-0 by n2');
  });

  it('is when they are handed on to others, or by itself', () => {
    assert.ok(isQuiet(standingOf([group([handing('n2', ['192.0.2.13'], 12)])], 'n1', now)));
    assert.ok(isQuiet(standingOf([group([handing('n1', ['192.0.2.11'], 12)])], 'n1', now)));
  });

  it('is when who counted them has been silent for minutes: what a dead agent left has ended', () => {
    assert.ok(!isQuiet(standingOf([group([handing('n2', ['192.0.2.11'], 12, 149_000)])], 'n1', now)));
    assert.ok(isQuiet(standingOf([group([handing('n2', ['192.0.2.11'], 12, 151_000)])], 'n1', now)));
  });

  it('is not known where no group has it', () => {
    assert.equal(standingOf([group([])], 'n9', now).isMember, false);
  });
});

describe('the message of who hands connections on', () => {
  it('is read as it was written', () => {
    const to = ['192.0.2.11', 'fe80::1'];
    for (const message of [handingText(to), `x; ${handingText(to)}`, `${handingText(to)}; y`])
      assert.deepEqual(handedTo(message), to);
  });

  it('says nothing where it is another', () => {
    for (const message of [undefined, '', 'hands connections', `${handingText([])}nobody`])
      assert.deepEqual(handedTo(message), []);
  });
});
