/** MetalLB's pools, and the advertisements that say how each is announced, become Eips. */
import { group, version } from '../api/annotations.js';
import {
  type Choices,
  type ClusterView,
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
} from './document.js';
import { asDefault, forEverybody, lastPriority } from './everybody.js';
import { advertisementRemarks, announcement } from './metallb-advertisements.js';
import { mostForOne, selectionOf } from './metallb-selection.js';
import { plainLabels, selects } from './selector.js';

export function convertPools(documents: readonly Document[], choices: Choices): Converted {
  const of = (kind: string) => documents.filter((document) => document.kind === kind);
  const pools = of('IPAddressPool');
  const automatic = pools.filter(isAutomatic);
  const advertisements = [...of('L2Advertisement'), ...of('BGPAdvertisement')];
  const selection = selectionOf(documents);
  const remarks: Remark[] = advertisements.flatMap((each) => [
    ...advertisementRemarks(each),
    ...(selection.isOfUse(each) ? [] : [{ ...remark(each, '', 'selects no pool: left out'), ...same }]),
  ]);
  const manifests = pools.map((pool): Manifest => {
    const announced = announcement(pool, selection.of(pool), choices);
    if (selection.isCutShort(pool))
      remarks.push(remark(pool, '', `more advertisements are for it than ${mostForOne}: the first of them count`));
    const allocated =
      choices.cluster === undefined ? allocation(pool, automatic) : liveAllocation(pool, choices.cluster);
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

const same = { asBefore: true } as const;

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
  return spec.autoAssign !== false && (spec.serviceAllocation ?? undefined) === undefined;
}

interface Allocation {
  readonly metadata: object;
  readonly spec: object;
  readonly remarks: readonly Remark[];
}

/** Who gets addresses: namespaces, Services, or everybody. */
function allocation(pool: Document, automatic: readonly Document[]): Allocation {
  const { serviceAllocation, autoAssign } = pool.spec;
  if (isAutomatic(pool)) return { ...forEverybody(automatic.length), remarks: [] };
  if (serviceAllocation === undefined || serviceAllocation === null) return { metadata: {}, spec: {}, remarks: [] };
  const { namespaces, namespaceSelectors, priority } = fields(serviceAllocation);
  const selectors = list(namespaceSelectors);
  const labels = plainLabels(selectors[0] ?? {});
  const remarks: Remark[] = [];
  if (selectors.length > 1 || labels === undefined) {
    const message =
      'an Eip has one selector of plain labels: give the namespaces one common label, or list them. Until then it is not restricted by this';
    remarks.push(remark(pool, 'spec.serviceAllocation.namespaceSelectors', message));
  }
  const scope = {
    ...(strings(namespaces).length === 0 ? {} : { namespaces: strings(namespaces) }),
    ...(selectors.length === 1 && labels !== undefined ? { namespaceSelector: labels } : {}),
    ...servicesOf(pool),
  };
  const isFor = Object.keys(scope).length > 0 || selectors.length > 0 ? scope : everybody;
  const rank = typeof priority === 'number' && priority > 0 ? { priority } : {};
  return { metadata: {}, spec: { ...isFor, ...assignment(autoAssign), ...rank }, remarks };
}

/**
 * As `allocation`, where the labels of namespaces are known and followed. Of pools that serve everybody each is a default: those by that name
 * of a person come first.
 */
function liveAllocation(pool: Document, { namespaces: all }: ClusterView): Allocation {
  const { serviceAllocation, autoAssign } = pool.spec;
  if (serviceAllocation === undefined || serviceAllocation === null)
    return autoAssign === false
      ? { metadata: {}, spec: {}, remarks: [] }
      : { metadata: asDefault, spec: { priority: lastPriority }, remarks: [] };
  const { namespaces, namespaceSelectors, priority } = fields(serviceAllocation);
  // MetalLB uses pools without a priority last.
  const rank = { priority: typeof priority === 'number' && priority > 0 ? priority : lastPriority };
  const rest = { ...servicesOf(pool), ...assignment(autoAssign), ...rank };
  const named = strings(namespaces);
  const selectors = list(namespaceSelectors);
  if (named.length === 0 && selectors.length === 0) {
    const scope = 'serviceSelectors' in rest ? {} : everybody;
    return { metadata: {}, spec: { ...scope, ...rest }, remarks: [] };
  }
  const isSelecting = selectors.length > 0;
  const selected = (isSelecting ? all : []).filter(({ labels }) =>
    selectors.some((each) => selects(each, labels as Labels)),
  );
  const permitted = [...new Set([...named, ...selected.map(({ name }) => name)])].sort();
  if (permitted.length === 0) {
    const at = 'spec.serviceAllocation.namespaceSelectors';
    const remarks = [remark(pool, at, 'select no namespace: nobody gets addresses of it')];
    return { metadata: {}, spec: { ...rest, disable: true }, remarks };
  }
  return { metadata: {}, spec: { namespaces: permitted, ...rest }, remarks: [] };
}

/** Before pools that say nothing of who gets addresses. */
const everybody = { namespaceSelector: {} };

function servicesOf({ spec }: Document): { readonly serviceSelectors?: readonly Fields[] } {
  const serviceSelectors = list(fields(spec.serviceAllocation).serviceSelectors);
  return serviceSelectors.length === 0 ? {} : { serviceSelectors };
}

function assignment(autoAssign: unknown): { readonly autoAssign?: false } {
  return autoAssign === false ? { autoAssign } : {};
}

type Labels = Readonly<Record<string, string>>;
