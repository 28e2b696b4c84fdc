import assert from 'node:assert/strict';
import { configure, leaderSeen, lost, newDraining, remember } from '../../../../src/agent/draining/state.js';
import { self } from '../../../../src/core/draining/history.js';

const minute = 60_000_000;
const mac = new Uint8Array(6);

/** Two groups, each with an address of its own, on these NICs. */
function state(...nics: readonly number[]) {
  const d = newDraining();
  const groups = nics.map(
    (_, n) => [`group${n}`, { addresses: [`2001:db8::${n}`], window: minute, isSaid: true }] as const,
  );
  configure(d, new Map(groups), 0);
  const lead = (leader: string | undefined, now: number) => {
    for (const [n, nic] of nics.entries())
      leaderSeen(
        d,
        {
          type: 'leader',
          proven: true,
          silenced: false,
          group: `group${n}`,
          leader,
          nic,
          answersOn: nic,
          mac,
          source: mac,
        },
        now,
      );
  };
  return { d, lead, history: (n: number) => d.histories.get(`2001:db8::${n}`) ?? [] };
}

describe('what is remembered of who led', () => {
  it('takes nobody for dead on one NIC because another node of that link-local address is on another', () => {
    const { d, lead, history } = state(2, 3);
    lead('fe80::1', 0);
    lead(undefined, 1);
    lost(d, { nic: 2, address: 'fe80::1' }, 7);
    assert.deepEqual(
      [0, 1].map((n) => history(n).find(({ leader }) => leader === 'fe80::1')?.dead),
      [7, undefined],
    );
  });

  it('is one record for addresses that have one history, also after a restart', () => {
    const d = newDraining();
    const addresses = ['192.0.2.1', '192.0.2.2'];
    configure(d, new Map([['api', { addresses, window: minute, isSaid: true }]]), 0);
    const alike = () => d.histories.get(addresses[0]!) === d.histories.get(addresses[1]!);
    remember(d, new Map(addresses.map((address) => [address, [{ leader: '192.0.2.11', until: 0 }]])));
    assert.ok(alike());
    for (const leader of ['192.0.2.12', undefined]) {
      leaderSeen(
        d,
        { type: 'leader', proven: true, silenced: false, group: 'api', leader, nic: 2, answersOn: 2, mac, source: mac },
        1,
      );
      assert.ok(alike());
    }
    assert.deepEqual(
      d.histories.get(addresses[0]!)?.map(({ leader }) => leader),
      [self, '192.0.2.12', '192.0.2.11'],
    );
  });
});
