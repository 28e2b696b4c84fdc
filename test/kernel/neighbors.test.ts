import assert from 'node:assert/strict';
import { openRtnetlink, type Rtnetlink } from '../../src/platform/linux/rtnetlink.js';
import { eventually } from '../lab/eventually.js';
import { openTwoHosts, requireRoot, type TwoHosts } from './two-hosts.js';

describe('rtnetlink neighbours', function () {
  this.timeout(60_000);
  let hosts: TwoHosts;
  let rtnetlink: Rtnetlink;
  let interfaceIndex: number;

  before(function () {
    requireRoot(this);
    hosts = openTwoHosts('neighbor');
    rtnetlink = hosts.inA(openRtnetlink);
    interfaceIndex = rtnetlink.link({ name: 'va' })!.index;
    for (const [on, name, last] of [
      [hosts.onA, 'va', 1],
      [hosts.onB, 'vb', 2],
    ] as const) {
      on('address', 'add', `10.9.0.${last}/24`, 'dev', name);
      on('address', 'add', `fd09::${last}/64`, 'dev', name, 'nodad');
    }
  });
  after(() => {
    rtnetlink?.close();
    hosts?.close();
  });

  const macOfB = () =>
    Uint8Array.from(
      hosts.inB(() => {
        const there = openRtnetlink();
        const mac = there.link({ name: 'vb' })!.mac;
        there.close();
        return mac;
      }),
    );

  for (const [family, present, absent] of [
    ['IPv4', [10, 9, 0, 2], [10, 9, 0, 77]],
    [
      'IPv6',
      [0xfd, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2],
      [0xfd, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x77],
    ],
  ] as const) {
    const at = (bytes: readonly number[]) => ({ interfaceIndex, address: Uint8Array.from(bytes) });

    it(`of ${family} are unknown until they are used, and then found`, async () => {
      assert.equal(rtnetlink.neighborMac(at(present)), undefined);
      rtnetlink.useNeighbor(at(present));
      assert.deepEqual(await eventually('its MAC', () => rtnetlink.neighborMac(at(present))), macOfB());
    });

    it(`of ${family} that nobody answers for stay unknown`, async () => {
      rtnetlink.useNeighbor(at(absent));
      await eventually('that nobody answers', () => /FAILED/.test(hosts.onA('neighbour', 'show', 'nud', 'failed')));
      assert.equal(rtnetlink.neighborMac(at(absent)), undefined);
    });

    it(`of ${family} are found anew under another MAC`, async () => {
      hosts.onB('link', 'set', 'vb', 'address', family === 'IPv4' ? '02:00:00:00:09:04' : '02:00:00:00:09:06');
      hosts.onA('neighbour', 'flush', 'dev', 'va');
      rtnetlink.useNeighbor(at(present));
      assert.deepEqual(await eventually('its MAC', () => rtnetlink.neighborMac(at(present))), macOfB());
    });
  }

  it('are looked for on an interface that is gone without harm', () => {
    const gone = { interfaceIndex: 4711, address: Uint8Array.of(10, 9, 0, 2) };
    rtnetlink.useNeighbor(gone);
    assert.equal(rtnetlink.neighborMac(gone), undefined);
  });

  it('are on the link where the interface is given and no route says otherwise', () => {
    const far = Uint8Array.of(192, 0, 2, 1);
    assert.deepEqual(rtnetlink.routeTo(far, interfaceIndex)?.gateway, undefined);
    hosts.onA('route', 'add', '192.0.2.0/24', 'via', '10.9.0.2');
    assert.deepEqual(rtnetlink.routeTo(far, interfaceIndex)?.gateway, Uint8Array.of(10, 9, 0, 2));
  });
});
