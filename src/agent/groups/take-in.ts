/** Takes in groups and what changes about them, and has the engine follow. */
import assert from 'node:assert/strict';
import type { VipGroup } from '../../api/vip-group.js';
import { sharedGroupOf } from '../draining/announcers.js';
import { forgetKeys } from '../keys/group-keys.js';
import { namesWithout, unnamedText } from '../node-name.js';
import { fitConfig, partIn, trackedGroup } from './part.js';
import type { GroupsState, Part } from './state.js';

/** Takes in the whole set of groups. @param files where each stands, where somebody wrote them by hand */
export function takeIn(
  state: GroupsState,
  groups: ReadonlyMap<string, VipGroup>,
  files?: ReadonlyMap<string, string>,
): void {
  const { applied, shared, draining, tracker, spareMemory } = state;
  checkName(state, groups, files !== undefined);
  const { changed, gone } = applyAll(state, groups, files);
  for (const name of gone) forget(state, name);
  const isElected = changed.length > 0 || gone.length > 0 || !state.configured;
  if (shareAll(state, groups) || isElected)
    draining.configure(new Map([...applied, ...shared].map(([name, { drained }]) => [name, drained])));
  if (!isElected) return;
  state.configured = true;
  tracker.track([...applied].map(([group, part]) => trackedGroup(group, part)));
  configure(state, changed, gone);
  spareMemory.giveBackSoon();
}

/** The keys changed: the groups that use any go on with them as they are now. */
export function rekey(state: GroupsState): void {
  const signed = [...state.applied.values()].filter(({ group }) => group.spec.vrrp?.authentication !== undefined);
  if (signed.length > 0) configure(state, signed, []);
}

/** What a group's checks come to has changed. */
export function refit(state: GroupsState, name: string): void {
  const part = state.applied.get(name);
  if (part !== undefined) state.supervisor.attempt('check', () => configure(state, [part], []));
}

function configure(state: GroupsState, parts: readonly Part[], release: readonly string[]): void {
  assert(state.engine !== undefined, 'groups are taken in once the engine has started');
  state.engine.configure(
    parts.map((part) => fitConfig(state, part)),
    release,
  );
}

/** Brings `applied` up to date, and says which parts are new or other than before, and which groups this node has none in any more. */
function applyAll(
  state: GroupsState,
  groups: ReadonlyMap<string, VipGroup>,
  files: ReadonlyMap<string, string> | undefined,
): { readonly changed: readonly Part[]; readonly gone: readonly string[] } {
  const { applied, supervisor, hooks } = state;
  const changed: Part[] = [];
  const gone = [...applied.keys()].filter((name) => !groups.has(name));
  for (const name of gone) applied.delete(name);
  for (const [name, group] of groups) {
    const file = files?.get(name);
    const before = applied.get(name);
    if (before?.group === group && before.file === file) continue;
    const made = supervisor.attempt('group', () => ({ part: partIn(state, group, file) }));
    if (made === undefined) continue; // what it was before goes on
    if (made.part !== undefined) {
      applied.set(name, made.part);
      hooks.configure(name, group.spec.vrrp?.notify ?? []);
      changed.push(made.part);
    } else if (applied.delete(name)) gone.push(name);
  }
  return { changed, gone };
}

/** Brings `shared` up to date; whether it is another than before. */
function shareAll(state: GroupsState, groups: ReadonlyMap<string, VipGroup>): boolean {
  const { shared, node, supervisor } = state;
  let changed = false;
  for (const name of shared.keys()) if (groups.get(name)?.spec.protocol !== 'bgp') changed = unshare(state, name);
  for (const [name, group] of groups) {
    if (shared.get(name)?.group === group) continue;
    const drained = supervisor.attempt('group', () => sharedGroupOf(group, node));
    if (drained !== undefined) shared.set(name, { group, drained });
    if (drained !== undefined || unshare(state, name)) changed = true;
  }
  return changed;
}

/** Whether it was shared. */
function unshare({ shared, ofShared }: GroupsState, name: string): boolean {
  ofShared.note(name, undefined);
  ofShared.connectionsNotKept(name, undefined);
  return shared.delete(name);
}

function forget(state: GroupsState, name: string): void {
  const { status, surroundings, sightings, findings, memberNotes, groupKeys } = state;
  status()?.withdraw(name);
  surroundings.forget(name);
  sightings.forget(name);
  findings.forget(name);
  memberNotes.forget(name);
  forgetKeys(groupKeys, name);
}

function checkName(state: GroupsState, groups: ReadonlyMap<string, VipGroup>, byHand: boolean): void {
  const { node, log, unnamed: before } = state;
  const names = namesWithout(node, groups.values());
  state.unnamed = names && { text: unnamedText(node, names, byHand), byHand };
  if (state.unnamed === undefined || before !== undefined) return;
  log[byHand ? 'warn' : 'info']('no group names this node', { node, names, explanation: state.unnamed.text });
}
