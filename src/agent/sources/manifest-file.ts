/**
 * One manifest file's text as VipGroups: all of them, or everything that is wrong with it.
 *
 * A file or document that says nothing is wrong, too: a full disk leaves such files behind, and nobody who wants groups to end writes
 * one. Groups end when their file, or their document, is taken away, or by a List without items.
 */
import { parseAllDocuments } from 'yaml';
import { validateVipGroup } from '../../api/validate.js';
import type { VipGroup } from '../../api/vip-group.js';

export type ManifestResult =
  | { readonly ok: true; readonly groups: readonly VipGroup[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads YAML (several documents separated by `---`) or JSON; a `List` stands for its items. */
export function parseManifest(text: string): ManifestResult {
  const problems: string[] = [];
  const groups: VipGroup[] = [];
  const parsed = parseAllDocuments(text);
  const documents = Array.isArray(parsed) ? parsed : [];
  if (documents.length === 0) problems.push(`is empty: ${remedy}`);
  for (const [index, document] of documents.entries()) {
    const where = documents.length > 1 ? `document ${index + 1}, ` : '';
    for (const error of document.errors) problems.push(`${where}${error.message.split('\n', 1)[0]}`);
    if (document.errors.length > 0) continue;
    const content: unknown = document.toJS();
    if (content === null || content === undefined) {
      problems.push(documents.length > 1 ? `document ${index + 1} is empty: leave out its ---` : `is empty: ${remedy}`);
      continue;
    }
    for (const [at, value] of objectsOf(content)) {
      const checked = validateVipGroup(value, { strict: true });
      if (checked.ok) groups.push(checked.value);
      else for (const { path, message } of checked.problems) problems.push(`${where}${at}${path}: ${message}`);
    }
  }
  const names = groups.map((group) => group.metadata.name);
  for (const name of new Set(names.filter((each, index) => names.indexOf(each) !== index))) {
    problems.push(`metadata.name: "${name}" is there twice: give each group a name of its own`);
  }
  return problems.length === 0 ? { ok: true, groups } : { ok: false, problems };
}

const remedy = 'write its groups again; take the file away when they are to end';

/** The objects of a document, each with what precedes its paths. */
function objectsOf(value: unknown): readonly (readonly [string, unknown])[] {
  const { kind, items } = value as { kind?: unknown; items?: unknown };
  if ((kind === 'List' || kind === 'VipGroupList') && Array.isArray(items)) {
    return items.map((item, index) => [`items[${index}].`, item] as const);
  }
  return [['', value]];
}
