import assert from 'node:assert/strict';
import { addressBeside } from '../../../../../../src/agent/engine/routing/locate/beside.js';
import { addressFlag, type InterfaceAddress } from '../../../../../../src/platform/linux/rtnetlink.js';
import { ip, shownIp } from '../../../../core/bgp/given.js';

/** An address on a NIC, as `ip address` shows it. */
function on(nic: number, text: string, o: Partial<InterfaceAddress> = {}): InterfaceAddress {
  const [address, length] = text.split('/');
  return {
    interfaceIndex: nic,
    address: ip(address!),
    prefixLength: Number(length),
    scope: 0,
    flags: addressFlag.permanent,
    ours: false,
    lifetimeSeconds: Number.POSITIVE_INFINITY,
    ...o,
  };
}

const found = (all: readonly InterfaceAddress[], local: string, current?: string, scope = 0) => {
  const address = addressBeside(all, ip(local), scope, current === undefined ? undefined : ip(current));
  return address && shownIp(address);
};

describe('the address beside that of a session', () => {
  const both = [
    on(1, '127.0.0.1/8', { scope: 254 }),
    on(2, '10.0.0.11/24'),
    on(3, '2001:db8:3::11/64'),
    on(2, 'fe80::11/64', { scope: 253 }),
    on(2, '2001:db8::11/64'),
  ];

  it('is of the other family and on the same NIC, in either direction', () => {
    assert.equal(found(both, '10.0.0.11'), '2001:db8::11');
    assert.equal(found(both, '2001:db8::11'), '10.0.0.11');
  });

  it('is none where that NIC has none but a link-local one, or nobody has the address', () => {
    assert.equal(found([on(2, '10.0.0.11/24'), on(2, 'fe80::11/64', { scope: 253 })], '10.0.0.11'), undefined);
    assert.equal(found(both, '10.0.0.12'), undefined);
  });

  it('of a link-local one is on the NIC of that link, though others have the same', () => {
    const twice = [
      on(2, 'fe80::1/64', { scope: 253 }),
      on(2, '10.0.2.1/24'),
      on(3, 'fe80::1/64', { scope: 253 }),
      on(3, '10.0.3.1/24'),
    ];
    assert.equal(found(twice, 'fe80::1', undefined, 3), '10.0.3.1');
  });

  it('is no virtual one of ours, and none that is tentative, failed or deprecated', () => {
    const { tentative, dadFailed, deprecated } = addressFlag;
    const unfit = [{ ours: true }, { flags: tentative }, { flags: dadFailed }, { flags: deprecated }];
    for (const each of unfit)
      assert.equal(found([on(2, '10.0.0.11/24'), on(2, '2001:db8::5/64', each)], '10.0.0.11'), undefined);
  });

  it('is one that lasts, before one that stands alone as other programs’ virtual ones do, and a temporary one', () => {
    const four = on(2, '10.0.0.11/24');
    const [alone, temporary, lasting] = [
      on(2, '2001:db8::1/128'),
      on(2, '2001:db8::2/64', { flags: addressFlag.secondary }),
      on(2, '2001:db8::3/64'),
    ];
    assert.equal(found([four, alone, temporary, lasting], '10.0.0.11'), '2001:db8::3');
    assert.equal(found([four, alone, temporary], '10.0.0.11'), '2001:db8::2');
    assert.equal(found([four, alone], '10.0.0.11'), '2001:db8::1');
  });

  it('stays what it was while that is as good as any', () => {
    const all = [on(2, '10.0.0.11/24'), on(2, '2001:db8::3/64'), on(2, '2001:db8::4/64'), on(2, '2001:db8::5/128')];
    assert.equal(found(all, '10.0.0.11', '2001:db8::4'), '2001:db8::4');
    assert.equal(found(all, '10.0.0.11', '2001:db8::5'), '2001:db8::3');
    assert.equal(found(all, '10.0.0.11', '2001:db8::9'), '2001:db8::3');
  });
});
