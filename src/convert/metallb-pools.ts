/** MetalLB's pools, and the advertisements that say how each is announced, become Eips. */
import { defaultEipAnnotation, group, version } from '../api/annotations.js';
import { poolByBgp, sessionOfBgp } from './bgp.js';
import {
  type Choices,
  type Converted,
  type Document,
  type Fields,
  fields,
  list,
  type Manifest,
  metadataNotes,
  type Remark,
  remark,
  strings,
  unread,
  withoutCounterpart,
} from './document.js';
import { plainLabels, selects } from './selector.js';

/** MetalLB uses pools without a priority last, the smallest number first. */
const lastPriority = 1000;

export function convertPools(documents: readonly Document[], choices: Choices): Converted {
  const of = (kind: string) => documents.filter((document) => document.kind === kind);
  const pools = of('IPAddressPool');
  const automatic = pools.filter(isAutomatic);
  const advertisements = [...of('L2Advertisement'), ...of('BGPAdvertisement')];
  const remarks: Remark[] = advertisements.flatMap((each) => [
    ...advertisementRemarks(each),
    ...(pools.some((pool) => isFor(each, pool)) ? [] : [remark(each, '', 'is for no pool of the input: left out')]),
  ]);
  const manifests = pools.map((pool): Manifest => {
    const announced = announcement(pool, of('L2Advertisement'), of('BGPAdvertisement'), choices);
    const allocated = allocation(pool, automatic);
    remarks.push(...announced.remarks, ...allocated.remarks, ...poolRemarks(pool));
    const { addresses, avoidBuggyIPs } = pool.spec;
    return {
      apiVersion: `${group}/${version}`,
      kind: 'Eip',
      metadata: { name: pool.metadata.name, ...allocated.metadata },
      spec: {
        address: strings(addresses).join(', '),
        ...announced.spec,
        ...allocated.spec,
        ...(avoidBuggyIPs === true ? { avoidBuggyIPs } : {}),
      },
    };
  });
  return { manifests, remarks, notes: pools.flatMap(metadataNotes) };
}

function poolRemarks(pool: Document): readonly Remark[] {
  const { addresses, serviceAllocation } = pool.spec;
  const unreadable = Array.isArray(addresses) ? addresses.filter((each) => typeof each !== 'string') : [addresses];
  return [
    ...unreadable.map((each) => remark(pool, 'spec.addresses', `${JSON.stringify(each)} is no address: left out`)),
    ...unread(pool, 'spec', pool.spec, ['addresses', 'autoAssign', 'avoidBuggyIPs', 'serviceAllocation']),
    ...unread(pool, 'spec.serviceAllocation', fields(serviceAllocation), [
      'namespaces',
      'namespaceSelectors',
      'serviceSelectors',
      'priority',
    ]),
  ];
}

/** Any Service may get an address of it without naming it. */
function isAutomatic({ spec }: Document): boolean {
  return spec.autoAssign !== false && spec.serviceAllocation === undefined;
}

/** Who gets addresses: namespaces, or everybody. */
function allocation(
  pool: Document,
  automatic: readonly Document[],
): { metadata: object; spec: object; remarks: readonly Remark[] } {
  const { serviceAllocation, autoAssign } = pool.spec;
  if (isAutomatic(pool)) {
    if (automatic.length === 1) return { metadata: asDefault, spec: {}, remarks: [] };
    // Of several there can be only one default; a selector that every namespace fulfils makes all of them serve everybody.
    return { metadata: {}, spec: { namespaceSelector: {}, priority: lastPriority }, remarks: [] };
  }
  const { namespaces, namespaceSelectors, serviceSelectors, priority } = fields(serviceAllocation);
  const selectors = list(namespaceSelectors);
  const labels = plainLabels(selectors[0] ?? {});
  const remarks: Remark[] = [];
  const at = 'spec.serviceAllocation';
  if (selectors.length > 1 || labels === undefined) {
    const message =
      'an Eip has one selector of plain labels: give the namespaces one common label, or list them. Until then it is not restricted by this';
    remarks.push(remark(pool, `${at}.namespaceSelectors`, message));
  }
  if (list(serviceSelectors).length > 0) {
    const message =
      'an Eip does not select Services by label: name it in the annotation eip.openelb.kubesphere.io/v1alpha2 of each';
    remarks.push(remark(pool, `${at}.serviceSelectors`, message));
  }
  if (autoAssign === false && serviceAllocation !== undefined) {
    const message = 'Services of these namespaces get addresses also without naming the Eip';
    remarks.push(remark(pool, 'spec.autoAssign', message));
  }
  const scope = {
    ...(strings(namespaces).length === 0 ? {} : { namespaces: strings(namespaces) }),
    ...(selectors.length === 1 && labels !== undefined ? { namespaceSelector: labels } : {}),
  };
  const rank = typeof priority === 'number' && priority > 0 ? { priority } : {};
  return { metadata: {}, spec: { ...scope, ...rank }, remarks };
}

const asDefault = { annotations: { [defaultEipAnnotation]: 'true' } };

/** How it is announced: by the advertisements that select it. */
function announcement(
  pool: Document,
  layer2: readonly Document[],
  bgp: readonly Document[],
  choices: Choices,
): { spec: object; remarks: readonly Remark[] } {
  const [first, ...more] = layer2.filter((advertisement) => isFor(advertisement, pool));
  const routed = bgp.filter((advertisement) => isFor(advertisement, pool));
  const remarks: Remark[] = [];
  const chosen = first ?? routed[0];
  for (const other of first === undefined ? routed.slice(1) : [...more, ...routed]) {
    remarks.push(
      remark(pool, '', `an Eip is announced in one way: ${chosen!.called} counts, ${other.called} does not`),
    );
  }
  const nodes = chosen === undefined ? {} : nodeSelector(chosen, remarks);
  if (first === undefined && chosen !== undefined) {
    remarks.push(poolByBgp(pool, '', `${chosen.called} announces it by BGP`));
    return { spec: { protocol: 'bgp', ...nodes }, remarks };
  }
  if (chosen === undefined) {
    const message = `no advertisement is for it, so MetalLB announced none of its addresses: the Eip announces them (${choices.protocol})`;
    remarks.push(remark(pool, '', message));
  }
  const interfaces = strings(first?.spec.interfaces);
  if (interfaces.length > 1) {
    remarks.push(remark(first!, 'spec.interfaces', `an Eip has one NIC: ${interfaces[0]} is taken`));
  }
  const nic = interfaces[0] ?? choices.interface;
  if (interfaces.length === 0 && choices.interface === undefined) {
    const message =
      'MetalLB answers on every NIC, an Eip on one: name it with --interface (a NIC, or can_reach:GATEWAY)';
    remarks.push(remark(pool, '', message));
  }
  return { spec: { protocol: choices.protocol, ...(nic === undefined ? {} : { interface: nic }), ...nodes }, remarks };
}

/** Without a list and without a selector it is for every pool. */
function isFor(advertisement: Document, pool: Document): boolean {
  const names = strings(advertisement.spec.ipAddressPools);
  const selectors = list(advertisement.spec.ipAddressPoolSelectors);
  if (names.length === 0 && selectors.length === 0) return true;
  return names.includes(pool.metadata.name) || selectors.some((each) => selects(each, pool.metadata.labels ?? {}));
}

function nodeSelector(advertisement: Document, remarks: Remark[]): { nodeSelector?: Fields } {
  const [selector, ...more] = list(advertisement.spec.nodeSelectors);
  if (selector === undefined) return {};
  const labels = plainLabels(selector);
  if (labels !== undefined && more.length === 0) return { nodeSelector: labels };
  const message =
    'an Eip has one selector of plain labels: give the nodes one common label and name it in spec.nodeSelector';
  remarks.push(remark(advertisement, 'spec.nodeSelectors', message));
  return {};
}

function advertisementRemarks(advertisement: Document): readonly Remark[] {
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
  const { aggregationLength: v4, aggregationLengthV6: v6, ...spec } = advertisement.spec;
  const aggregates = {
    ...(v4 === 32 ? {} : { aggregationLength: v4 }),
    ...(v6 === 128 ? {} : { aggregationLengthV6: v6 }),
  };
  const policy = 'there is no counterpart: set it by the policy of the router';
  const reasons = {
    aggregationLength: 'every address is advertised by itself (/32)',
    aggregationLengthV6: 'every address is advertised by itself (/128)',
    localPref: policy,
    communities: policy,
    peers: 'every BgpPeer gets every address: use spec.nodeSelector of the BgpPeer',
    serviceSelectors: services,
  };
  return [
    sessionOfBgp(advertisement),
    ...withoutCounterpart({ ...advertisement, spec: { ...spec, ...aggregates } }, reasons),
    ...unread(advertisement, 'spec', spec, [...read, ...Object.keys(reasons)]),
  ];
}
