import assert from 'node:assert/strict';
import type { Eip } from '../../../../src/api/eip.js';
import type { VipGroupSpec } from '../../../../src/api/vip-group.js';
import { poolsOf } from '../../../../src/controller/cache/pools.js';
import { tellNewId, tellWarnings } from '../../../../src/controller/groups/tell.js';

const eip: Eip = { metadata: { name: 'lan' }, spec: { address: '192.0.2.0/29', protocol: 'vip', interface: 'eth0' } };
const [pool] = poolsOf([eip]);

/** The Events that were recorded, as text. */
function recording() {
  const said: string[] = [];
  const recorder = {
    event: (regarding: { name: string }, type: string, reason: string) =>
      said.push(`${regarding.name}: ${type} ${reason}`) > 0,
  };
  return { said: () => said.splice(0), recorder };
}

describe('of what is wrong with the groups of an Eip people are told', () => {
  const noNode = { reason: 'NoEligibleNode', message: 'no node' };
  const other = { reason: 'AddressInOtherGroup', message: 'by hand' };

  it('once, and again when it is something else', () => {
    const { said, recorder } = recording();
    const told = new Map();
    for (let look = 0; look < 2; look++) tellWarnings({ recorder }, told, pool!, [other]);
    assert.deepEqual(said(), ['lan: Warning AddressInOtherGroup']);
    tellWarnings({ recorder }, told, pool!, [noNode]);
    assert.deepEqual(said(), ['lan: Warning NoEligibleNode']);
  });

  it('that it is over, where it kept addresses from being announced', () => {
    const { said, recorder } = recording();
    const told = new Map();
    tellWarnings({ recorder }, told, pool!, [noNode]);
    tellWarnings({ recorder }, told, pool!, []);
    assert.deepEqual(said(), ['lan: Warning NoEligibleNode', 'lan: Normal Announceable']);
    tellWarnings({ recorder }, told, pool!, [other]);
    tellWarnings({ recorder }, told, pool!, []);
    assert.deepEqual(said(), ['lan: Warning AddressInOtherGroup']);
  });
});

describe('of another virtual router ID of a group people are told', () => {
  const spec = (virtualRouterId: number): VipGroupSpec => ({
    eip: 'lan',
    protocol: 'vip',
    addresses: [],
    members: [],
    vrrp: { virtualRouterId },
  });
  const settings = {
    allServices: false,
    namespace: 'openelb-system',
    virtualRouterIds: { first: 1, last: 255, reserved: new Set([7]) },
  };

  it('where the former one is reserved by now, and not where it is the same, or new', () => {
    const { said, recorder } = recording();
    const c = { recorder, settings, world: { eips: { get: () => eip } } } as never;
    tellNewId(c, 'lan-0', spec(7), spec(8));
    assert.deepEqual(said(), ['lan: Normal VirtualRouterIdChanged']);
    tellNewId(c, 'lan-0', spec(7), spec(7));
    tellNewId(c, 'lan-0', undefined, spec(7));
    tellNewId(c, 'lan-0', spec(9), spec(8));
    assert.deepEqual(said(), []);
  });
});
