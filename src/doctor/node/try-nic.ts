/** Tries on a NIC what groups need there: sends, asks and listens for some seconds. Nothing that is sent changes what anybody does. */
import { setTimeout as pause } from 'node:timers/promises';
import { isAnswerTo, question, reflectorDiscriminator, seamlessPort } from '../../core/bfd/seamless.js';
import { formatIp, ipFromBytes, ipToBytes, parseIp } from '../../core/ip/address.js';
import { encodeControlPacket } from '../../core/wire/bfd.js';
import { decodeControlPacket } from '../../core/wire/bfd-checks.js';
import { formatMac, multicastMac } from '../../core/wire/mac.js';
import { decodeNeighborFrame, encodeArpProbe } from '../../core/wire/neighbor-frame.js';
import { vrrpGroup } from '../../core/wire/vrrp.js';
import { decodeAdvertFrame } from '../../core/wire/vrrp-frame.js';
import { type DatagramSocket, openDatagramSocket } from '../../platform/linux/datagram-socket.js';
import { openPacketSocket, type PacketSocket } from '../../platform/linux/packet-socket.js';
import type { Link } from '../../platform/linux/rtnetlink.js';
import { countedStrays } from './counted-strays.js';
import type { HeardAdvert, MemberTry, NicTries } from './facts.js';
import { strayAdvert } from './stray-advert.js';

/** How long is listened, in milliseconds: three intervals of one second, which is the default, and some. */
export const listenMs = 3_300;
const [times, everyMs, drainEveryMs] = [3, 150, 10];
/** At most so many members are asked, and so many addresses looked after: the doctor is to be done in some seconds. */
export const most = { members: 32, addresses: 64 };
/** Of virtual router ID 0, which nobody has. */
const foreignMac = Uint8Array.of(0x00, 0x00, 0x5e, 0x00, 0x01, 0x00);

/** What there is to try. */
export interface NicPlan {
  readonly link: Link;
  /** Where this node's adverts come from, by family. */
  readonly sources: readonly string[];
  readonly members: readonly { readonly node: string; readonly address: string }[];
  /** Addresses that this node holds: nobody else is to answer for them. IPv4. */
  readonly held: readonly string[];
}

interface Trying {
  readonly plan: NicPlan;
  readonly packets: PacketSocket;
  readonly adverts: Map<string, HeardAdvert>;
  /** Who has answered ARP: by the MAC that was asked from and the address. */
  readonly answers: Map<string, string>;
  readonly asked: MemberAsked[];
  sent: number;
}

interface MemberAsked {
  readonly node: string;
  readonly address: string;
  readonly socket: DatagramSocket | undefined;
  readonly discriminator: number;
  asked: number;
  answered: number;
}

/** Throws a LinuxError: EPERM without NET_RAW, ENODEV, … */
export async function tryNic(plan: NicPlan): Promise<NicTries> {
  const { link } = plan;
  const groups = ([4, 6] as const).map((family) => multicastMac(vrrpGroup(family)));
  const packets = openPacketSocket({ interfaceIndex: link.index, filter: 'vrrp+neighbor', multicast: groups });
  const members = plan.members.slice(0, most.members);
  const trying: Trying = {
    plan,
    packets,
    adverts: new Map(),
    answers: new Map(),
    asked: members.map((member, at) => openAsked(member, plan, at)),
    sent: 0,
  };
  try {
    packets.join(foreignMac);
    const before = await countedStrays(members.map(({ address }) => address));
    const began = performance.now();
    let round = 0;
    while (performance.now() - began < listenMs) {
      if (round < times && performance.now() - began >= round * everyMs) {
        send(trying);
        round += 1;
      }
      drain(trying);
      await pause(drainEveryMs);
    }
    const listenedMs = performance.now() - began;
    const after = await countedStrays(members.map(({ address }) => address));
    return triesOf(trying, listenedMs, before, after);
  } finally {
    packets.close();
    for (const { socket } of trying.asked) socket?.close();
  }
}

function openAsked({ node, address }: { node: string; address: string }, { link }: NicPlan, at: number): MemberAsked {
  const bytes = ipToBytes(parseIp(address)!);
  const family = bytes.length === 4 ? 4 : 6;
  let socket: DatagramSocket | undefined;
  try {
    const to = { address: bytes, port: seamlessPort };
    socket = openDatagramSocket({ family, port: 0, interface: { index: link.index, name: link.name }, remote: to });
  } catch {
    socket = undefined; // there is no way there, which is what comes of it
  }
  return { node, address, socket, discriminator: 0x64_6f_63_00 + at, asked: 0, answered: 0 };
}

function send(trying: Trying): void {
  const { plan, packets, asked } = trying;
  for (const source of plan.sources) {
    const frame = strayAdvert(plan.link.mac, ipToBytes(parseIp(source)!));
    packets.send(frame, frame.length);
  }
  trying.sent += 1;
  for (const member of asked) {
    const bytes = ipToBytes(parseIp(member.address)!);
    const ask = {
      myDiscriminator: member.discriminator,
      reflector: reflectorDiscriminator(bytes),
      interval: 1_000_000,
      detectMult: 3,
      wantsStream: false,
    };
    member.asked += 1;
    member.socket?.send(encodeControlPacket(question(ask)));
    if (bytes.length === 4) for (const mac of [plan.link.mac, foreignMac]) probe(packets, mac, bytes);
  }
  for (const address of plan.held.slice(0, most.addresses)) probe(packets, plan.link.mac, ipToBytes(parseIp(address)!));
}

/** As from somebody who has no address yet (RFC 5227): nobody learns anything by it. */
function probe(packets: PacketSocket, mac: Uint8Array, address: Uint8Array): void {
  const frame = encodeArpProbe({ mac, address });
  packets.send(frame, frame.length);
}

function drain({ packets, adverts, answers, asked }: Trying): void {
  const buffer = new Uint8Array(2048);
  for (let length = packets.receive(buffer); length > 0; length = packets.receive(buffer)) {
    const advert = decodeAdvertFrame(buffer, length);
    if (advert.ok) {
      const source = formatIp(ipFromBytes(advert.received.source));
      const { virtualRouterId, priority } = advert.received.advert;
      adverts.set(`${source} ${virtualRouterId}`, { virtualRouterId, source, priority });
      continue;
    }
    const neighbor = decodeNeighborFrame(buffer, length);
    if (!neighbor.ok || neighbor.message.type !== 'arp' || neighbor.message.operation !== 'reply') continue;
    const { targetMac, senderAddress, senderMac } = neighbor.message;
    answers.set(`${formatMac(targetMac)} ${formatIp(ipFromBytes(senderAddress))}`, formatMac(senderMac));
  }
  for (const member of asked) {
    if (member.socket === undefined) continue;
    for (let heard = member.socket.receive(); heard !== undefined; heard = member.socket.receive()) {
      const decoded = decodeControlPacket(heard.payload);
      const own = {
        myDiscriminator: member.discriminator,
        reflector: reflectorDiscriminator(ipToBytes(parseIp(member.address)!)),
      };
      if (decoded.ok && isAnswerTo(decoded.packet, own)) member.answered += 1;
    }
  }
}

function triesOf(
  { plan, adverts, answers, asked, sent }: Trying,
  listenedMs: number,
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): NicTries {
  const own = formatMac(plan.link.mac);
  const answeredTo = (mac: string, address: string) => answers.get(`${mac} ${address}`);
  const ipv4 = asked.filter(({ address }) => address.includes('.'));
  const best = ipv4.find(({ address }) => answeredTo(own, address) !== undefined) ?? ipv4[0];
  const foreign = formatMac(foreignMac);
  return {
    nic: plan.link.name,
    listenedMs,
    adverts: [...adverts.values()],
    members: asked.map(({ node, address, asked: count, answered }): MemberTry => {
      const [had, has] = [before.get(address), after.get(address)];
      const counted = had === undefined || has === undefined ? undefined : Math.max(0, has - had);
      return { node, address, asked: count, answered, sent, counted };
    }),
    virtualMac:
      best === undefined
        ? undefined
        : {
            asked: `${best.node} (${best.address})`,
            own: answeredTo(own, best.address) !== undefined,
            foreign: ipv4.some(({ address }) => answeredTo(foreign, address) !== undefined),
          },
    claims: plan.held.flatMap((address) => {
      const mac = answeredTo(own, address);
      return mac === undefined ? [] : [{ address, mac }];
    }),
  };
}
