/** BgpConfs and BgpPeers as caches keep them, checked where they come in: these functions take any JSON. */
import type { BgpConf } from '../../api/bgp-conf.js';
import type { BgpPeer } from '../../api/bgp-peer.js';
import { problemsText } from '../../api/problem.js';
import { readBgpConf, readBgpPeer } from '../../api/read-bgp.js';
import { validateBgpConf, validateBgpPeer } from '../../api/validate.js';
import type { Admission } from '../../platform/kubernetes/admission.js';

/** One that is wrong is kept as far as it can be read, with what is wrong: nobody speaks by it, and its condition says why. */
export function admitBgpConf(object: unknown): Admission<BgpConf> {
  const valid = validateBgpConf(object);
  return kept(readBgpConf(object), valid.ok ? [] : valid.problems);
}

/** As `admitBgpConf`. */
export function admitBgpPeer(object: unknown): Admission<BgpPeer> {
  const valid = validateBgpPeer(object);
  return kept(readBgpPeer(object), valid.ok ? [] : valid.problems);
}

function kept<T extends BgpConf | BgpPeer>(read: T | undefined, wrong: NonNullable<T['wrong']>): Admission<T> {
  if (read === undefined) return { problem: 'metadata: cannot be read' };
  return { object: { ...read, wrong }, problem: wrong.length === 0 ? undefined : problemsText(wrong) };
}
