/** The ConfigMap `kubevip` of kube-vip's cloud provider: pools by namespace become Eips. */
import { defaultEipAnnotation, group, version } from '../api/annotations.js';
import { formatRange, parsePool } from '../core/ip/range.js';
import {
  announcedBy,
  type Choices,
  type Converted,
  type Document,
  type Manifest,
  type Remark,
  remark,
} from './document.js';

const poolKey = /^(cidr|range)-(.+)$/;

/** Whether a ConfigMap is kube-vip's. */
export function isKubeVipConfigMap({ kind, metadata, data }: Document): boolean {
  return kind === 'ConfigMap' && (metadata.name === 'kubevip' || Object.keys(data).some((key) => poolKey.test(key)));
}

/** The NIC of addresses that are in none of its pools. */
export function nicOfConfigMap(documents: readonly Document[]): string | undefined {
  const named = documents.filter(isKubeVipConfigMap).map(({ data }) => data['interface-global']);
  return named.find((nic): nic is string => typeof nic === 'string' && nic !== '');
}

export function convertKubeVip(document: Document, choices: Choices): Converted {
  const { data } = document;
  const remarks: Remark[] = [];
  const notes: Remark[] = [];
  const manifests: Manifest[] = [];
  const skipEnds = data['skip-end-ips-in-cidr'] === 'true';
  for (const scope of scopes(data)) {
    const [cidr, range] = [data[`cidr-${scope}`], data[`range-${scope}`]];
    const address = String(cidr ?? range);
    if (cidr !== undefined && range !== undefined) {
      notes.push(remark(document, `data.range-${scope}`, `cidr-${scope} is used, as kube-vip does`));
    }
    if (address.startsWith('0.0.0.0')) {
      const field = `data.${cidr === undefined ? 'range' : 'cidr'}-${scope}`;
      remarks.push(remark(document, field, 'asks DHCP for addresses, which is not possible here: name addresses'));
      continue;
    }
    const nic = data[`interface-${scope}`] ?? data['interface-global'] ?? choices.interface;
    if (nic === undefined && choices.protocol !== 'bgp') {
      const message =
        'kube-vip is told its NIC by vip_interface: each node takes that of the subnet, unless --interface names it';
      remarks.push(remark(document, '', message));
    }
    manifests.push({
      apiVersion: `${group}/${version}`,
      kind: 'Eip',
      metadata: {
        name: `kubevip-${scope}`,
        ...(scope === 'global' ? { annotations: { [defaultEipAnnotation]: 'true' } } : {}),
      },
      spec: {
        address: skipEnds && cidr !== undefined ? withoutEnds(address) : address.split(',').join(', '),
        ...announcedBy(choices, typeof nic === 'string' ? nic : undefined),
        ...(scope === 'global' ? {} : { namespaces: [scope] }),
      },
    });
  }
  return { manifests, remarks: [...remarks, ...otherKeys(document)], notes };
}

/** The namespaces with a pool, and `global`. */
function scopes(data: Document['data']): readonly string[] {
  return [...new Set(Object.keys(data).flatMap((key) => poolKey.exec(key)?.[2] ?? []))].sort();
}

/** The blocks of a list without their first and last addresses, as far as they have more than two. */
function withoutEnds(list: string): string {
  return list
    .split(',')
    .map((block) => {
      const parsed = parsePool(block);
      const [range] = parsed.ok ? parsed.ranges : [];
      if (range === undefined || range.last - range.first < 2n) return block.trim();
      return formatRange({ ...range, first: range.first + 1n, last: range.last - 1n });
    })
    .join(', ');
}

function otherKeys(document: Document): readonly Remark[] {
  return Object.keys(document.data).flatMap((key) => {
    if (poolKey.test(key)) return [];
    const nicOf = key.startsWith('interface-') ? key.slice('interface-'.length) : undefined;
    if (nicOf !== undefined) {
      if (nicOf === 'global' || scopes(document.data).includes(nicOf)) return [];
      return [remark(document, `data.${key}`, `there is no pool for ${nicOf}: left out`)];
    }
    if (key === 'skip-end-ips-in-cidr') return [];
    const message = key.startsWith('allow-share-')
      ? 'Services share an address with the same annotation eip.openelb.kubesphere.io/sharing-key'
      : key === 'search-order'
        ? 'the lowest free address is given'
        : 'there is no counterpart';
    return [remark(document, `data.${key}`, message)];
  });
}
