/** Our side of the wire in one case, as tshark has to find it. */
import assert from 'node:assert/strict';
import type { Arena, Side } from './keepalived-arena.js';
import { advertisedAddresses, type InteropCase, intervalMs, virtualAddress } from './keepalived-cases.js';
import { distinctFields } from './wire.js';

/** One set of values over all our adverts of a case, but for the priority, which is also 0 when we leave. */
export async function assertAdverts(arena: Arena, each: InteropCase, priority: number, file: string): Promise<void> {
  const { version, family, virtualRouterId, checksum, transport } = each;
  const ip = family === 4 ? 'ip' : 'ipv6';
  const fields: Readonly<Record<string, string>> = {
    'eth.src': await sourceMac(arena, each),
    [`${ip}.src`]: arena.sources.ours[family],
    [`${ip}.dst`]: transport === 'unicast' ? arena.sources.theirs[family] : family === 4 ? '224.0.0.18' : 'ff02::12',
    [family === 4 ? 'ip.ttl' : 'ipv6.hlim']: '255',
    [family === 4 ? 'ip.dsfield' : 'ipv6.tclass']: family === 4 ? '0xc0' : '0x000000c0',
    'vrrp.version': String(version),
    'vrrp.addr_count': String(advertisedAddresses(each).length),
    [family === 4 ? 'vrrp.ip_addr' : 'vrrp.ipv6_addr']: advertisedAddresses(each).join(','),
    [version === 2 ? 'vrrp.adver_int' : 'vrrp.short_adver_int']: String(intervalMs(each) / (version === 2 ? 1000 : 10)),
    'vrrp.checksum.status': '1',
    '_ws.malformed': '',
  };
  const filter = `vrrp.virt_rtr_id == ${virtualRouterId} && ${ip} && !icmp && !icmpv6`;
  const seen = await distinctFields(file, filter, Object.keys(fields), checksum);
  assert.deepEqual([...seen.keys()], [Object.values(fields).join(';')]);
  assert.ok([...seen.values()][0]! > 10, `only ${[...seen.values()][0]} adverts were captured`);
  const priorities = await distinctFields(file, filter, ['vrrp.prio']);
  assert.deepEqual([...priorities.keys()].sort(), ['0', String(priority)]);
  const targets = [...(await distinctFields(file, filter, ['eth.dst'])).keys()].sort();
  if (transport === 'multicast') {
    assert.deepEqual(targets, [family === 4 ? '01:00:5e:00:00:12' : '33:33:00:00:00:12']);
  } else {
    assert.deepEqual(targets, [await macOf(arena, 'theirs')]);
  }
}

/** Gratuitous ARP as request and reply; for IPv6 neighbour advertisements that override and were not asked for. */
export async function assertAnnouncements(arena: Arena, each: InteropCase, file: string): Promise<void> {
  const address = virtualAddress(each);
  const mac = await sourceMac(arena, each);
  if (each.family === 4) {
    const seen = await distinctFields(file, `arp.isgratuitous && arp.src.proto_ipv4 == ${address}`, [
      ...['arp.opcode', 'eth.src', 'eth.dst', 'arp.src.hw_mac', 'arp.dst.proto_ipv4', '_ws.malformed'],
    ]);
    const expected = ['1', '2'].map((opcode) => `${opcode};${mac};ff:ff:ff:ff:ff:ff;${mac};${address};`);
    assert.deepEqual([...seen.keys()].sort(), expected);
    return;
  }
  const seen = await distinctFields(
    file,
    `icmpv6.type == 136 && icmpv6.nd.na.target_address == ${address} && ipv6.dst == ff02::1`,
    [
      ...['eth.src', 'eth.dst', 'ipv6.hlim', 'icmpv6.nd.na.flag.s', 'icmpv6.nd.na.flag.o', 'icmpv6.opt.linkaddr'],
      ...['icmpv6.checksum.status', '_ws.malformed'],
    ],
  );
  const flags = (await distinctFields(file, 'icmpv6.type == 136', ['icmpv6.nd.na.flag.o'])).has('True')
    ? ['False', 'True']
    : ['0', '1'];
  assert.deepEqual([...seen.keys()], [`${mac};33:33:00:00:00:01;255;${flags.join(';')};${mac};1;`]);
}

async function sourceMac(arena: Arena, { virtualMac, family, virtualRouterId }: InteropCase): Promise<string> {
  if (virtualMac !== 'both') return macOf(arena, 'ours');
  return `00:00:5e:00:0${family === 4 ? 1 : 2}:${virtualRouterId.toString(16).padStart(2, '0')}`;
}

async function macOf({ hosts }: Arena, side: Side): Promise<string> {
  return (await hosts[side].run('cat', ['/sys/class/net/eth0/address'])).trim();
}
