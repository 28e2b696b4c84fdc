/** How MetalLB announces a pool: what its advertisements say, in the words of an Eip. */
import {
  announcedBy,
  type Choices,
  type Document,
  type Fields,
  list,
  type Remark,
  remark,
  strings,
  unread,
  withoutCounterpart,
} from './document.js';
import { areTooVaried } from './metallb-route-nodes.js';
import { plainLabels, selectorText } from './selector.js';

/**
 * How it is announced: by the advertisements that select it, all of them together.
 *
 * @param advertisements those that are for the pool
 */
export function announcement(
  pool: Document,
  advertisements: readonly Document[],
  choices: Choices,
): { spec: object; remarks: readonly Remark[] } {
  const local = advertisements.filter(({ kind }) => kind === 'L2Advertisement');
  const routed = advertisements.filter(({ kind }) => kind === 'BGPAdvertisement');
  const isRouted = isAnnouncedByBgp(advertisements, choices);
  const [counting, others] = isRouted && routed.length > 0 ? [routed, local] : [local, routed];
  const remarks: Remark[] = [];
  const [first] = counting;
  if (first === undefined && choices.cluster !== undefined) {
    const message = 'no advertisement is for it: its addresses are given out and announced by nobody, as MetalLB does';
    return {
      spec: { protocol: 'layer2', nodeSelector: nobody },
      remarks: [{ ...remark(pool, '', message), asBefore: true }],
    };
  }
  if (first === undefined) {
    const message = `no advertisement is for it, so MetalLB announced none of its addresses: the Eip announces them (${choices.protocol})`;
    remarks.push(remark(pool, '', message));
  }
  for (const other of others) {
    const message = `an Eip is announced in one way: ${first!.called} counts, ${other.called} does not`;
    remarks.push(remark(pool, '', message));
  }
  if (isRouted) {
    if (areTooVaried(routed)) remarks.push(remark(pool, '', nodesOfAll));
    if (routed.length === 0 && local.length > 0) remarks.push(remark(pool, '', fromLan));
    return { spec: { protocol: 'bgp', ...nodesOf(counting) }, remarks };
  }
  const spec = announcedBy(choices, interfacesOf(pool, local, choices, remarks));
  return { spec: { ...spec, ...nodesOf(local) }, remarks };
}

/** No node has this label. */
const nobody = { 'openelb.io/announced-by': 'no-advertisement' };

const nodesOfAll =
  'its BGPAdvertisements choose nodes in more ways than a BgpPeer can tell apart: here each router is told by the nodes of all of them';

const fromLan =
  'MetalLB answers for its addresses on the LAN, the Eip tells routers of them: hosts in the subnet of the addresses need a route';

/** Whether routers are told of a pool that has these advertisements, rather than hosts of a LAN: an Eip is announced in one way. */
export function isAnnouncedByBgp(
  advertisements: readonly Document[],
  { protocol }: Pick<Choices, 'protocol'>,
): boolean {
  const isLocal = advertisements.some(({ kind }) => kind === 'L2Advertisement');
  return protocol === 'bgp' || (advertisements.length > 0 && !isLocal);
}

/** The NICs of an Eip, of which each node takes the first that it has; MetalLB answers on all, or on every one where none is named. */
function interfacesOf(
  pool: Document,
  advertisements: readonly Document[],
  choices: Choices,
  remarks: Remark[],
): string | undefined {
  const named = advertisements.map(({ spec }) => strings(spec.interfaces));
  if (named.length === 0 || named.some((nics) => nics.length === 0)) {
    if (choices.interface === undefined && choices.cluster === undefined) {
      const message =
        'MetalLB answers on every NIC, an Eip on one of each node: that of the subnet, unless --interface names another';
      remarks.push(remark(pool, '', message));
    }
    return choices.interface;
  }
  const nics = [...new Set(named.flat())];
  if (nics.length > 1) remarks.push(remark(pool, 'spec.interfaces', severalNics(advertisements, nics)));
  return nics.join(',');
}

function severalNics(advertisements: readonly Document[], nics: readonly string[]): string {
  const ofNodes = ({ spec }: Document) => list(spec.nodeSelectors).map(selectorText).join('; or ') || 'every node';
  const kinds = new Set(advertisements.map((each) => JSON.stringify([ofNodes(each), strings(each.spec.interfaces)])));
  const nodes = new Set(advertisements.map(ofNodes));
  if (kinds.size > 1 && nodes.size > 1) {
    const each = advertisements.map((one) => `${strings(one.spec.interfaces).join(', ')} of ${ofNodes(one)}`);
    return `MetalLB answers on ${each.join(' and on ')}, an Eip on one NIC of each node, the first of ${nics.join(', ')} that it has: see that no node has one that it is not to answer on`;
  }
  const by = advertisements.map(({ called }) => called).join(' and ');
  return `${by}: MetalLB answers on each of them (${nics.join(', ')}), an Eip on one of each node: the first in the list that it has`;
}

/** Selectors widen each other, and an advertisement without one is for every node. */
function nodesOf(advertisements: readonly Document[]): Fields {
  const selecting = advertisements.map((each) => list(each.spec.nodeSelectors));
  if (selecting.some((selectors) => selectors.length === 0)) return {};
  const selectors = [...new Map(selecting.flat().map((each) => [JSON.stringify(each), each])).values()];
  const [selector, ...more] = selectors;
  if (selector === undefined) return {};
  const labels = plainLabels(selector);
  return labels !== undefined && more.length === 0 ? { nodeSelector: labels } : { nodeSelectors: selectors };
}

export function advertisementRemarks(advertisement: Document): readonly Remark[] {
  const services = 'an Eip announces all of its addresses: give these Services an Eip of their own';
  const read = ['ipAddressPools', 'ipAddressPoolSelectors', 'nodeSelectors', 'serviceSelectors'];
  if (advertisement.kind === 'L2Advertisement') {
    const reasons = {
      serviceSelectors: services,
      preferredNodeSelectors: 'leaders are spread over the nodes; spec.nodeSelector of the Eip keeps others out',
    };
    return [
      ...withoutCounterpart(advertisement, reasons),
      ...unread(advertisement, 'spec', advertisement.spec, [...read, ...Object.keys(reasons), 'interfaces']),
    ];
  }
  const reasons = { serviceSelectors: services };
  const routes = ['aggregationLength', 'aggregationLengthV6', 'localPref', 'communities', 'peers'];
  return [
    ...withoutCounterpart(advertisement, reasons),
    ...unread(advertisement, 'spec', advertisement.spec, [...read, ...routes]),
  ];
}
