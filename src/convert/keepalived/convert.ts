/** The keepalived.conf of one machine or of several: each vrrp_instance becomes a VipGroup, with a member for each machine that has it. */
import { group, version } from '../../api/annotations.js';
import { formatIp } from '../../core/ip/address.js';
import type { Converted, Fields, Manifest, Remark } from '../document.js';
import { type Instance, readInstance } from './instance.js';
import { readConf, type Statement } from './syntax.js';

/** A file, and the machine that it is of. */
export interface ConfFile {
  readonly text: string;
  /** What it is called in remarks. */
  readonly from: string;
  readonly node: string;
}

interface Member {
  readonly node: string;
  readonly from: string;
  readonly instance: Instance;
}

export function convertKeepalived(files: readonly ConfFile[]): Converted & { readonly problems: readonly Remark[] } {
  const remarks = new Map<string, Remark>();
  const problems: Remark[] = [];
  const members = new Map<string, Member[]>();
  for (const { text, from, node } of files) {
    const read = readConf(text);
    if (!read.ok) {
      problems.push({ object: `${from}:${read.line}`, field: '', message: read.reason });
      continue;
    }
    const say = ({ line }: Pick<Statement, 'line'>, field: string, message: string) => {
      // The machines say the same, as a rule: once is enough.
      const key = `${field}: ${message}`;
      if (!remarks.has(key)) remarks.set(key, { object: `${from}:${line}`, field, message });
    };
    for (const statement of read.statements) {
      const [keyword = ''] = statement.words;
      if (keyword === 'vrrp_instance') {
        const instance = readInstance(statement, read.statements, say);
        members.set(instance.name, [...(members.get(instance.name) ?? []), { node, from, instance }]);
      } else if (!definitions.has(keyword))
        say(statement, keyword, elsewhere[keyword] ?? 'is not known here: left out');
    }
  }
  const manifests = [...members.values()].flatMap((each) => manifestsOf(each, remarks, problems));
  return { manifests, remarks: [...remarks.values()], problems };
}

/** One for each family. */
function manifestsOf(
  members: readonly Member[],
  remarks: Map<string, Remark>,
  problems: Remark[],
): readonly Manifest[] {
  const [{ instance: first, from }] = members as [Member, ...Member[]];
  const object = `vrrp_instance ${first.called}`;
  const families = [4, 6] as const;
  const present = families.filter((family) => first.addresses.some((each) => each.family === family));
  const listed = (each: Instance) => each.addresses.map(formatIp).sort().join(' ');
  for (const { instance, from: other } of members.slice(1)) {
    if (listed(instance) !== listed(first))
      problems.push({ object, field: 'virtual_ipaddress', message: `is another list in ${other} than in ${from}` });
    if (JSON.stringify(instance.vrrp) !== JSON.stringify(first.vrrp)) {
      const field = Object.keys({ ...first.vrrp, ...instance.vrrp }).find(
        (key) => JSON.stringify(first.vrrp[key]) !== JSON.stringify(instance.vrrp[key]),
      )!;
      const message = `is not the same in ${other} as in ${from}, which counts: a group has one for all members`;
      remarks.set(`${object} ${field}`, { object, field, message });
    }
  }
  if (members.length === 1) {
    const { peers } = first;
    const who = peers.length === 0 ? 'the other machines' : `the machines of ${peers.join(', ')}`;
    const message = `has one member: add ${who}, or convert the files of all machines together, as NODE.conf each`;
    problems.push({ object, field: 'spec.members', message });
  }
  if (present.length === 0)
    problems.push({ object, field: 'virtual_ipaddress', message: 'has no address that can be announced' });
  const nics = [...new Set(members.flatMap(({ instance }) => instance.interface ?? []))];
  return present.map((family) => {
    const known = members.filter(({ instance }) => instance.source?.family === family);
    if (known.length < members.length && family === 4 && first.vrrp.transport !== 'unicast') {
      const nodes = members.filter((each) => !known.includes(each)).map(({ node }) => node);
      const field = 'spec.members[].address';
      const message = `is in no file for ${nodes.join(', ')}: write each machine's own IPv${family} address on the NIC`;
      problems.push({ object, field, message });
    }
    return {
      apiVersion: `${group}/${version}`,
      kind: 'VipGroup',
      metadata: { name: present.length > 1 && family === 6 ? `${first.name}-ipv6` : first.name },
      spec: {
        protocol: 'vip',
        ...(nics.length === 0 ? {} : { interface: nics.join(',') }),
        addresses: first.addresses.filter((each) => each.family === family).map(formatIp),
        vrrp: vrrpOf(first, family),
        members: members.map(({ node, instance: { source, priority } }) => ({
          node,
          ...(source?.family === family ? { address: formatIp(source) } : {}),
          priority,
        })),
      },
    };
  });
}

function vrrpOf({ vrrp }: Instance, family: 4 | 6): Fields {
  const { version: asked, ...others } = vrrp;
  return { ...others, ...(family === 4 && asked !== undefined ? { version: asked } : {}) };
}

/** What is read where it is used, or means nothing here. */
const definitions: ReadonlySet<string> = new Set(['global_defs', 'vrrp_script', 'vrrp_track_file', 'track_file']);

const elsewhere: Readonly<Record<string, string>> = {
  vrrp_sync_group: 'there are no sync groups: give the groups the same checks, so that they move together',
  virtual_server: 'there is no LVS here: leave it to keepalived, without its vrrp_instances',
  virtual_server_group: 'there is no LVS here: leave it to keepalived, without its vrrp_instances',
  bfd_instance: 'there is no counterpart: BFD is for BGP (docs/bgp.md), and leaders are asked whether they live anyway',
  static_ipaddress: 'there is no counterpart: let the network configuration of the machine set it',
  static_routes: 'there is no counterpart: let the network configuration of the machine set it',
  static_rules: 'there is no counterpart: let the network configuration of the machine set it',
  vrrp_track_process: 'write a check with a command, such as pgrep',
};
