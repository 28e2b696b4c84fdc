// Owns: what an update and a server-side apply do to an object and to the ownership of its fields.
// Refuses to know: storage, HTTP, kinds.
// Source: structured-merge-diff merge.Updater; https://kubernetes.io/docs/reference/using-api/server-side-apply/
import { equals, type KubeObject } from '../object.js';
import type { Schema } from '../schema/schema.js';
import { Failure } from '../status.js';
import { type Comparison, compare, fieldsClaimedBy } from './compare.js';
import {
  describePaths,
  difference,
  emptySet,
  type FieldSet,
  intersection,
  isEmpty,
  recursiveDifference,
  sameSet,
  union,
  withNamedParents,
} from './field-set.js';
import {
  identityOf,
  type Manager,
  type Managers,
  type Ownership,
  ownable,
  readManagers,
  withoutManagedFields,
  writeManagers,
} from './managed-fields.js';
import { merge, removeItems } from './merge.js';

/** What both writes need. `ignored`: the fields that the endpoint does not write (status, or all but status). `now`: RFC 3339. */
export interface Write {
  readonly manager: Manager;
  readonly schema: Schema;
  readonly ignored: FieldSet;
  readonly now: string;
}

/** Records an update (POST, PUT, PATCH): the manager owns what it changed or added, everyone loses what it removed. */
export function recordUpdate(live: KubeObject, next: KubeObject, write: Write): KubeObject {
  const sent = readManagers(next);
  const known = sent === undefined ? new Map() : sent.size > 0 ? sent : (readManagers(live) ?? new Map());
  const { added, modified, removed } = compareOwned(live, next, write);
  const changed = union(added, modified);
  const managers = disown(known, union(changed, removed));
  const identity = identityOf(write.manager);
  const previous = managers.get(identity);
  if (isEmpty(changed)) return writeManagers(next, managers);
  const fields = previous ? union(previous.fields, changed) : changed;
  managers.set(identity, { ...write.manager, time: write.now, fields });
  return writeManagers(next, managers);
}

/**
 * Applies a configuration: merges it into the live object, removes what this manager applied before and no longer does (unless
 * somebody else owns it), and takes ownership. Throws a 409 Failure when it would change fields of others, unless forced.
 */
export function apply(live: KubeObject, applied: KubeObject, write: Write & { readonly force: boolean }): KubeObject {
  const { schema } = write;
  const managers = new Map(readManagers(live) ?? []);
  const bare = withoutManagedFields(live);
  const identity = identityOf(write.manager);
  const last = managers.get(identity);
  const all = recursiveDifference(fieldsClaimedBy(applied, schema), write.ignored);
  const claimed = ownable(all);
  // While pruning, the name and type of the applied object hold its metadata together.
  managers.set(identity, { ...write.manager, time: last?.time, fields: all });
  const merged = merge(bare, applied, schema) as KubeObject;
  const next = last ? prune(merged, last.fields, managers, schema) : merged;
  const comparison = compareOwned(bare, next, write);
  const others = new Map([...managers].filter(([other]) => other !== identity));
  refuseConflicts(others, comparison, write.force);
  const kept = disown(others, union(union(comparison.added, comparison.modified), comparison.removed));
  const unchanged = equals(bare, next) && last !== undefined && sameSet(last.fields, claimed);
  kept.set(identity, { ...write.manager, time: unchanged ? last.time : write.now, fields: claimed });
  return writeManagers(next, kept);
}

function compareOwned(live: KubeObject, next: KubeObject, write: Write): Comparison {
  const all = compare(withoutManagedFields(live), withoutManagedFields(next), write.schema);
  return {
    added: recursiveDifference(all.added, write.ignored),
    modified: recursiveDifference(all.modified, write.ignored),
    removed: recursiveDifference(all.removed, write.ignored),
  };
}

function disown(managers: Managers, lost: FieldSet): Map<string, Ownership> {
  const left = [...managers].map(([id, entry]) => [id, { ...entry, fields: difference(entry.fields, lost) }] as const);
  return new Map(left.filter(([, entry]) => !isEmpty(entry.fields)));
}

/** Takes out what the last applied configuration had, then puts back what anybody owns or what was never in it. */
function prune(merged: KubeObject, last: FieldSet, managers: Managers, schema: Schema): KubeObject {
  if (isEmpty(last)) return merged;
  const named = (set: FieldSet) => withNamedParents(set, schema);
  const fieldsOf = (object: KubeObject) => named(fieldsClaimedBy(object, schema));
  const all = fieldsOf(merged);
  const owned = [...managers.values()].reduce((set, entry) => union(set, entry.fields), emptySet);
  const stripped = removeItems(merged, named(last), schema) as KubeObject;
  const keep = union(fieldsOf(stripped), named(owned));
  const withOwned = removeItems(merged, difference(all, keep), schema) as KubeObject;
  const gone = intersection(difference(all, fieldsOf(withOwned)), named(last));
  return removeItems(merged, gone, schema) as KubeObject;
}

function refuseConflicts(others: Managers, { added, modified }: Comparison, force: boolean): void {
  if (force) return;
  const changed = union(added, modified);
  const conflicts = [...others.values()].flatMap((owner) =>
    describePaths(intersection(owner.fields, changed)).map((field) => ({ field, owner: describeManager(owner) })),
  );
  if (conflicts.length === 0) return;
  const causes = conflicts.map(({ field, owner }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${owner}`,
    field,
  }));
  throw new Failure(409, 'Conflict', describeConflicts(conflicts), { causes });
}

function describeConflicts(conflicts: readonly { field: string; owner: string }[]): string {
  if (conflicts.length === 1)
    return `Apply failed with 1 conflict: conflict with ${conflicts[0]!.owner}: ${conflicts[0]!.field}`;
  const owners = [...new Set(conflicts.map(({ owner }) => owner))].sort();
  const blocks = owners.map((owner) => {
    const fields = conflicts.filter((conflict) => conflict.owner === owner).map(({ field }) => `- ${field}`);
    return `conflicts with ${owner}:\n${fields.join('\n')}`;
  });
  return `Apply failed with ${conflicts.length} conflicts: ${blocks.join('\n')}`;
}

function describeManager({ manager, subresource, operation, apiVersion, time }: Ownership): string {
  const name = subresource ? `"${manager}" with subresource "${subresource}"` : `"${manager}"`;
  if (operation === 'Apply') return name;
  return time ? `${name} using ${apiVersion} at ${time}` : `${name} using ${apiVersion}`;
}
