/** What is to be in the statuses by how BGP stands now. */
import { bgpConfName } from '../../../api/bgp-conf.js';
import { confStatus, groupStatus, isoTime, peerStatus } from '../bgp-status.js';
import type { BgpStatusState, Part } from './state.js';

/** Returns the keys of what is to be written. */
export function lookAtBgp(w: BgpStatusState): readonly string[] {
  const now = partsNow(w);
  const keys = [...new Set([...w.wanted.keys(), ...now.keys()])];
  for (const key of w.wanted.keys()) {
    if (now.has(key)) continue;
    w.wanted.delete(key);
    w.since.delete(key);
  }
  for (const [key, part] of now) w.wanted.set(key, part);
  return keys.filter((key) => JSON.stringify(now.get(key)?.status) !== w.written.get(key)?.text);
}

function partsNow(w: BgpStatusState): ReadonlyMap<string, Part> {
  const { bgp, node } = w;
  const now = new Map<string, Part>();
  for (const view of bgp.peers()) {
    const key = `peer/${view.name}`;
    now.set(key, { status: peerStatus(view, node, sinceOf(w, key, view.problem?.reason ?? 'Idle')) });
  }
  for (const name of bgp.groupNames()) {
    const view = bgp.group(name);
    const key = `group/${name}`;
    if (view !== undefined) now.set(key, { status: groupStatus(view, node, sinceOf(w, key, view.state)) });
  }
  const local = bgp.local();
  if (local !== undefined) now.set(`conf/${bgpConfName}`, { status: confStatus(local, node) });
  return now;
}

function sinceOf({ clock, since }: BgpStatusState, key: string, state: string): string {
  const before = since.get(key);
  if (before?.state === state) return before.at;
  const at = isoTime(clock.wall());
  since.set(key, { state, at });
  return at;
}
