/**
 * RTM_NEWLINK and its relatives: a message as a link, and the requests that make and remove a macvlan.
 *
 * Source: rtnetlink(7), linux/if_link.h.
 */
import { formatLink, type Link as LinkHeader, parseLink } from 'netlink/dist/rt/gen_structs.js';
import {
  decodeAttributes,
  decodeString,
  encodeMessage,
  encodeNested,
  encodeString,
  encodeU32,
  flag,
  messageType,
  type NetlinkMessage,
} from './netlink-codec.js';

const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_LINK = 5;
const IFLA_MASTER = 10;
const IFLA_LINKINFO = 18;
const IFLA_EXT_MASK = 29;
const IFLA_LINK_NETNSID = 37;
const IFLA_PROTO_DOWN = 39;
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
const IFLA_MACVLAN_MODE = 1;
const MACVLAN_MODE_PRIVATE = 1;
const RTEXT_FILTER_SKIP_STATS = 8;
const fixedLength = 16; // struct ifinfomsg

/** A network interface. */
export interface Link {
  readonly index: number;
  readonly name: string;
  /** Switched on by the administrator (IFF_UP). */
  readonly up: boolean;
  /** Up, with carrier, and able to pass packets (IFF_LOWER_UP and IFF_RUNNING: RFC 2863 operational state). */
  readonly running: boolean;
  /** Empty for an interface without one, such as a tunnel. */
  readonly mac: Uint8Array;
  readonly mtu: number;
  readonly loopback: boolean;
  /** The driver's kind: 'vlan', 'bond', 'bridge', 'macvlan', 'veth', …; absent for a plain NIC. */
  readonly kind?: string;
  /** What a vlan or macvlan sits on, where that is in the same namespace. */
  readonly parentIndex?: number;
  /** The bond or bridge this is a port of: such an interface carries no addresses of its own. */
  readonly masterIndex?: number;
}

/** Encodes the request for all links, without their statistics. */
export function encodeListLinks(): Uint8Array {
  return encodeMessage({
    type: messageType.getLink,
    flags: flag.dump,
    fixed: formatLink({}),
    attributes: (out) => out.push(IFLA_EXT_MASK, encodeU32(RTEXT_FILTER_SKIP_STATS)),
  });
}

/** Encodes the request for one link, by its index or its name. */
export function encodeGetLink(which: { readonly index: number } | { readonly name: string }): Uint8Array {
  return encodeMessage({
    type: messageType.getLink,
    flags: 0,
    fixed: formatLink('index' in which ? { index: which.index } : {}),
    attributes(out) {
      out.push(IFLA_EXT_MASK, encodeU32(RTEXT_FILTER_SKIP_STATS));
      if ('name' in which) out.push(IFLA_IFNAME, encodeString(which.name));
    },
  });
}

/** Decodes an RTM_NEWLINK or RTM_DELLINK message; undefined for one of another family (a bridge speaking of its port). */
export function decodeLink(message: NetlinkMessage): Link | undefined {
  const fixed = parseLink(message.data.subarray(0, fixedLength));
  const attributes = decodeAttributes(message.data, fixedLength);
  const name = attributes.get(IFLA_IFNAME);
  if (fixed.family !== 0 || name === undefined) return undefined;
  const index = fixed.index ?? 0;
  const info = attributes.get(IFLA_LINKINFO);
  const kindName = info === undefined ? undefined : decodeAttributes(info, 0).get(IFLA_INFO_KIND);
  const kind = kindName === undefined ? undefined : decodeString(kindName);
  const lower = attributes.has(IFLA_LINK_NETNSID) ? undefined : attributes.get(IFLA_LINK)?.readUInt32LE(0);
  const hasParent = lower !== undefined && lower !== 0 && lower !== index && kind !== 'veth'; // a veth names its peer
  const master = attributes.get(IFLA_MASTER)?.readUInt32LE(0);
  return {
    index,
    name: decodeString(name),
    up: fixed.flags?.up === true,
    running: isRunning(fixed),
    mac: Uint8Array.from(attributes.get(IFLA_ADDRESS) ?? []),
    mtu: attributes.get(IFLA_MTU)?.readUInt32LE(0) ?? 0,
    loopback: fixed.flags?.loopback === true,
    ...(kind === undefined ? {} : { kind }),
    ...(hasParent ? { parentIndex: lower } : {}),
    ...(master === undefined || master === 0 ? {} : { masterIndex: master }),
  };
}

function isRunning(fixed: LinkHeader): boolean {
  const { up, running, lowerUp } = fixed.flags ?? {};
  return up === true && running === true && lowerUp === true;
}

/** Encodes the making of a macvlan in private mode (it does not talk to its siblings), down, with the given MAC. */
export function encodeCreateMacvlan(o: { name: string; parentIndex: number; mac: Uint8Array }): Uint8Array {
  const data = encodeNested([[IFLA_MACVLAN_MODE, encodeU32(MACVLAN_MODE_PRIVATE)]]);
  return encodeMessage({
    type: messageType.newLink,
    flags: flag.create | flag.exclusive,
    fixed: formatLink({}),
    attributes(out) {
      out.push(IFLA_IFNAME, encodeString(o.name));
      out.push(IFLA_LINK, encodeU32(o.parentIndex));
      out.push(IFLA_ADDRESS, o.mac);
      out.push(
        IFLA_LINKINFO,
        encodeNested([
          [IFLA_INFO_KIND, encodeString('macvlan')],
          [IFLA_INFO_DATA, data],
        ]),
      );
    },
  });
}

/** Encodes switching a link on or off. */
export function encodeSetLinkUp(index: number, up: boolean): Uint8Array {
  return encodeMessage({
    type: messageType.newLink,
    flags: 0,
    fixed: formatLink({ index, flags: up ? { up: true } : {}, change: { up: true } }),
  });
}

/** Encodes taking a link's carrier away, or giving it back. */
export function encodeSetCarrier(index: number, carrier: boolean): Uint8Array {
  return encodeMessage({
    type: messageType.newLink,
    flags: 0,
    fixed: formatLink({ index }),
    attributes: (out) => out.push(IFLA_PROTO_DOWN, Uint8Array.of(carrier ? 0 : 1)),
  });
}

/** Encodes the removal of a link. */
export function encodeRemoveLink(index: number): Uint8Array {
  return encodeMessage({ type: messageType.delLink, flags: 0, fixed: formatLink({ index }) });
}
