/** Whether nodes speak by a BgpConf: the condition `Configured`. Pure. */
import { type BgpConf, bgpConfName } from '../../api/bgp-conf.js';
import { problemsText } from '../../api/problem.js';
import type { Verdict } from './peer-configured.js';

export function confConfigured({ metadata, wrong = [], status }: BgpConf): Verdict {
  if (metadata.name !== bgpConfName) {
    const message = `only the BgpConf of the name ${bgpConfName} has an effect: put into that one what is to be, and delete this one`;
    return { status: 'False', reason: 'NotDefault', message };
  }
  if (wrong.length > 0) return { status: 'False', reason: 'InvalidSpec', message: problemsText(wrong) };
  const twins = sameIdentifier(status);
  if (twins !== undefined) return { status: 'False', reason: 'DuplicateRouterId', message: twins };
  return { status: 'True', reason: 'Valid', message: 'nodes speak by it' };
}

/** Two speakers of one AS must not have one identifier (RFC 6286 2.1). The routers that were tried take both all the same. */
function sameIdentifier(status: BgpConf['status']): string | undefined {
  const seen = new Map<string, string>();
  for (const [node, entry] of Object.entries(status?.nodesConfStatus ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!entry?.routerId) continue;
    const key = `${entry.as ?? ''} ${entry.routerId}`;
    const other = seen.get(key);
    if (other !== undefined)
      return `nodes ${other} and ${node} have the router ID ${entry.routerId}: leave spec.routerId out, so that each has its own`;
    seen.set(key, node);
  }
  return undefined;
}
