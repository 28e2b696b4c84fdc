/**
 * What Cilium's CiliumBGPAdvertisements tell routers, in the words of `advertise` of a BgpPeer.
 * Source: Cilium pkg/k8s/apis/cilium.io/v2/bgp_advert_types.go (v1.18).
 */
import { everyService } from './cilium-selector.js';
import { type Document, type Fields, fields, isSet, list, type Remark, remark, strings, unread } from './document.js';
import { selects } from './selector.js';

export const podsText =
  'networks of Pods are announced by nobody here: leave them to Cilium, or have routers reach Pods in another way';

export interface Part {
  /** Undefined: it is about no address of a Service of type LoadBalancer. */
  readonly entry?: Fields;
  readonly remarks: readonly Remark[];
}

/** One for each of `spec.advertisements`. */
export function describedBy(document: Document): readonly Part[] {
  const { spec } = document;
  const strays = unread(document, 'spec', spec, ['advertisements']);
  const isList = Array.isArray(spec.advertisements);
  const wrong = isList ? [] : [remark(document, 'spec.advertisements', 'is no list: left out')];
  return [
    { remarks: [...strays, ...wrong] },
    ...list(spec.advertisements).map((each, at) => partOf(document, each, at)),
  ];
}

function partOf(document: Document, each: Fields, at: number): Part {
  const place = `spec.advertisements[${at}]`;
  const remarks: Remark[] = [
    ...unread(document, place, each, ['advertisementType', 'service', 'selector', 'attributes']),
  ];
  const say = (field: string, message: string) => remarks.push(remark(document, `${place}${field}`, message));
  if (each.advertisementType !== 'Service') {
    say('.advertisementType', `${String(each.advertisementType)}: ${podsText}`);
    return { remarks };
  }
  const service = fields(each.service);
  const kinds = strings(service.addresses);
  const others = kinds.filter((kind) => kind !== 'LoadBalancerIP');
  if (others.length > 0) say('.service.addresses', `${others.join(', ')}: announced by nobody here`);
  if (!kinds.includes('LoadBalancerIP')) return { remarks };
  if (!isSet(each.selector)) {
    say('.selector', 'is missing, so Cilium announces no Service by it: left out');
    return { remarks };
  }
  if (!everyService(each.selector))
    say(
      '.selector',
      'an Eip announces all of its addresses: give these Services an Eip of their own, and name it in eips of advertise',
    );
  const { communities, localPreference, ...more } = fields(each.attributes);
  remarks.push(...unread(document, `${place}.attributes`, more, []));
  const { standard, wellKnown, large } = fields(communities);
  const all = [...strings(standard), ...strings(wellKnown), ...strings(large)];
  const { aggregationLengthIPv4, aggregationLengthIPv6 } = service;
  return {
    entry: {
      ...(isSet(aggregationLengthIPv4) ? { aggregationLength: aggregationLengthIPv4 } : {}),
      ...(isSet(aggregationLengthIPv6) ? { aggregationLengthV6: aggregationLengthIPv6 } : {}),
      ...(isSet(localPreference) ? { localPref: localPreference } : {}),
      ...(all.length === 0 ? {} : { communities: all }),
    },
    remarks,
  };
}

/** What a router of this CiliumBGPPeerConfig is told, by the labels that its families choose. */
export function announcedTo(config: Fields, documents: readonly Document[]): readonly Fields[] {
  const selectors = list(config.families).flatMap(({ advertisements }) =>
    isSet(advertisements) ? [fields(advertisements)] : [],
  );
  const chosen = documents.filter(
    ({ kind, metadata }) =>
      kind === 'CiliumBGPAdvertisement' && selectors.some((each) => selects(each, metadata.labels ?? {})),
  );
  const entries = chosen.flatMap(describedBy).flatMap(({ entry }) => (entry === undefined ? [] : [entry]));
  return [...new Map(entries.map((each) => [JSON.stringify(each), each])).values()];
}
