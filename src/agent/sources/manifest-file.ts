/** One manifest file's text as VipGroups: all of them, or everything that is wrong with it. */
import { parseAllDocuments } from 'yaml';
import { validateVipGroup } from '../../api/validate.js';
import type { VipGroup } from '../../api/vip-group.js';

export type ManifestResult =
  | { readonly ok: true; readonly groups: readonly VipGroup[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads YAML (several documents separated by `---`) or JSON; a `List` stands for its items. An empty file has no groups. */
export function parseManifest(text: string): ManifestResult {
  const problems: string[] = [];
  const groups: VipGroup[] = [];
  const documents = parseAllDocuments(text);
  for (const [index, document] of (Array.isArray(documents) ? documents : []).entries()) {
    const where = documents.length > 1 ? `document ${index + 1}, ` : '';
    for (const error of document.errors) problems.push(`${where}${error.message.split('\n', 1)[0]}`);
    if (document.errors.length > 0) continue;
    for (const [at, value] of objectsOf(document.toJS())) {
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

/** The objects of a document, each with what precedes its paths. */
function objectsOf(value: unknown): readonly (readonly [string, unknown])[] {
  if (value === null || value === undefined) return [];
  const { kind, items } = value as { kind?: unknown; items?: unknown };
  if ((kind === 'List' || kind === 'VipGroupList') && Array.isArray(items)) {
    return items.map((item, index) => [`items[${index}].`, item] as const);
  }
  return [['', value]];
}
