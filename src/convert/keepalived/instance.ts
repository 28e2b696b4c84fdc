/** One vrrp_instance of one machine. */
import { formatIp, type IpAddress, parseIp } from '../../core/ip/address.js';
import type { Fields } from '../document.js';
import { checkName, numberOf, programsOf, type Say, seconds } from './programs.js';
import { argumentsOf, entriesOf, type Statement } from './syntax.js';

export interface Instance {
  /** As a VipGroup is called. */
  readonly name: string;
  readonly called: string;
  readonly interface: string | undefined;
  /** IPv4 first. Those of the other family have a group of their own. */
  readonly addresses: readonly IpAddress[];
  readonly vrrp: Fields;
  readonly priority: number;
  /** Where adverts come from, by family, as far as the file says so. */
  readonly source: IpAddress | undefined;
  readonly peers: readonly string[];
}

const linkLocal = 0xfe80n;

export function readInstance(statement: Statement, conf: readonly Statement[], tell: Say): Instance {
  const { block } = statement;
  const name = statement.words[1] ?? '';
  const say: Say = (at, field, message) => tell(at, field, message);
  const one = (keyword: string) => argumentsOf(block, keyword)?.[0];
  const has = (keyword: string) => argumentsOf(block, keyword) !== undefined;
  const excluded = entriesOf(block, 'virtual_ipaddress_excluded');
  const addresses = [...entriesOf(block, 'virtual_ipaddress'), ...excluded].flatMap((entry) =>
    addressOf(entry, one('interface'), say),
  );
  if (excluded.length > 0)
    say(excluded[0]!, 'virtual_ipaddress_excluded', 'here each address is in an advert: move all machines together');
  const isIpv6 = addresses[0]?.family === 6;
  const ofAll = entriesOf(conf, 'global_defs');
  const asked = numberOf(one('version') ?? argumentsOf(ofAll, 'vrrp_version')?.[0]) ?? 2;
  const version = isIpv6 ? 3 : asked;
  const { checks, notify, added } = programsOf(block, conf, say);
  const peers = entriesOf(block, 'unicast_peer').map(({ words }) => words[0]!);
  const delay = numberOf(one('preempt_delay'));
  for (const each of block) {
    const [keyword = ''] = each.words;
    const message = without[keyword] ?? (known.has(keyword) ? undefined : 'is not known here: left out');
    if (message !== undefined) say(each, keyword, message);
  }
  return {
    name: checkName(name),
    called: name,
    interface: one('interface'),
    addresses: [...addresses].sort((a, b) => a.family - b.family),
    vrrp: {
      virtualRouterId: numberOf(one('virtual_router_id')),
      ...(version === 2 ? { version } : {}),
      advertisementInterval: seconds(numberOf(one('advert_int')) ?? 1),
      preempt: !has('nopreempt'),
      ...(delay === undefined || delay === 0 ? {} : { preemptDelay: seconds(delay) }),
      ...(peers.length > 0 ? { transport: 'unicast' } : {}),
      ...(has('use_vmac') ? { virtualMac: true } : {}),
      ...(checks.length > 0 ? { checks } : {}),
      ...(notify.length > 0 ? { notify } : {}),
    },
    priority: Math.min((numberOf(one('priority')) ?? 100) + added, added > 0 ? 254 : 255),
    source: parseIp(one('unicast_src_ip') ?? one('mcast_src_ip') ?? ''),
    peers,
  };
}

function addressOf(entry: Statement, nic: string | undefined, say: Say): readonly IpAddress[] {
  const [text = '', ...options] = entry.words;
  const address = parseIp(text.split('/')[0]!);
  if (address === undefined) {
    say(entry, `virtual_ipaddress ${text}`, 'is no address: left out');
    return [];
  }
  if (address.family === 6 && address.value >> 112n === linkLocal) {
    say(entry, `virtual_ipaddress ${text}`, 'the agent lists a link-local address of its own: left out');
    return [];
  }
  const device = options[options.indexOf('dev') + 1];
  if (options.includes('dev') && device !== nic)
    say(
      entry,
      `virtual_ipaddress ${formatIp(address)}`,
      `dev ${device}: addresses are on the NIC of the group: left out`,
    );
  return [address];
}

/** What was read, and what means nothing here and is not missed. */
const known: ReadonlySet<string> = new Set([
  ...['interface', 'virtual_router_id', 'priority', 'advert_int', 'version', 'nopreempt', 'preempt_delay', 'state'],
  ...['virtual_ipaddress', 'virtual_ipaddress_excluded', 'unicast_peer', 'unicast_src_ip', 'mcast_src_ip', 'use_vmac'],
  ...['track_script', 'track_file', 'notify', 'notify_master', 'notify_backup', 'notify_fault', 'notify_stop'],
  ...[
    'vmac_xmit_base',
    'dont_track_primary',
    'preempt',
    'debug',
    'accept',
    'native_ipv6',
    'strict_mode',
    'promote_secondaries',
  ],
  ...[
    'garp_master_delay',
    'garp_master_repeat',
    'garp_lower_prio_delay',
    'garp_lower_prio_repeat',
    'garp_master_refresh',
  ],
  ...['garp_master_refresh_repeat', 'garp_interval', 'gna_interval', 'unicast_ttl', 'linkbeat_use_polling'],
]);

const without: Readonly<Record<string, string>> = {
  authentication: 'there are no passwords: take the block out on all machines first, in a quiet hour',
  auth_hmac: 'write spec.vrrp.authentication, with the same key files (docs/authentication.md)',
  track_interface: 'its own NIC is always watched; for another write a check with a command',
  track_process: 'write a check with a command, such as pgrep',
  track_bfd: 'there is no counterpart: write a check with a command',
  virtual_routes: 'there is no counterpart: set routes in a hook (spec.vrrp.notify)',
  virtual_rules: 'there is no counterpart: set rules in a hook (spec.vrrp.notify)',
  lvs_sync_daemon_interface: 'there is no LVS here: left out',
  lvs_sync_daemon: 'there is no LVS here: left out',
  smtp_alert: 'there are no mails: send them in a hook (spec.vrrp.notify)',
  no_accept: 'the leader always accepts what is sent to its addresses: left out',
  use_ipvlan: 'there is virtualMac, and no ipvlan: left out',
  skip_check_adv_addr: 'each advert is checked: left out',
};
