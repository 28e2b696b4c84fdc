import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { ipToBytes, parseIp } from '../../src/core/ip/address.js';
import {
  bfdPort,
  bfdSourcePorts,
  bfdStates,
  type ControlPacket,
  encodeControlPacket,
} from '../../src/core/wire/bfd.js';
import { decodeControlPacket } from '../../src/core/wire/bfd-checks.js';
import { ethernetHeaderLength, writeEthernetHeader } from '../../src/core/wire/ethernet.js';
import { ipv4 } from '../../src/core/wire/ipv4.js';
import { writeUint16 } from '../../src/core/wire/octets.js';
import type { Advert, ChecksumForm } from '../../src/core/wire/vrrp.js';
import { encodeAdvertFrame } from '../../src/core/wire/vrrp-frame.js';
import { readVector, toHex, vectorNames } from '../vectors/vector.js';
import { pcap } from './pcap.js';
import { useTshark } from './tshark.js';

const ip = (text: string) => ipToBytes(parseIp(text)!);
const good = '1';
const bad = '0';

describe('tshark, as the judge of our frames,', function () {
  this.timeout(60_000);
  const folder = useTshark();

  it('calls the checksum of every VRRP vector right, in the form it has', async () => {
    const names = ['v2', 'v3-ipv4', 'v3-ipv4-pseudo', 'v3-ipv6'].map((name) => `vrrp/frame-${name}`);
    const frames = names.map((name) => readVector(name).bytes);
    const fields = ['vrrp.checksum.status', 'ip.checksum.status'];
    assert.deepEqual(await judge(frames, fields, 'pseudo-header'), [
      [good, good],
      [bad, good],
      [good, good],
      [good, ''],
    ]);
    assert.deepEqual(await judge(frames, fields, 'message'), [
      [good, good],
      [good, good],
      [bad, good],
      [good, ''],
    ]);
  });

  for (const checksum of ['pseudo-header', 'message'] as const) {
    it(`reads every field of adverts with the ${checksum} checksum as it was written`, async () => {
      const adverts = sampleAdverts().filter(
        ({ version, family }) => checksum === 'pseudo-header' || version === 2 || family === 4,
      );
      const seen = await judge(
        adverts.map((advert) => frameOf(advert, checksum)),
        [
          'vrrp.version',
          'vrrp.type',
          'vrrp.virt_rtr_id',
          'vrrp.prio',
          'vrrp.addr_count',
          'vrrp.adver_int',
          'vrrp.short_adver_int',
          'vrrp.checksum.status',
          '_ws.malformed',
        ],
        checksum,
      );
      const expected = adverts.map((advert) => [
        String(advert.version),
        '1',
        String(advert.virtualRouterId),
        String(advert.priority),
        String(advert.addresses.length),
        advert.version === 2 ? String(advert.interval / 1_000_000) : '',
        advert.version === 3 ? String(advert.interval / 10_000) : '',
        good,
        '',
      ]);
      assert.deepEqual(seen, expected);
    });
  }

  it('reads every address of an advert', async () => {
    const adverts = sampleAdverts();
    const frames = adverts.map((advert) => frameOf(advert, 'pseudo-header'));
    const seen = await judge(frames, ['vrrp.ip_addr', 'vrrp.ipv6_addr'], 'pseudo-header');
    for (const [i, advert] of adverts.entries()) {
      const addresses = seen[i]![advert.family === 4 ? 0 : 1]!.split(',').map((text) => toHex(ip(text)));
      assert.deepEqual(addresses, advert.addresses.map(toHex));
    }
  });

  it('calls the checksum of every NDP vector right and none malformed', async () => {
    const names = vectorNames('neighbor').filter((name) => !name.includes('/arp'));
    const frames = names.map((name) => readVector(name).bytes);
    const seen = await judge(frames, ['icmpv6.checksum.status', '_ws.malformed', 'icmpv6.type', 'icmpv6.opt.linkaddr']);
    const link = (name: string) =>
      ({ ns: '02:00:00:00:00:0c', 'ns-duplicate-detection': '' })[name.split('/')[1]!] ?? '02:00:00:00:00:0b';
    assert.deepEqual(
      seen,
      names.map((name) => [good, '', name.includes('/ns') ? '135' : '136', link(name)]),
    );
  });

  it('tells ARP requests, replies, probes and announcements apart as we do', async () => {
    const names = ['arp-request', 'arp-reply', 'arp-probe', 'arp-announcement-request', 'arp-announcement-reply'];
    const frames = names.map((name) => readVector(`neighbor/${name}`).bytes);
    const seen = await judge(frames, ['arp.opcode', 'arp.isprobe', 'arp.isgratuitous', '_ws.malformed']);
    assert.deepEqual(
      seen.map(([opcode, probe, gratuitous, malformed]) => [opcode, probe === '1', gratuitous === '1', malformed]),
      [
        ['1', false, false, ''],
        ['2', false, false, ''],
        ['1', true, false, ''],
        ['1', false, true, ''],
        ['2', false, true, ''],
      ],
    );
  });

  it('reads every field of BFD packets as they were written, and calls none malformed', async () => {
    const packets = [...vectorNames('bfd').map((name) => read(readVector(name).bytes)), ...sampleControlPackets()];
    const seen = await judge(
      packets.map((packet) => datagram(encodeControlPacket(packet))),
      [
        ...['bfd.version', 'bfd.diag', 'bfd.sta', 'bfd.flags.p', 'bfd.flags.f', 'bfd.flags.c', 'bfd.flags.a'],
        ...['bfd.flags.d', 'bfd.flags.m', 'bfd.detect_time_multiplier', 'bfd.message_length', 'bfd.my_discriminator'],
        ...['bfd.your_discriminator', 'bfd.desired_min_tx_interval', 'bfd.required_min_rx_interval'],
        ...['bfd.required_min_echo_interval', '_ws.malformed', '_ws.expert'],
      ],
    );
    const bit = (set: boolean) => (set ? '1' : '0');
    assert.deepEqual(
      seen.map((fields) => fields.map((value) => (/^0x/.test(value) ? String(Number(value)) : value))),
      packets.map((packet) => [
        ...['1', String(packet.diagnostic), String(bfdStates.indexOf(packet.state))],
        ...[bit(packet.poll), bit(packet.final), bit(packet.controlPlaneIndependent), '0', bit(packet.demand), '0'],
        ...[String(packet.detectMult), '24', String(packet.myDiscriminator), String(packet.yourDiscriminator)],
        ...[packet.desiredMinTx, packet.requiredMinRx, packet.requiredMinEchoRx].map(String),
        ...['', ''],
      ]),
    );
  });

  /** The values of fields in each frame, as tshark dissects it; an empty text where a frame has no such field. */
  async function judge(
    frames: readonly Uint8Array[],
    fields: readonly string[],
    form: ChecksumForm = 'pseudo-header',
  ): Promise<readonly (readonly string[])[]> {
    const file = join(folder(), 'frames.pcap');
    await writeFile(file, pcap(frames));
    const { stdout } = await execa(
      'tshark',
      [
        ...['-r', file, '-T', 'fields', '-E', 'separator=;'],
        ...['-o', `vrrp.v3_checksum_as_in_v2:${form === 'message' ? 'TRUE' : 'FALSE'}`],
        ...['-o', 'ip.check_checksum:TRUE'],
        ...fields.flatMap((field) => ['-e', field]),
      ],
      { stripFinalNewline: true },
    );
    return stdout.split('\n').map((line) => line.split(';'));
  }
});

function frameOf(advert: Advert, checksum: ChecksumForm): Uint8Array {
  return encodeAdvertFrame({
    advert,
    checksum,
    sourceMac: Uint8Array.of(0, 0, 0x5e, 0, advert.family === 4 ? 1 : 2, advert.virtualRouterId),
    destinationMac:
      advert.family === 4 ? Uint8Array.of(1, 0, 0x5e, 0, 0, 0x12) : Uint8Array.of(0x33, 0x33, 0, 0, 0, 0x12),
    source: ip(advert.family === 4 ? '192.0.2.11' : 'fe80::b'),
    destination: ip(advert.family === 4 ? '224.0.0.18' : 'ff02::12'),
  });
}

/** The corners of every field, in each version and family. */
function sampleAdverts(): readonly Advert[] {
  const corners = [
    { virtualRouterId: 1, priority: 0, units: 1, count: 1 },
    { virtualRouterId: 51, priority: 100, units: 100, count: 2 },
    { virtualRouterId: 128, priority: 254, units: 255, count: 17 },
    { virtualRouterId: 255, priority: 255, units: 4095, count: 90 },
  ];
  const kinds = [
    { version: 2, family: 4 },
    { version: 3, family: 4 },
    { version: 3, family: 6 },
  ] as const;
  return kinds.flatMap(({ version, family }) =>
    corners.map(({ virtualRouterId, priority, units, count }) => ({
      version,
      family,
      virtualRouterId,
      priority,
      interval: version === 2 ? Math.min(units, 255) * 1_000_000 : units * 10_000,
      addresses: Array.from({ length: count }, (_, i) => ip(family === 4 ? `192.0.2.${i}` : `fe80::${i + 1}`)),
    })),
  );
}

function read(payload: Uint8Array): ControlPacket {
  const decoded = decodeControlPacket(payload);
  assert.ok(decoded.ok);
  return decoded.packet;
}

/** The corners of every field. */
function sampleControlPackets(): readonly ControlPacket[] {
  const least: ControlPacket = {
    diagnostic: 0,
    state: 'AdminDown',
    poll: false,
    final: false,
    controlPlaneIndependent: false,
    demand: false,
    detectMult: 1,
    myDiscriminator: 1,
    yourDiscriminator: 0,
    desiredMinTx: 0,
    requiredMinRx: 0,
    requiredMinEchoRx: 0,
  };
  const most: ControlPacket = {
    ...least,
    ...{ diagnostic: 8, final: true, controlPlaneIndependent: true, demand: true, detectMult: 255 },
    ...{ myDiscriminator: 0xffff_ffff, yourDiscriminator: 0xffff_fffe, desiredMinTx: 0xffff_fffd },
    ...{ requiredMinRx: 0xffff_fffc, requiredMinEchoRx: 0xffff_fffb },
    state: 'Up',
  };
  return [least, most, { ...least, state: 'Init', poll: true, demand: true }];
}

/** A frame with a UDP datagram to the BFD port, as a kernel makes it; without the checksum, which UDP over IPv4 may leave out. */
function datagram(payload: Uint8Array): Uint8Array {
  const at = ethernetHeaderLength + ipv4.length;
  const frame = new Uint8Array(at + 8 + payload.length);
  const [destination, source] = [Uint8Array.of(2, 0, 0, 0, 0, 1), Uint8Array.of(2, 0, 0, 0, 0, 0xb)];
  writeEthernetHeader(frame, { destination, source, etherType: ipv4.etherType });
  ipv4.write(frame, ethernetHeaderLength, {
    source: ip('192.0.2.11'),
    destination: ip('192.0.2.1'),
    protocol: 17,
    payloadLength: 8 + payload.length,
  });
  for (const [i, word] of [bfdSourcePorts.first, bfdPort, 8 + payload.length, 0].entries()) {
    writeUint16(frame, at + 2 * i, word);
  }
  frame.set(payload, at + 8);
  return frame;
}
