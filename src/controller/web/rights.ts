/** What of a view somebody sees who may list only some kinds of objects: pure. */
import type { Kind, PoolView, Rights, Transition, View } from './contract.js';

/** What must be allowed for each kind: verb `list` of the resource, in all namespaces. */
export const kinds: Readonly<Record<Kind, { readonly group: string }>> = {
  eips: { group: 'network.kubesphere.io' },
  vipgroups: { group: 'network.kubesphere.io' },
  services: { group: '' },
  nodes: { group: '' },
  bgppeers: { group: 'network.kubesphere.io' },
};

/** Whether there is anything to be shown. */
export function seesAnything(rights: Rights): boolean {
  return rights.eips || rights.vipgroups || rights.bgppeers;
}

/** Without the right to list Nodes, those are seen that objects speak of which may be listed, and nothing of them but their agents. */
export function visible(view: View, rights: Rights): View {
  const groups = rights.vipgroups ? view.groups : [];
  const routers = rights.bgppeers ? view.routers : [];
  const spokenOf = new Set([
    ...groups.flatMap(({ members }) => members.map(({ node }) => node)),
    ...routers.flatMap(({ sessions }) => sessions.map(({ node }) => node)),
  ]);
  return {
    ...view,
    pools: !rights.eips ? [] : rights.services ? view.pools : view.pools.map(withoutServices),
    groups,
    routers,
    nodes: rights.nodes
      ? view.nodes
      : view.nodes
          .filter(({ name }) => spokenOf.has(name))
          .map(({ name, agent, heardAt }) => ({ name, agent, ...(heardAt === undefined ? {} : { heardAt }) })),
  };
}

function withoutServices(pool: PoolView): PoolView {
  return { ...pool, services: {} };
}

/** A change of a group names nodes, as the group does. Of agents only those are told of that the view has. */
export function visibleTransitions(
  transitions: readonly Transition[],
  rights: Rights,
  seen: Pick<View, 'nodes'>,
): readonly Transition[] {
  const nodes = new Set(seen.nodes.map(({ name }) => name));
  return transitions.filter(({ of, name }) => {
    if (of === 'group') return rights.vipgroups;
    return of === 'session' ? rights.bgppeers : nodes.has(name);
  });
}
