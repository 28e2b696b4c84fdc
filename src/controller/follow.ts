/** What follows from a change is to be done, while this controller leads. */
import type { VipGroup } from '../api/vip-group.js';
import { type Change, followUps } from './follow-ups.js';
import { restand } from './listeners.js';
import type { ControllerState } from './state.js';

export function follow({ tasks, view }: ControllerState, change: Change): void {
  if (tasks.isOpen()) tasks.add(followUps(change, view));
}

/** How a group stands has changed, without its having been written. */
export function followStanding(state: ControllerState, group: VipGroup): void {
  restand(group, state.listeners, (change) => follow(state, change));
}
