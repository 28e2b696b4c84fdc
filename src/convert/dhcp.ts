/**
 * Addresses that kube-vip got by DHCP, for Services that ask for 0.0.0.0 or ::. There is no DHCP here: each keeps the address
 * that it has, in an Eip of such addresses, since no pool of kube-vip's has them.
 * Source: kube-vip pkg/instance/instance.go and pkg/kubevip/annotations.go (v1.2).
 */
import { group, version } from '../api/annotations.js';
import { compareIp, formatIp, type IpAddress, parseIp } from '../core/ip/address.js';
import { contains, parsePool } from '../core/ip/range.js';
import {
  announcedBy,
  type Choices,
  type Converted,
  type Leased,
  type Manifest,
  type Remark,
  remark,
} from './document.js';

/**
 * @param asked what the Service asks for, such as `0.0.0.0,2001:db8::1`
 * @param has what it has now, what is likeliest first
 * @returns what to ask for instead, empty when nothing is known; undefined when DHCP is not asked
 */
export function withoutDhcp(
  asked: string,
  has: readonly string[],
): { readonly addresses: readonly string[]; readonly leased: readonly IpAddress[] } | undefined {
  const wanted = listed(asked);
  if (!wanted.some(isWildcard)) return undefined;
  const leased = wanted.filter(isWildcard).flatMap(({ family }) => {
    const own = has.flatMap((each) => listed(each)).find((each) => each.family === family && !isWildcard(each));
    return own ?? [];
  });
  const fixed = wanted.filter((each) => !isWildcard(each));
  return { addresses: [...leased, ...fixed].map(formatIp), leased };
}

/** Not an address at all: what asks DHCP for one. */
export function isUnspecified(text: string): boolean {
  const address = parseIp(text);
  return address !== undefined && isWildcard(address);
}

/** Eips of addresses that none of the manifests has, one for each NIC. */
export function leasedPools(leased: readonly Leased[], others: readonly Manifest[], choices: Choices): Converted {
  const pooled = others.flatMap(({ kind, spec }) => {
    const parsed = kind === 'Eip' ? parsePool(String((spec as { address?: unknown }).address ?? '')) : undefined;
    return parsed?.ok ? parsed.ranges : [];
  });
  const stray = leased.filter(({ address }) => !contains(pooled, address));
  const nics = [...new Set(stray.map(({ nic }) => nic ?? choices.interface))].sort();
  const remarks: Remark[] = [];
  const manifests = nics.map((nic): Manifest => {
    const own = stray.filter((each) => (each.nic ?? choices.interface) === nic);
    if (nic === undefined && choices.protocol !== 'bgp') {
      const message =
        'its address came by DHCP, and no pool says on which NIC it is: each node takes that of the subnet, unless --interface names it';
      remarks.push(...own.map((each) => remark(each, '', message)));
    }
    const addresses = new Set(
      own
        .map(({ address }) => address)
        .sort(compareIp)
        .map(formatIp),
    );
    const suffix =
      nic === undefined || nic === choices.interface ? '' : `-${nic.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`;
    return {
      apiVersion: `${group}/${version}`,
      kind: 'Eip',
      // Neither the default nor of any namespace: nobody gets one of these addresses without asking for it.
      metadata: { name: `kubevip-dhcp${suffix}` },
      spec: {
        address: [...addresses].join(', '),
        ...announcedBy(choices, nic),
      },
    };
  });
  return { manifests, remarks };
}

function listed(text: string): readonly IpAddress[] {
  return text.split(',').flatMap((each) => parseIp(each.trim()) ?? []);
}

function isWildcard({ value }: IpAddress): boolean {
  return value === 0n;
}
