/** Asks for a group that no watch has, until one has it or it is known to be no concern of this node. */
import { memberLabel } from '../../../api/group-labels.js';
import type { VipGroup } from '../../../api/vip-group.js';
import { found, gone, type OwnGroupsState } from './state.js';

/** After a question that got no answer, or while a group is to be here and no watch has it, in milliseconds. */
const askAgainMs = 1_000;

export function ask(g: OwnGroupsState, name: string): void {
  endAsking(g, name);
  let asked = true;
  let cancel: (() => void) | undefined;
  g.missing.set(name, () => {
    asked = false;
    cancel?.();
  });
  const later = () => {
    if (asked && !g.stopped) cancel = g.clock.after(askAgainMs, look);
  };
  const look = () => {
    g.client.get<VipGroup>(g.resource, name).then((answer) => {
      if (!asked || g.stopped) return;
      const group = answer && g.admit(answer, g.held.get(name));
      if (group !== undefined && group.object === undefined) later();
      else if (group === undefined || !concerns(g.node, group.object, answer?.metadata.labels)) {
        endAsking(g, name);
        gone(g, name, group === undefined ? 'deleted' : 'left');
      } else {
        found(g, name, group.object);
        later();
      }
    }, later);
  };
  look();
}

export function endAsking({ missing }: OwnGroupsState, name: string): void {
  missing.get(name)?.();
  missing.delete(name);
}

/** Whether it is or was to be in one of the two; labels may be wrong for a moment, the spec says who is a member. */
function concerns(self: string, { spec }: VipGroup, labels: Readonly<Record<string, string>> | undefined): boolean {
  return labels?.[memberLabel(self)] !== undefined || spec.members.some(({ node }) => node === self);
}
