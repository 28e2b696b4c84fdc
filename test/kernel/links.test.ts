import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { type Link, openRtnetlink, type Rtnetlink } from '../../src/platform/linux/rtnetlink.js';
import { eventually } from '../lab/eventually.js';
import { openTwoHosts, requireLinkKind, requireRoot, type TwoHosts } from './two-hosts.js';

describe('links and routes', function () {
  this.timeout(60_000);
  let hosts: TwoHosts;
  let rtnetlink: Rtnetlink;

  before(function () {
    requireRoot(this);
    hosts = openTwoHosts('link');
    rtnetlink = hosts.inA(openRtnetlink);
  });
  after(() => {
    rtnetlink?.close();
    hosts?.close();
  });

  const link = (name: string): Link | undefined => rtnetlink.links().find((each) => each.name === name);

  it('are running only with both ends of the cable up', async () => {
    await eventually('va is running', () => link('va')?.running === true);
    hosts.onB('link', 'set', 'vb', 'down');
    assert.deepEqual([link('va')!.up, link('va')!.running], [true, false]);
    hosts.onB('link', 'set', 'vb', 'up');
    await eventually('va is running again', () => link('va')?.running === true);
    hosts.onA('link', 'set', 'va', 'down');
    assert.deepEqual([link('va')!.up, link('va')!.running], [false, false]);
    hosts.onA('link', 'set', 'va', 'up');
  });

  it('tell MAC, MTU, kind and loopback', () => {
    hosts.onA('link', 'set', 'va', 'address', '02:00:00:00:00:0a', 'mtu', '1400');
    const { mac, mtu, kind, loopback, parentIndex } = link('va')!;
    assert.deepEqual([...mac], [2, 0, 0, 0, 0, 10]);
    assert.deepEqual(
      { mtu, kind, loopback, parentIndex },
      { mtu: 1400, kind: 'veth', loopback: false, parentIndex: undefined },
    );
    assert.equal(link('lo')!.loopback, true);
    hosts.onA('link', 'set', 'va', 'mtu', '1500');
  });

  const facts = (name: string) => {
    const { kind, parentIndex, masterIndex } = link(name)!;
    return { kind, parentIndex, masterIndex };
  };

  it('name the parent of a macvlan and the bridge of its port', () => {
    hosts.onA('link', 'add', 'link', 'va', 'name', 'mv', 'type', 'macvlan', 'mode', 'private');
    hosts.onA('link', 'add', 'br9', 'type', 'bridge');
    hosts.onA('link', 'add', 'port9', 'type', 'veth', 'peer', 'name', 'peer9');
    hosts.onA('link', 'set', 'port9', 'master', 'br9');
    assert.deepEqual(facts('mv'), { kind: 'macvlan', parentIndex: link('va')!.index, masterIndex: undefined });
    assert.deepEqual(facts('port9'), { kind: 'veth', parentIndex: undefined, masterIndex: link('br9')!.index });
    for (const name of ['mv', 'port9', 'br9']) hosts.onA('link', 'del', name);
  });

  it('name the parent of a VLAN', function () {
    requireLinkKind(this, hosts, 'vlan');
    hosts.onA('link', 'add', 'link', 'va', 'name', 'va.7', 'type', 'vlan', 'id', '7');
    assert.deepEqual(facts('va.7'), { kind: 'vlan', parentIndex: link('va')!.index, masterIndex: undefined });
    hosts.onA('link', 'del', 'va.7');
  });

  it('name the bond of a port', function () {
    requireLinkKind(this, hosts, 'bond');
    hosts.onA('link', 'add', 'bond9', 'type', 'bond');
    hosts.onA('link', 'add', 'port9', 'type', 'veth', 'peer', 'name', 'peer9');
    hosts.onA('link', 'set', 'port9', 'master', 'bond9');
    assert.equal(facts('bond9').kind, 'bond');
    assert.equal(facts('port9').masterIndex, link('bond9')!.index);
    for (const name of ['port9', 'bond9']) hosts.onA('link', 'del', name);
  });

  it('are found one by one, by name and by index, and not where there is none', () => {
    const va = link('va')!;
    assert.deepEqual(rtnetlink.link({ name: 'va' }), va);
    assert.deepEqual(rtnetlink.link({ index: va.index }), va);
    assert.equal(rtnetlink.link({ name: 'nowhere' }), undefined);
    assert.equal(rtnetlink.link({ index: 99_999 }), undefined);
  });

  it('are listed whole where there are many', () => {
    const names = Array.from({ length: 100 }, (_, n) => `many${n}`);
    const batch = names.map((name) => `link add ${name} type veth peer name peer-${name}`).join('\n');
    execFileSync('ip', ['-n', hosts.a, '-batch', '-'], { input: batch });
    const listed = new Set(rtnetlink.links().map((each) => each.name));
    assert.deepEqual(
      names.filter((name) => !listed.has(name) || !listed.has(`peer-${name}`)),
      [],
    );
  });

  for (const { family, own, near, far, gateway, prefix } of [
    {
      family: 'IPv4',
      own: [10, 9, 0, 1],
      near: [10, 9, 0, 2],
      far: [192, 0, 2, 1],
      gateway: [10, 9, 0, 254],
      prefix: ['10.9.0.1/24', '10.9.0.254'],
    },
    {
      family: 'IPv6',
      own: [0xfd, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
      near: [0xfd, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2],
      far: [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
      gateway: [0xfd, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xfe],
      prefix: ['fd09::1/64', 'fd09::fe'],
    },
  ]) {
    it(`find the way to an ${family} address: on the link, by a gateway, to ourselves, or none`, () => {
      const to = (address: readonly number[]) => rtnetlink.routeTo(Uint8Array.from(address));
      const va = link('va')!.index;
      assert.equal(to(far), undefined);
      hosts.onA('address', 'add', prefix[0]!, 'dev', 'va', ...(family === 'IPv6' ? ['nodad'] : []));
      assert.deepEqual(to(near), { interfaceIndex: va, source: Uint8Array.from(own) });
      assert.deepEqual(to(own), { interfaceIndex: va, source: Uint8Array.from(own) });
      assert.equal(to(far), undefined);
      hosts.onA('route', 'add', 'default', 'via', prefix[1]!);
      assert.deepEqual(to(far), {
        interfaceIndex: va,
        gateway: Uint8Array.from(gateway),
        source: Uint8Array.from(own),
      });
      hosts.onA('route', 'replace', 'unreachable', 'default');
    });
  }
});
