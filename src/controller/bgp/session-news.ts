/**
 * What people are told, by Events on a BgpPeer, of nodes that got or lost their session, or have none, or not the one that was asked for: pure,
 * but for what it notes in `Told`.
 */
import type { BgpPeer, BgpPeerNode } from '../../api/bgp-peer.js';
import type { Silence } from '../../api/silent-agents.js';
import type { News } from '../events/announcement.js';
import { closeText } from './peer-established.js';

/** By BgpPeer, what was told. */
export type Told = Map<string, ToldOfPeer>;

interface ToldOfPeer {
  /** The nodes of which was told last that they have a session. */
  readonly established: ReadonlySet<string>;
  /** By node, the reasons of problems that were told since nothing was wrong with its session. */
  readonly problems: ReadonlyMap<string, ReadonlySet<string>>;
}

type Problem = NonNullable<BgpPeerNode['problem']>;

/** What is over in a moment, and what somebody wants so. */
const untold: ReadonlySet<string> = new Set(['SecretUnknown', 'AdminDown']);

/** So many reasons of one node are remembered, and no more told: an agent has fewer, but others may write in its place. */
const mostReasons = 24;

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
  const problems = new Map(entries.map((entry) => [entry.node, reasonsOf(entry, before?.problems.get(entry.node))]));
  told.set(name, { established: now, problems });
  if (before === undefined) return [];
  const come = [...now].filter((node) => !before.established.has(node)).sort();
  const gone = [...before.established].filter((node) => !now.has(node)).sort();
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
    ...problemNews(entries.filter((entry) => !gone.includes(entry.node) && isNews(entry, before.problems))),
  ];
}

const none: ReadonlySet<string> = new Set();

/** A session that stands without a problem begins anew. */
function reasonsOf({ state, problem }: BgpPeerNode, before: ReadonlySet<string> = none): ReadonlySet<string> {
  if (problem) return isNew(problem, before) ? new Set([...before, problem.reason]) : before;
  return state === 'Established' ? none : before;
}

function isNews({ node, problem }: BgpPeerNode, before: ToldOfPeer['problems']): boolean {
  return problem != null && !untold.has(problem.reason) && isNew(problem, before.get(node) ?? none);
}

function isNew({ reason }: Problem, before: ReadonlySet<string>): boolean {
  return before.size < mostReasons && !before.has(reason);
}

/** One for each reason, with the words of the first node. */
function problemNews(entries: readonly BgpPeerNode[]): readonly News[] {
  const byReason = new Map<string, { readonly problem: Problem; readonly nodes: string[] }>();
  for (const { node, problem } of entries.toSorted((a, b) => (a.node < b.node ? -1 : 1))) {
    const known = byReason.get(problem!.reason);
    if (known) known.nodes.push(node);
    else byReason.set(problem!.reason, { problem: problem!, nodes: [node] });
  }
  return [...byReason.values()].map(({ problem: { reason, message }, nodes: [first, ...others] }): News => {
    const more = others.length === 0 ? '' : ` (and ${others.length} other${others.length === 1 ? '' : 's'})`;
    return { type: 'Warning', reason, message: `node ${first}${more}: ${message}` };
  });
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
