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
    const message = `there is no BFDProfile ${String(peer.spec.bfdProfile)}: the defaults are taken, 300ms and 3`;
    return { bfd: {}, remarks: [remark(peer, 'spec.bfdProfile', message)] };
  }
  const { detectMultiplier, receiveInterval, transmitInterval } = profile.spec;
  const interval = (field: string, value: unknown): Fields =>
    typeof value === 'number' ? { [field]: `${Math.max(value, shortestMs)}ms` } : {};
  const bfd = {
    ...(typeof detectMultiplier === 'number' ? { detectMultiplier } : {}),
    ...interval('receiveInterval', receiveInterval),
    ...interval('transmitInterval', transmitInterval),
  };
  return { bfd, remarks: [] };
}

/** What is said once of each profile, however many peers name it. */
export function profileRemarks(profile: Document): readonly Remark[] {
  const reasons = {
    echoInterval: 'there are no echo packets',
    echoMode: 'there are no echo packets',
    passiveMode: 'nodes begin the session as well as the router',
    minimumTtl: 'over several hops it follows from ttlSecurity and ebgpMultihop.multihopTtl of the BgpPeer',
  };
  const intervals = ['receiveInterval', 'transmitInterval'];
  const read = ['detectMultiplier', ...intervals];
  const tooShort = intervals.flatMap((field) => {
    const value = profile.spec[field];
    return typeof value === 'number' && value < shortestMs
      ? [remark(profile, `spec.${field}`, `is ${value} ms: ${shortestMs} ms is the shortest, and taken`)]
      : [];
  });
  return [
    ...tooShort,
    ...withoutCounterpart(profile, reasons),
    ...unread(profile, 'spec', profile.spec, [...read, ...Object.keys(reasons)]),
  ];
}
