/**
 * Settings of one interface that rtnetlink changes as well as /proc/sys/net does: all of IPv4's, and one of IPv6's. It takes the
 * capability NET_ADMIN alone, so it works in a container whose /proc/sys is read-only.
 *
 * Source: `inet_set_link_af` of net/ipv4/devinet.c, `inet6_set_link_af` of net/ipv6/addrconf.c; linux/ip.h (IPV4_DEVCONF_*).
 */
import type { LinkSetting } from './link-message.js';
import type { Rtnetlink } from './rtnetlink.js';

/** IPV4_DEVCONF_* by the names that /proc/sys has, as far as this program changes them. */
const ipv4Numbers: Readonly<Record<string, number>> = {
  rp_filter: 8,
  arp_filter: 13,
  arp_announce: 18,
  arp_ignore: 19,
  accept_local: 23,
};

/** Sets `path` below /proc/sys/net, if this can. Whether it did is seen by reading. */
export function setByRtnetlink(rtnetlink: Pick<Rtnetlink, 'link' | 'setLink'>, path: string, value: string): void {
  const [family, conf, interfaceName = '', key = ''] = path.split('/');
  const setting = conf === 'conf' ? settingOf(family, key, Number(value)) : undefined;
  const index = setting && rtnetlink.link({ name: interfaceName })?.index;
  if (index !== undefined) rtnetlink.setLink(index, setting!);
}

function settingOf(family: string | undefined, key: string, value: number): LinkSetting | undefined {
  if (family === 'ipv6') return key === 'addr_gen_mode' ? { addressGenerationMode: value } : undefined;
  const ipv4Number = family === 'ipv4' ? ipv4Numbers[key] : undefined;
  return ipv4Number === undefined ? undefined : { ipv4Number, value };
}
