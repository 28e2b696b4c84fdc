/** The checks of what was tried on the network: pure. */
import type { Check, Finding } from '../finding.js';
import type { MemberTry, NicTries, NodeFacts } from './facts.js';

const unicast: Check<NodeFacts> = ({ tries, groups }) => {
  const needed = groups.some(({ spec }) => spec.vrrp?.transport === 'unicast');
  return eachMember(tries, ({ nic, where, address, asked, answered }) => {
    if (asked === 0) return [];
    const check = 'unicast between members';
    if (answered > 0)
      return [{ check, severity: 'fine', where, what: `${answered} of ${asked} questions were answered` }];
    return [
      {
        check,
        severity: needed ? 'problem' : 'warning',
        where,
        what: `none of ${asked} questions by UDP port 7784 was answered${needed ? ', and groups send adverts by unicast' : ': a leader that dies is noticed later'}`,
        remedy: `see that its agent runs, that ${address} is reached by ${nic} (ping), and that firewalls of both let UDP port 7784 pass`,
      },
    ];
  });
};

const multicast: Check<NodeFacts> = ({ tries, groups }) => {
  if (!groups.some(({ spec }) => spec.protocol !== 'bgp' && spec.vrrp?.transport !== 'unicast')) return [];
  return eachMember(tries, ({ nic, where, sent, counted }) => {
    if (sent === 0) return [];
    const check = 'multicast between members';
    if (counted === undefined)
      return [
        {
          check,
          severity: 'unknown',
          where,
          what: `${sent} adverts were sent; whether they arrived only its agent knows, and its metrics are not answered`,
          remedy: 'let TCP port 17472 pass between nodes, or run the doctor there and see what it hears',
        },
      ];
    if (counted > 0) return [{ check, severity: 'fine', where, what: `${counted} of ${sent} adverts arrived` }];
    return [
      {
        check,
        severity: 'problem',
        where,
        what: `none of ${sent} adverts that ${nic} sent to the group of VRRP (224.0.0.18, ff02::12) arrived: both nodes may lead`,
        remedy:
          'let IP protocol 112 pass (firewalls, security groups of a cloud); where switches snoop IGMP or MLD, see that one is the querier; ' +
          'or give the Eip vrrp.transport: unicast',
      },
    ];
  });
};

/** A group of which this node is a Backup has a leader, and that is heard. */
const adverts: Check<NodeFacts> = ({ agent, groups, tries }) => {
  const led = (agent?.members ?? []).filter(({ state, interface: nic }) => state === 'Backup' && nic !== undefined);
  const silent = led.flatMap((member): Finding[] => {
    const found = tries.find(({ nic }) => nic === member.interface);
    const spec = groups.find(({ metadata }) => metadata.name === member.group)?.spec;
    const id = spec?.vrrp?.virtualRouterId;
    if (found === undefined || id === undefined || spec?.vrrp?.transport === 'unicast') return [];
    if ((member.advertisementInterval ?? 0) / 1000 > found.listenedMs / 2) return [];
    if (found.adverts.some(({ virtualRouterId }) => virtualRouterId === id)) return [];
    return [
      {
        check: 'adverts of leaders',
        severity: 'problem',
        where: `group ${member.group}, ${member.interface}`,
        what: `none of virtual router ID ${id} came within ${(found.listenedMs / 1000).toFixed(1)} s`,
        remedy: 'openelb-vip status shows who leads; on that node run the doctor, too',
      },
    ];
  });
  if (silent.length > 0) return silent;
  return led.length === 0
    ? []
    : [{ check: 'adverts of leaders', severity: 'fine', where: '', what: `${led.length} groups hear theirs` }];
};

/** Routers that are no members, by the ID that they send. */
const neighbors: Check<NodeFacts> = ({ agent, groups, tries }) =>
  tries.flatMap(({ nic, adverts: heard }): readonly Finding[] => {
    const own = groups.filter(
      ({ metadata }) => agent?.members?.find(({ group }) => group === metadata.name)?.interface === nic,
    );
    const ids = new Set(own.map(({ spec }) => spec.vrrp?.virtualRouterId));
    const members = new Set(groups.flatMap(({ spec }) => spec.members.map(({ address }) => address)));
    const strangers = new Map(
      heard
        .filter(({ source }) => !members.has(source))
        .map((each) => [`${each.virtualRouterId} ${each.source}`, each]),
    );
    return [...strangers.values()].map(({ virtualRouterId, source, priority }) => {
      const clashes = ids.has(virtualRouterId);
      return {
        check: 'virtual router IDs',
        severity: clashes ? ('problem' as const) : ('warning' as const),
        where: nic,
        what: `${source}, which is no member, sends adverts of ID ${virtualRouterId} with priority ${priority}${clashes ? ', which a group has as well' : ''}`,
        remedy: clashes
          ? 'give one of the two another ID; the controller does so by itself where it made the group'
          : 'if the controller shall never choose that ID: --reserved-vrids; else there is nothing to do',
      };
    });
  });

const virtualMacs: Check<NodeFacts> = ({ tries, groups }) => {
  const needed = groups.some(({ spec }) => spec.vrrp?.virtualMac === true);
  return tries.flatMap(({ nic, virtualMac }): readonly Finding[] => {
    const check = 'virtual MAC';
    if (virtualMac === undefined) return [];
    const { asked, own, foreign } = virtualMac;
    if (foreign)
      return [{ check, severity: 'fine', where: nic, what: `${asked} answers a MAC that is not that of the NIC` }];
    if (!own)
      return [
        {
          check,
          severity: 'unknown',
          where: nic,
          what: `${asked} answers no ARP request at all`,
          remedy: 'see whether that node is up',
        },
      ];
    return [
      {
        check,
        severity: needed ? 'problem' : 'warning',
        where: nic,
        what: `${asked} answers the MAC of the NIC and no other: the network takes no frames from a virtual MAC`,
        remedy: needed
          ? 'allow forged transmits and MAC changes (hypervisor), or further MACs (port security of a switch), or leave vrrp.virtualMac off'
          : 'nothing, as long as vrrp.virtualMac stays off: no group has it',
      },
    ];
  });
};

const conflicts: Check<NodeFacts> = ({ tries }) =>
  tries.flatMap(({ nic, claims }) =>
    claims.map(({ address, mac }) => ({
      check: 'address conflicts',
      severity: 'problem' as const,
      where: nic,
      what: `${mac} answers for ${address}, which this node holds`,
      remedy:
        'find that host (its switch port, ip neigh) and take the address off it; kube-proxy in IPVS mode needs strictARP: true',
    })),
  );

export const tryChecks: readonly Check<NodeFacts>[] = [multicast, unicast, adverts, neighbors, virtualMacs, conflicts];

function eachMember(
  tries: readonly NicTries[],
  judge: (each: MemberTry & { readonly nic: string; readonly where: string }) => readonly Finding[],
): readonly Finding[] {
  return tries.flatMap(({ nic, members }) =>
    members.flatMap((member) => judge({ ...member, nic, where: `${nic}, to ${member.node} (${member.address})` })),
  );
}
