/** How things were at an instant, from the transitions that are known: pure. */
import type { GroupView, NodeView, RouterView, Transition, View } from '../controller/web/contract.js';

/** By what the transitions are of and its name, in the order of time. */
export type History = ReadonlyMap<string, readonly Transition[]>;

/** @param transitions in the order of time */
export function historyOf(transitions: readonly Transition[]): History {
  const history = new Map<string, Transition[]>();
  for (const transition of transitions) {
    const key = keyOf(transition.of, transition.of === 'session' ? sessionOf(transition) : transition.name);
    const list = history.get(key);
    if (list === undefined) history.set(key, [transition]);
    else list.push(transition);
  }
  return history;
}

function keyOf(of: Transition['of'], name: string): string {
  return `${of} ${name}`;
}

function sessionOf({ name, from, to }: Transition): string {
  return `${name} ${to[0] ?? from[0] ?? ''}`;
}

/** The nodes at that instant; undefined: nothing is known of it. */
export function nodesAt(
  history: History,
  of: Transition['of'],
  name: string,
  at: number,
): readonly string[] | undefined {
  const list = history.get(keyOf(of, name)) ?? [];
  const latest = list.findLast((each) => each.at <= at);
  if (latest !== undefined) return latest.to;
  const [next] = list;
  return next === undefined || next.first ? undefined : next.from;
}

/** The view as it was. What transitions do not say is as it is now. */
export function viewAt(view: View, history: History, at: number): View {
  return {
    ...view,
    groups: view.groups.map((group) => groupAt(group, history, at)),
    nodes: view.nodes.map((node) => nodeAt(node, history, at)),
    routers: view.routers.map((router) => routerAt(router, history, at)),
  };
}

function groupAt(group: GroupView, history: History, at: number): GroupView {
  const holders = nodesAt(history, 'group', group.name, at);
  if (holders === undefined)
    return isUntold(history, 'group', group.name) ? group : { ...group, holders: [], state: 'unknown' };
  const { why: _, ...rest } = group;
  return { ...rest, holders, state: holders.length > 0 ? 'held' : 'nobody' };
}

/** Nothing ever changed about it, as far as is known. */
function isUntold(history: History, of: Transition['of'], name: string): boolean {
  return !history.has(keyOf(of, name));
}

function nodeAt(node: NodeView, history: History, at: number): NodeView {
  const heard = nodesAt(history, 'agent', node.name, at);
  if (heard === undefined) return node;
  const { heardAt: _, ...rest } = node;
  return { ...rest, agent: heard.length > 0 ? 'heard' : 'silent' };
}

function routerAt(router: RouterView, history: History, at: number): RouterView {
  const sessions = router.sessions.map((session) => {
    const nodes = nodesAt(history, 'session', `${router.name} ${session.node}`, at);
    if (nodes === undefined) return session;
    return { node: session.node, state: nodes.length > 0 ? 'Established' : 'Idle' };
  });
  return { ...router, sessions };
}

/** A stretch of time in which the same nodes had a group. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly nodes: readonly string[];
}

/** From `start` to `end`, without gaps but for what is not known. */
export function stretches(history: History, group: string, start: number, end: number): readonly Stretch[] {
  const list = history.get(keyOf('group', group)) ?? [];
  const inside = list.filter(({ at }) => at > start && at < end);
  const cuts = [start, ...inside.map(({ at }) => at), end];
  return cuts.slice(0, -1).flatMap((from, index) => {
    const nodes = nodesAt(history, 'group', group, from);
    const to = cuts[index + 1]!;
    return nodes === undefined || to === from ? [] : [{ from, to, nodes }];
  });
}

/** The groups that were seen to change hands since then, those that did latest first. */
export function recentlyMoved(transitions: readonly Transition[], start: number, most: number): readonly string[] {
  const names = new Set<string>();
  for (const { of, name, at, first } of transitions.toReversed()) {
    if (at < start || names.size === most) break;
    if (of === 'group' && first === undefined) names.add(name);
  }
  return [...names];
}

/** How many were seen in each of `count` equal parts of the time. */
export function density(transitions: readonly Transition[], start: number, end: number, count: number): number[] {
  const bins = new Array<number>(count).fill(0);
  for (const { at, first } of transitions) {
    if (first || at < start || at > end) continue;
    const bin = Math.min(count - 1, Math.floor(((at - start) / (end - start)) * count));
    bins[bin]! += 1;
  }
  return bins;
}
