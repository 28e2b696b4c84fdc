/**
 * One manifest file's text as VipGroups, BgpConf and BgpPeers: all of them, or everything that is wrong with it.
 *
 * A file or document that says nothing is wrong, too: a full disk leaves such files behind, and nobody who wants groups to end writes
 * one. Groups end when their file, or their document, is taken away, or by a List without items.
 */
import { parseAllDocuments } from 'yaml';
import { type BgpConf, bgpConfName } from '../../api/bgp-conf.js';
import type { BgpPeer } from '../../api/bgp-peer.js';
import type { Problem } from '../../api/problem.js';
import { type Validation, validateBgpConf, validateBgpPeer, validateVipGroup } from '../../api/validate.js';
import type { VipGroup } from '../../api/vip-group.js';

/** What a manifest holds, in the order in which it stands there. */
export interface Manifest {
  readonly groups: readonly VipGroup[];
  readonly confs: readonly BgpConf[];
  readonly peers: readonly BgpPeer[];
}

export const emptyManifest: Manifest = { groups: [], confs: [], peers: [] };

export type ManifestResult =
  | ({ readonly ok: true } & Manifest)
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads YAML (several documents separated by `---`) or JSON; a `List` stands for its items. */
export function parseManifest(text: string): ManifestResult {
  const problems: string[] = [];
  const found = { groups: [] as VipGroup[], confs: [] as BgpConf[], peers: [] as BgpPeer[] };
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
      const problemsFound = take(value, found);
      for (const { path, message } of problemsFound) problems.push(`${where}${at}${path}: ${message}`);
    }
  }
  for (const [kind, objects] of [
    ['group', found.groups],
    ['BgpConf', found.confs],
    ['BgpPeer', found.peers],
  ] as const) {
    const names = objects.map(({ metadata }) => metadata.name);
    for (const name of new Set(names.filter((each, index) => names.indexOf(each) !== index))) {
      problems.push(`metadata.name: "${name}" is there twice: give each ${kind} a name of its own`);
    }
  }
  return problems.length === 0 ? { ok: true, ...found } : { ok: false, problems };
}

/** Puts an object where its kind belongs; what is wrong with it otherwise. One without a kind is judged as a VipGroup. */
function take(
  value: unknown,
  found: { readonly groups: VipGroup[]; readonly confs: BgpConf[]; readonly peers: BgpPeer[] },
): readonly Problem[] {
  const into = <T>(list: T[], checked: Validation<T>) => {
    if (!checked.ok) return checked.problems;
    list.push(checked.value);
    return [];
  };
  const { kind, metadata } = (value ?? {}) as { kind?: unknown; metadata?: { name?: unknown } | null };
  if (kind === 'BgpPeer') return into(found.peers, validateBgpPeer(value, { strict: true }));
  if (kind !== 'BgpConf') return into(found.groups, validateVipGroup(value, { strict: true }));
  const name = metadata?.name;
  if (typeof name === 'string' && name !== bgpConfName)
    return [
      { path: 'metadata.name', message: `is "${name}": only the BgpConf of the name ${bgpConfName} has an effect` },
    ];
  return into(found.confs, validateBgpConf(value, { strict: true }));
}

const remedy = 'write what it is to hold again; take the file away when that is to end';

/** The objects of a document, each with what precedes its paths. */
function objectsOf(value: unknown): readonly (readonly [string, unknown])[] {
  const { kind, items } = value as { kind?: unknown; items?: unknown };
  if (['List', 'VipGroupList', 'BgpPeerList', 'BgpConfList'].includes(String(kind)) && Array.isArray(items)) {
    return items.map((item, index) => [`items[${index}].`, item] as const);
  }
  return [['', value]];
}
