/**
 * MetalLB's pools of before IPAddressPool, which say themselves how they are announced: those of its ConfigMap and AddressPools.
 * Source: MetalLB api/v1beta1/addresspool_types.go (v0.13).
 */
import { type Document, defined, type Fields, list, type Remark, remark, strayEntries, unread } from './document.js';

/** @param pool in the words of an AddressPool: `addresses`, `autoAssign`, `avoidBuggyIPs`, `protocol`, `bgpAdvertisements` */
export function objectsOfPool(o: {
  readonly name: string;
  readonly called: string;
  readonly pool: Fields;
}): readonly Document[] {
  const { name, called, pool } = o;
  const { addresses, autoAssign, avoidBuggyIPs } = pool;
  const own = (kind: string, spec: Fields, as = called): Document => ({
    apiVersion: 'metallb.io/v1beta1',
    kind,
    metadata: { name },
    spec,
    data: {},
    status: {},
    called: as,
    madeFor: called,
  });
  const written = list(pool.bgpAdvertisements);
  const advertisements =
    pool.protocol === 'bgp'
      ? (written.length === 0 ? [{}] : written).map((each, at) =>
          own('BGPAdvertisement', each, `${called}, bgp-advertisements[${at}]`),
        )
      : [own('L2Advertisement', {})];
  return [own('IPAddressPool', defined({ addresses, autoAssign, avoidBuggyIPs })), ...advertisements];
}

export function objectsOfAddressPool(document: Document): {
  readonly documents: readonly Document[];
  readonly remarks: readonly Remark[];
} {
  const { spec, metadata, called } = document;
  const known = ['addresses', 'autoAssign', 'avoidBuggyIPs', 'protocol', 'bgpAdvertisements'];
  return {
    documents: objectsOfPool({ name: metadata.name, called, pool: spec }),
    remarks: [
      ...unread(document, 'spec', spec, known),
      ...protocolRemarks(document, 'spec', spec),
      ...strayEntries(document, 'spec.bgpAdvertisements', spec.bgpAdvertisements),
    ],
  };
}

export function protocolRemarks(document: Document, place: string, { protocol }: Fields): readonly Remark[] {
  if (protocol === 'layer2' || protocol === 'bgp') return [];
  const told = `is ${JSON.stringify(protocol) ?? 'missing'}, neither layer2 nor bgp: read as layer2`;
  return [remark(document, `${place}.protocol`, told)];
}
