/** What people are told, by Events on a BgpPeer, of nodes that got or lost their session: pure, but for what it notes in `Told`. */
import type { BgpPeer, BgpPeerNode } from '../../api/bgp-peer.js';
import type { Silence } from '../../api/silent-agents.js';
import type { News } from '../events/announcement.js';
import { closeText } from './peer-established.js';

/** By BgpPeer, the nodes of which was told last that they have a session. */
export type Told = Map<string, ReadonlySet<string>>;

export function newTold(): Told {
  return new Map();
}

/** Of a BgpPeer that is seen for the first time nothing is told: whoever led before has. */
export function sessionNews(
  told: Told,
  { metadata: { name }, status }: BgpPeer,
  silence: (node: string) => Silence | undefined,
): readonly News[] {
  const entries = (status?.nodes ?? []).filter(({ node }) => silence(node) === undefined);
  const now = new Set(entries.filter(({ state }) => state === 'Established').map(({ node }) => node));
  const before = told.get(name);
  told.set(name, now);
  if (before === undefined) return [];
  const come = [...now].filter((node) => !before.has(node)).sort();
  const gone = [...before].filter((node) => !now.has(node)).sort();
  const entryOf = (node: string) => entries.find((each) => each.node === node);
  return [
    ...some(come).map(({ node, more }): News => {
      const address = entryOf(node)?.address;
      const where = address === undefined ? '' : ` (${address})`;
      return {
        type: 'Normal',
        reason: 'Established',
        message: `node ${node}${more} has a session with the router${where}`,
      };
    }),
    ...some(gone).map(
      ({ node, more }): News => ({
        type: 'Warning',
        reason: 'SessionLost',
        message: `node ${node}${more} has no session with the router any more${why(entryOf(node))}`,
      }),
    ),
  ];
}

function why(entry: BgpPeerNode | undefined): string {
  if (entry === undefined) return ': its agent is not heard of, or has nothing to do with it any more';
  if (entry.problem) return `: ${entry.problem.message}`;
  return entry.lastClose ? closeText(entry) : ': its agent was started anew, and has none yet';
}

/** A few by name: with many nodes at once the first says what there is to say. */
function some(nodes: readonly string[]): readonly { readonly node: string; readonly more: string }[] {
  if (nodes.length <= 4) return nodes.map((node) => ({ node, more: '' }));
  return [{ node: nodes[0]!, more: ` (and ${nodes.length - 1} others)` }];
}
