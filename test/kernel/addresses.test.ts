import assert from 'node:assert/strict';
import { monotonicMicros } from '../../src/platform/linux/clock.js';
import {
  type AddressRequest,
  addressFlag,
  type InterfaceAddress,
  openRtnetlink,
  type Rtnetlink,
} from '../../src/platform/linux/rtnetlink.js';
import { openSysctls } from '../../src/platform/linux/sysctl.js';
import { eventually } from '../lab/eventually.js';
import { openTwoHosts, requireRoot, type TwoHosts } from './two-hosts.js';

const families = [
  { family: 'IPv4', address: (n: number) => Uint8Array.of(10, 1, n >> 8, n & 255), prefixLength: 32, show: '10.1.0.1' },
  {
    family: 'IPv6',
    address: (n: number) => Uint8Array.of(0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, n >> 8, n & 255),
    prefixLength: 128,
    show: 'fd00::1',
  },
] as const;

describe('leased addresses', function () {
  this.timeout(60_000);
  let hosts: TwoHosts;
  let rtnetlink: Rtnetlink;
  let interfaceIndex: number;

  before(function () {
    requireRoot(this);
    hosts = openTwoHosts('addr');
    hosts.inA(() => openSysctls().set('ipv6/conf/va/accept_dad', '1'));
    rtnetlink = hosts.inA(openRtnetlink);
    interfaceIndex = rtnetlink.links().find((link) => link.name === 'va')!.index;
  });
  after(() => {
    rtnetlink?.close();
    hosts?.close();
  });
  afterEach(() => {
    if (rtnetlink !== undefined) rtnetlink.removeAddresses(ours());
  });

  const ours = (): InterfaceAddress[] => rtnetlink.addresses(interfaceIndex).filter((address) => address.ours);

  for (const { family, address, prefixLength, show } of families) {
    const lease = (n: number, lifetimeSeconds: number): AddressRequest => ({
      interfaceIndex,
      address: address(n),
      lifetimeSeconds,
    });

    describe(family, () => {
      it('are full-length, deprecated, without prefix route, not tentative, with an end, and known as ours', () => {
        assert.deepEqual(rtnetlink.putAddresses([lease(1, 60)]), [undefined]);
        const [held, ...more] = ours();
        assert.equal(more.length, 0);
        assert.deepEqual(held!.address, address(1));
        assert.equal(held!.prefixLength, prefixLength);
        const { deprecated, noPrefixRoute, tentative, permanent } = addressFlag;
        const bits = held!.flags & (deprecated | noPrefixRoute | tentative | permanent);
        assert.equal(bits, deprecated | noPrefixRoute);
        assert.ok(held!.lifetimeSeconds >= 59 && held!.lifetimeSeconds <= 60, `${held!.lifetimeSeconds} s`);
      });

      it('look to `ip address` as the documentation says', () => {
        rtnetlink.putAddresses([lease(1, 60)]);
        const [link] = JSON.parse(hosts.onA('-j', 'address', 'show', 'dev', 'va')) as {
          addr_info: Record<string, unknown>[];
        }[];
        const shown = link!.addr_info.find((info) => info.local === show)!;
        assert.deepEqual([shown.prefixlen, shown.deprecated, shown.noprefixroute], [prefixLength, true, true]);
      });

      it('are never chosen as a source address', () => {
        rtnetlink.putAddresses([lease(1, 60)]);
        const other = prefixLength === 32 ? ['10.1.0.200/24'] : ['fd00::200/64', 'nodad'];
        hosts.onA('address', 'add', other[0]!, 'dev', 'va', ...other.slice(1));
        const [near, own] = prefixLength === 32 ? [address(77), address(200)] : [address(0x77), address(0x200)];
        assert.deepEqual(rtnetlink.routeTo(near)?.source, own);
        hosts.onA('address', 'del', other[0]!, 'dev', 'va');
      });

      it('of 2 s that nobody renews are gone within 3 s', async () => {
        const started = monotonicMicros();
        rtnetlink.putAddresses([lease(1, 2)]);
        await eventually('the lease ran out', () => ours().length === 0, { withinMs: 3000 });
        const seconds = (monotonicMicros() - started) / 1e6;
        console.log(`      an ${family} lease of 2 s ended after ${seconds.toFixed(2)} s`);
        assert.ok(seconds > 1.5, 'it was there at all');
      });

      it('of 2 s that are renewed twice a second are still there after 4 s', async () => {
        const list = [lease(1, 2)];
        rtnetlink.putAddresses(list);
        const until = monotonicMicros() + 4e6;
        await eventually(
          'four seconds of renewing',
          () => {
            assert.equal(ours().length, 1);
            assert.equal(rtnetlink.renewAddresses(list), 0);
            return monotonicMicros() > until;
          },
          { everyMs: 500 },
        );
        assert.equal(ours().length, 1);
      });

      it('come back by a renewal after somebody removed them', () => {
        const list = [lease(1, 60)];
        rtnetlink.putAddresses(list);
        hosts.onA('address', 'del', `${show}/${prefixLength}`, 'dev', 'va');
        assert.equal(ours().length, 0);
        assert.equal(rtnetlink.renewAddresses(list), 0);
        assert.equal(ours().length, 1);
      });

      it('that are absent are a failure to remove, by name, and not an exception', () => {
        rtnetlink.putAddresses([lease(1, 60), lease(3, 60)]);
        const results = rtnetlink.removeAddresses([lease(1, 60), lease(2, 60), lease(3, 60)]);
        assert.deepEqual(
          results.map((failure) => failure?.code),
          [undefined, 'EADDRNOTAVAIL', undefined],
        );
        assert.deepEqual(ours(), []);
      });

      it('on an interface that does not exist fail alone; the rest of the list is done', () => {
        const list = Array.from({ length: 150 }, (_, n) =>
          n === 70 ? { ...lease(n + 1, 60), interfaceIndex: 4711 } : lease(n + 1, 60),
        );
        const results = rtnetlink.putAddresses(list);
        assert.deepEqual(
          results.flatMap((failure, n) => (failure === undefined ? [] : [[n, failure.code]])),
          [[70, 'ENODEV']],
        );
        assert.equal(ours().length, 149);
        assert.equal(rtnetlink.renewAddresses(list), 1);
      });
    });
  }

  it('refuse a lifetime that is no whole number of seconds', () => {
    const request = { interfaceIndex, address: Uint8Array.of(10, 1, 0, 1) };
    for (const lifetimeSeconds of [0, -1, 1.5, 2 ** 32, Number.POSITIVE_INFINITY])
      assert.throws(() => rtnetlink.putAddresses([{ ...request, lifetimeSeconds }]), RangeError);
  });

  it('by the thousand are taken, renewed and dropped in a moment', () => {
    const list = Array.from({ length: 1000 }, (_, n) => ({
      interfaceIndex,
      address: families[0].address(n + 1),
      lifetimeSeconds: 60,
    }));
    const took = (what: () => unknown): number => {
      const started = monotonicMicros();
      what();
      return (monotonicMicros() - started) / 1000;
    };
    const put = took(() => rtnetlink.putAddresses(list));
    assert.equal(ours().length, 1000);
    const renew = Math.min(...[1, 2, 3].map(() => took(() => assert.equal(rtnetlink.renewAddresses(list), 0))));
    const remove = took(() => rtnetlink.removeAddresses(list));
    assert.deepEqual(ours(), []);
    console.log(
      `      1000 addresses: put ${put.toFixed(1)} ms, renew ${(renew * 1000).toFixed(0)} us, remove ${remove.toFixed(1)} ms`,
    );
    assert.ok(put < 500 && renew < 100 && remove < 500, 'an order of magnitude above what an idle machine needs');
  });
});
