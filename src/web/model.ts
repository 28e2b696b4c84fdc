/** What the page knows, and how each event of the stream changes it: pure. */
import type { Change, Lists, StreamEvents, Transition, View } from '../controller/web/contract.js';

export interface Model {
  readonly view: View;
  /** By instant, then by id. */
  readonly transitions: readonly Transition[];
  /** What is shown is as of this instant, by the controller's clock. */
  readonly asOf: number;
}

/** As many as the controller remembers. */
const mostTransitions = 2_000;

export function begin({ now, view, transitions }: Omit<StreamEvents['view'], 'session'>): Model {
  return { view, transitions: transitions.toSorted(byInstant), asOf: now };
}

export function follow(model: Model, { now, change, transitions }: StreamEvents['change']): Model {
  const all = transitions.length === 0 ? model.transitions : [...model.transitions, ...transitions].sort(byInstant);
  return { view: changed(model.view, change), transitions: all.slice(-mostTransitions), asOf: now };
}

export function changed(view: View, { outOfTouch, put, gone }: Change): View {
  const { outOfTouch: before, ...rest } = view;
  const touch = outOfTouch === undefined ? before : (outOfTouch ?? undefined);
  return {
    ...rest,
    ...(touch === undefined ? {} : { outOfTouch: touch }),
    pools: merged(view, put, gone, 'pools'),
    groups: merged(view, put, gone, 'groups'),
    nodes: merged(view, put, gone, 'nodes'),
    routers: merged(view, put, gone, 'routers'),
  };
}

function merged<L extends Lists>(view: View, put: Change['put'], gone: Change['gone'], list: L): View[L] {
  const [news, left] = [put[list] as View[L] | undefined, gone[list]];
  if (news === undefined && left === undefined) return view[list];
  const entries = new Map(view[list].map((entry) => [entry.name, entry]));
  for (const name of left ?? []) entries.delete(name);
  for (const entry of news ?? []) entries.set(entry.name, entry);
  return [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1)) as unknown as View[L];
}

function byInstant(a: Transition, b: Transition): number {
  return a.at - b.at || a.id - b.id;
}
