/** How MetalLB announces a pool: what its advertisements say, in the words of an Eip. */
import {
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
import { plainLabels, selectorText, selects } from './selector.js';

/** How it is announced: by the advertisements that select it, all of them together. */
export function announcement(
  pool: Document,
  layer2: readonly Document[],
  bgp: readonly Document[],
  choices: Choices,
): { spec: object; remarks: readonly Remark[] } {
  const local = layer2.filter((advertisement) => isFor(advertisement, pool));
  const routed = bgp.filter((advertisement) => isFor(advertisement, pool));
  const remarks: Remark[] = [];
  const [first] = local;
  if (first === undefined && routed[0] !== undefined) {
    const nodes = nodeSelector(pool, routed, remarks);
    return { spec: { protocol: 'bgp', ...nodes }, remarks };
  }
  for (const other of routed) {
    const message = `an Eip is announced in one way: ${first!.called} counts, ${other.called} does not`;
    remarks.push(remark(pool, '', message));
  }
  if (first === undefined) {
    const message = `no advertisement is for it, so MetalLB announced none of its addresses: the Eip announces them (${choices.protocol})`;
    remarks.push(remark(pool, '', message));
  }
  const nodes = nodeSelector(pool, local, remarks);
  const nic = interfacesOf(pool, local, choices, remarks);
  return { spec: { protocol: choices.protocol, ...(nic === undefined ? {} : { interface: nic }), ...nodes }, remarks };
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
    if (choices.interface === undefined) {
      const message =
        'MetalLB answers on every NIC, an Eip on one of each node: that of the subnet, unless --interface names another';
      remarks.push(remark(pool, '', message));
    }
    return choices.interface;
  }
  const nics = [...new Set(named.flat())];
  if (nics.length > 1) {
    const by = advertisements.map(({ called }) => called).join(' and ');
    const message = `${by}: MetalLB answers on each of them (${nics.join(', ')}), an Eip on one of each node: the first in the list that it has`;
    remarks.push(remark(pool, 'spec.interfaces', message));
  }
  return nics.join(',');
}

/** Without a list and without a selector it is for every pool, but those that bring their own. */
export function isFor(advertisement: Document, pool: Document): boolean {
  if (advertisement.madeFor !== undefined || pool.madeFor !== undefined) return advertisement.madeFor === pool.madeFor;
  const names = strings(advertisement.spec.ipAddressPools);
  const selectors = list(advertisement.spec.ipAddressPoolSelectors);
  if (names.length === 0 && selectors.length === 0) return true;
  return names.includes(pool.metadata.name) || selectors.some((each) => selects(each, pool.metadata.labels ?? {}));
}

/** Selectors widen each other, and an advertisement without one is for every node. */
function nodeSelector(
  pool: Document,
  advertisements: readonly Document[],
  remarks: Remark[],
): { nodeSelector?: Fields } {
  const selecting = advertisements.map((each) => list(each.spec.nodeSelectors));
  if (selecting.some((selectors) => selectors.length === 0)) return {};
  const selectors = new Map(selecting.flat().map((each) => [JSON.stringify(each), each]));
  const [selector, ...more] = selectors.values();
  if (selector === undefined) return {};
  const labels = plainLabels(selector);
  if (labels !== undefined && more.length === 0) return { nodeSelector: labels };
  const by = advertisements.map(({ called }) => called).join(' and ');
  const texts = [...selectors.values()].map(selectorText).join('; or ');
  const message = `an Eip has one selector of plain labels, and ${by} select these nodes: ${texts}. Give all of them one common label and name it in spec.nodeSelector: until then every node announces that has the NIC`;
  remarks.push(remark(pool, 'spec.nodeSelectors', message));
  return {};
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
