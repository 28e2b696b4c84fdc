/** MetalLB's BFDProfiles in the words of a BgpPeer. Source: MetalLB api/v1beta1/bfdprofile_types.go (v0.16). */
import { shortestInterval } from '../core/bfd/timing.js';
import { type Document, type Fields, type Remark, remark, unread, withoutCounterpart } from './document.js';

const shortestMs = shortestInterval / 1_000;

/** @param profile the one that the peer names; undefined: it is not in the input */
export function bfdOf(
  peer: Document,
  profile: Document | undefined,
): { readonly bfd: Fields; readonly remarks: readonly Remark[] } {
  if (profile === undefined) {
    const message = `BFDProfile ${String(peer.spec.bfdProfile)} is not in the input: the defaults are taken, 300ms and 3`;
    return { bfd: {}, remarks: [remark(peer, 'spec.bfdProfile', message)] };
  }
  const { detectMultiplier, receiveInterval, transmitInterval } = profile.spec;
  const remarks: Remark[] = [];
  const interval = (field: string, value: unknown): Fields => {
    if (typeof value !== 'number') return {};
    if (value < shortestMs)
      remarks.push(remark(profile, `spec.${field}`, `is ${value} ms: ${shortestMs} ms is the shortest, and taken`));
    return { [field]: `${Math.max(value, shortestMs)}ms` };
  };
  const bfd = {
    ...(typeof detectMultiplier === 'number' ? { detectMultiplier } : {}),
    ...interval('receiveInterval', receiveInterval),
    ...interval('transmitInterval', transmitInterval),
  };
  return { bfd, remarks };
}

/** What is said once of each profile, however many peers name it. */
export function profileRemarks(profile: Document): readonly Remark[] {
  const reasons = {
    echoInterval: 'there are no echo packets',
    echoMode: 'there are no echo packets',
    passiveMode: 'nodes begin the session as well as the router',
    minimumTtl: 'there is BFD over one hop alone, whose packets have a TTL of 255',
  };
  const read = ['detectMultiplier', 'receiveInterval', 'transmitInterval'];
  return [
    ...withoutCounterpart(profile, reasons),
    ...unread(profile, 'spec', profile.spec, [...read, ...Object.keys(reasons)]),
  ];
}
