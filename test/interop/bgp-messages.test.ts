import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { ipToBytes, parseIp } from '../../src/core/ip/address.js';
import { wellKnownCommunities } from '../../src/core/wire/bgp/communities.js';
import type { PathAttributes } from '../../src/core/wire/bgp/path-attributes.js';
import { type Prefix, prefixOf } from '../../src/core/wire/bgp/prefix.js';
import { encodeAnnouncements, encodeWithdrawals } from '../../src/core/wire/bgp/update-packing.js';
import { ethernetHeaderLength, writeEthernetHeader } from '../../src/core/wire/ethernet.js';
import { ipv4 } from '../../src/core/wire/ipv4.js';
import { writeUint16 } from '../../src/core/wire/octets.js';
import { readVector, vectorNames } from '../vectors/vector.js';
import { pcap } from './pcap.js';
import { useTshark } from './tshark.js';

const ip = (text: string) => ipToBytes(parseIp(text)!);
const bgpPort = 179;
const helperOnly = 'Expert Info (Chat/Request): Graceful Restart Capability supported in Helper mode only';

describe('tshark, as the judge of our BGP messages,', function () {
  this.timeout(60_000);
  const folder = useTshark();

  it('calls no vector malformed, and reads its type', async () => {
    const names = vectorNames('bgp');
    const seen = await judge(
      names.map((name) => readVector(name).bytes),
      ['bgp.type', '_ws.malformed', '_ws.expert'],
    );
    const type = (name: string) =>
      ['open', 'update|withdraw|end-of-rib', 'notification', 'keepalive', 'refresh'].findIndex((each) =>
        new RegExp(`^bgp/(${each})`).test(name),
      ) + 1;
    // What others sent in their OPENs, they sent.
    const remarks = (name: string) => (/open-(frr|bird)$/.test(name) ? [helperOnly] : []);
    assert.deepEqual(
      seen,
      names.map((name) => [String(type(name)), '', remarks(name).join()]),
    );
  });

  it('reads every prefix of full UPDATEs, and calls none malformed', async () => {
    const octets = Array.from({ length: 1000 }, (_, i) => [10, 0, i >> 8, i & 0xff]);
    const v4 = octets.map((each) => prefixOf(each, 32));
    const v6 = octets.map((each) => prefixOf([...ip('2001:db8::').slice(0, 12), ...each], 128));
    const nextHop6 = ip('2001:db8::11');
    const own: PathAttributes = { origin: 'igp', asPath: [{ type: 'sequence', numbers: [4_200_000_001] }] };
    const cases: readonly [readonly Prefix[], readonly Uint8Array[], string][] = [
      [v4, encodeAnnouncements(v4, ip('192.0.2.11'), own, true), 'bgp.nlri_prefix'],
      [v4, encodeWithdrawals(v4, false), 'bgp.withdrawn_prefix'],
      [v4, encodeAnnouncements(v4, nextHop6, own, true), 'bgp.mp_reach_nlri_ipv4_prefix'],
      [v6, encodeAnnouncements(v6, nextHop6, own, true), 'bgp.mp_reach_nlri_ipv6_prefix'],
      [v6, encodeWithdrawals(v6, true), 'bgp.mp_unreach_nlri_ipv6_prefix'],
    ];
    for (const [prefixes, messages, field] of cases) {
      const seen = await judge(messages, [field, '_ws.malformed', '_ws.expert']);
      assert.deepEqual(
        seen.map(([, malformed, expert]) => [malformed, expert]),
        messages.map(() => ['', '']),
      );
      const read = seen.flatMap(([all]) => all!.split(','));
      assert.deepEqual(
        read.map((text) => prefixOf(ip(text), text.includes(':') ? 128 : 32)),
        prefixes,
        field,
      );
    }
  });

  it('reads every attribute as it was written', async () => {
    const attributes: PathAttributes = {
      origin: 'igp',
      asPath: [{ type: 'sequence', numbers: [4_200_000_001, 4_200_000_001] }],
      med: 4_294_967_295,
      localPref: 100,
      atomicAggregate: true,
      aggregator: { as: 4_200_000_001, address: ip('192.0.2.11') },
      communities: [wellKnownCommunities['no-export'], 0xfc00_0064],
      extendedCommunities: [0x0002_fc00_0000_0064n],
      largeCommunities: [[4_200_000_001, 1, 2]],
    };
    const messages = encodeAnnouncements([prefixOf(ip('198.51.100.0'), 24)], ip('192.0.2.11'), attributes, true);
    const fields = {
      'bgp.update.path_attribute.origin': '0',
      'bgp.update.path_attribute.as_path_segment.as4': '4200000001,4200000001',
      'bgp.update.path_attribute.next_hop': '192.0.2.11',
      'bgp.update.path_attribute.multi_exit_disc': '4294967295',
      'bgp.update.path_attribute.local_pref': '100',
      'bgp.update.path_attribute.aggregator_as': '4200000001',
      'bgp.update.path_attribute.aggregator_origin': '192.0.2.11',
      'bgp.update.path_attribute.community_as': '64512',
      'bgp.update.path_attribute.community_value': '100',
      'bgp.ext_com.value_as2': '64512',
      'bgp.ext_com.value_an4': '100',
      'bgp.large_communities.ga': '4200000001',
      'bgp.large_communities.ldp1': '1',
      'bgp.large_communities.ldp2': '2',
      'bgp.nlri_prefix': '198.51.100.0',
      'bgp.prefix_length': '24',
      '_ws.malformed': '',
      '_ws.expert': '',
    };
    const [seen] = await judge(messages, Object.keys(fields));
    assert.deepEqual(Object.fromEntries(Object.keys(fields).map((field, i) => [field, seen![i]])), fields);
  });

  it('notices a message that is wrong', async () => {
    const bytes = readVector('bgp/update-ipv6').bytes;
    bytes[27] = 0x27;
    const [[malformed, expert]] = (await judge([bytes], ['_ws.malformed', '_ws.expert'])) as [[string, string]];
    assert.notEqual(malformed + expert, '');
  });

  /** The values of fields in each message, as tshark dissects it; an empty text where a message has no such field. */
  async function judge(messages: readonly Uint8Array[], fields: readonly string[]): Promise<readonly string[][]> {
    const file = join(folder(), 'messages.pcap');
    await writeFile(file, pcap(messages.map(segment)));
    const { stdout } = await execa(
      'tshark',
      [
        ...['-r', file, '-T', 'fields', '-E', 'separator=;', '-o', 'bgp.asn_len:4 octet'],
        ...fields.flatMap((field) => ['-e', field]),
      ],
      { stripFinalNewline: true },
    );
    return stdout.split('\n').map((line) => line.split(';'));
  }
});

/** A frame with a TCP segment to the BGP port, each of a connection of its own. */
function segment(payload: Uint8Array, index: number): Uint8Array {
  const at = ethernetHeaderLength + ipv4.length;
  const tcpLength = 20;
  const frame = new Uint8Array(at + tcpLength + payload.length);
  const [destination, source] = [Uint8Array.of(2, 0, 0, 0, 0, 1), Uint8Array.of(2, 0, 0, 0, 0, 0xb)];
  writeEthernetHeader(frame, { destination, source, etherType: ipv4.etherType });
  ipv4.write(frame, ethernetHeaderLength, {
    source: ip('192.0.2.11'),
    destination: ip('192.0.2.1'),
    protocol: 6,
    payloadLength: tcpLength + payload.length,
  });
  // Ports, sequence and acknowledgement numbers, header length with PSH and ACK, window; checksum and urgent pointer are not looked at.
  for (const [i, word] of [49_152 + index, bgpPort, 0, 1, 0, 1, 0x5018, 0xffff].entries())
    writeUint16(frame, at + 2 * i, word);
  frame.set(payload, at + tcpLength);
  return frame;
}
