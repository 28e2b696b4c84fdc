/**
 * Classic BPF programs that let through only the frames the engine wants, so that a busy node wakes it for nothing else.
 *
 * Owns: the programs, as data. Refuses to know: sockets. Whatever passes is still checked by the decoders: a filter saves
 * work, it proves nothing.
 *
 * Source: linux/filter.h, linux/bpf_common.h, Documentation/networking/filter.rst (ancillary loads).
 */

export type PacketFilter = 'vrrp' | 'neighbor' | 'vrrp+neighbor';

/** One struct sock_filter. `yes`/`no` name the label to jump to; without them the program goes on with the next line. */
interface Instruction {
  readonly code: number;
  readonly k: number;
  readonly yes?: string;
  readonly no?: string;
  readonly label?: string;
}

const LD_B = 0x30; // BPF_LD | BPF_B | BPF_ABS
const LD_H = 0x28; // BPF_LD | BPF_H | BPF_ABS
const AND = 0x54; // BPF_ALU | BPF_AND | BPF_K
const JGE = 0x35; // BPF_JMP | BPF_JGE | BPF_K
const JEQ = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const RET = 0x06; // BPF_RET | BPF_K

/** Loads at these offsets read what the kernel knows about the frame instead of the frame. */
const SKF_AD_OFF = 0xfffff000; // -0x1000
const packetType = SKF_AD_OFF + 4;
const vlanTag = SKF_AD_OFF + 44;
const vlanTagPresent = SKF_AD_OFF + 48;
const PACKET_OUTGOING = 4;

/**
 * What both programs begin with. Frames this host sends are not for us (older kernels cannot be told so by
 * PACKET_IGNORE_OUTGOING). A frame with a VLAN tag belongs to the VLAN's own interface: a parent sees it too, with the tag
 * taken off, and would take another LAN's adverts for its own. Tag 0 only carries a priority and stays.
 */
const preamble: readonly Instruction[] = [
  { code: LD_B, k: packetType },
  { code: JEQ, k: PACKET_OUTGOING, yes: 'drop' },
  { code: LD_B, k: vlanTagPresent },
  { code: JEQ, k: 0, yes: 'untagged' },
  { code: LD_H, k: vlanTag },
  { code: AND, k: 0x0fff },
  { code: JEQ, k: 0, no: 'drop' },
  { code: LD_H, k: 12, label: 'untagged' }, // EtherType
];

const isArp: readonly Instruction[] = [{ code: JEQ, k: 0x0806, yes: 'take' }];
const isVrrpOverIpv4: readonly Instruction[] = [
  { code: JEQ, k: 0x0800, no: 'ipv6' },
  { code: LD_B, k: 23 }, // IPv4 protocol
  { code: JEQ, k: 112, yes: 'take', no: 'drop' },
];
const isIpv6: readonly Instruction[] = [
  { code: JEQ, k: 0x86dd, no: 'drop', label: 'ipv6' },
  { code: LD_B, k: 20 }, // IPv6 next header; VRRP and NDP come without extension headers
];
const isVrrpNext: readonly Instruction[] = [{ code: JEQ, k: 112, yes: 'take' }];
const isNdp: readonly Instruction[] = [
  { code: JEQ, k: 58, no: 'drop' }, // ICMPv6
  { code: LD_B, k: 54 }, // ICMPv6 type
  { code: JEQ, k: 135, yes: 'take' }, // Neighbor Solicitation
  { code: JEQ, k: 136, yes: 'take' }, // Neighbor Advertisement
];
const verdict: readonly Instruction[] = [
  { code: RET, k: 0, label: 'drop' },
  { code: RET, k: 0xffff, label: 'take' }, // the whole frame
];

const programs: Readonly<Record<PacketFilter, readonly Instruction[]>> = {
  vrrp: [...preamble, ...isVrrpOverIpv4, ...isIpv6, ...isVrrpNext, ...verdict],
  neighbor: [...preamble, ...isArp, ...isIpv6, ...isNdp, ...verdict],
  'vrrp+neighbor': [...preamble, ...isArp, ...isVrrpOverIpv4, ...isIpv6, ...isVrrpNext, ...isNdp, ...verdict],
};

/** The program as an array of struct sock_filter { u16 code; u8 jt; u8 jf; u32 k }, little-endian, for attachFilter(). */
export function packetFilterProgram(filter: PacketFilter): Uint8Array {
  return assemble(programs[filter]);
}

/** Where the network header of a packet begins, for a socket that is given what is behind it. */
const SKF_NET_OFF = 0xfff00000; // -0x100000

/** A program for sockets of IP that lets through only packets of at least this TTL or hop limit. */
export function hopLimitFilterProgram(family: 4 | 6, least: number): Uint8Array {
  return assemble([
    { code: LD_B, k: SKF_NET_OFF + (family === 4 ? 8 : 7) },
    { code: JGE, k: least, yes: 'take' },
    ...verdict,
  ]);
}

function assemble(program: readonly Instruction[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(program.length * 8));
  const distance = (from: number, label: string | undefined): number => {
    if (label === undefined) return 0;
    const to = program.findIndex((instruction) => instruction.label === label);
    if (to <= from) throw new Error(`packet filter: no label ${label} after instruction ${from}`);
    return to - from - 1;
  };
  program.forEach(({ code, k, yes, no }, at) => {
    bytes.setUint16(at * 8, code, true);
    bytes.setUint8(at * 8 + 2, distance(at, yes));
    bytes.setUint8(at * 8 + 3, distance(at, no));
    bytes.setUint32(at * 8 + 4, k, true);
  });
  return new Uint8Array(bytes.buffer);
}
