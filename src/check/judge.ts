/** What is wrong with one object by itself, by the rules that the API server, the controller and the agents go by. */
import { group, version } from '../api/annotations.js';
import { type BgpConf, bgpConfName, bgpConfSpec } from '../api/bgp-conf.js';
import { bgpConfWarnings } from '../api/bgp-conf-rules.js';
import { type BgpPeer, bgpPeerSpec } from '../api/bgp-peer.js';
import { bgpPeerWarnings } from '../api/bgp-peer-rules.js';
import { eipSpec } from '../api/eip.js';
import type { Problem } from '../api/problem.js';
import { shown } from '../api/shown.js';
import { nearest } from '../api/spelling.js';
import { unknownFields } from '../api/unknown-fields.js';
import { validateBgpConf, validateBgpPeer, validateEip, validateVipGroup } from '../api/validate.js';
import { vipGroupSpec } from '../api/vip-group.js';
import { eipWarnings } from '../controller/eips/warnings.js';
import { keepEip } from '../controller/objects/own-objects.js';
import { objections } from '../controller/webhook/eip-admission.js';
import { type Fields, fields } from '../convert/document.js';
import { errors, placeSaid, type Verdict, warnings } from './finding.js';

/** Our kinds: what their fields are, and what is said of an object that has them. */
const kinds = {
  Eip: { spec: eipSpec, judge: judgeEip },
  VipGroup: { spec: vipGroupSpec, judge: (value: unknown) => errors(problemsOf(validateVipGroup(value))) },
  BgpConf: { spec: bgpConfSpec, judge: judgeBgpConf },
  BgpPeer: { spec: bgpPeerSpec, judge: judgeBgpPeer },
} as const;

export type OwnKind = keyof typeof kinds;

/** What the other objects say that this one is judged by. */
export interface Around {
  /** Names of communities; undefined: no BgpConf is among the files, so that any name may be one. */
  readonly aliases?: Readonly<Record<string, string>>;
}

/**
 * Which of our kinds an object is meant to be; `other` for what is none of our business. `problems`: what is wrong with how it says so.
 */
export function kindOf(value: unknown): {
  readonly kind: OwnKind | 'Service' | 'other';
  readonly problems: readonly Problem[];
} {
  const { apiVersion, kind } = fields(value);
  if (typeof kind !== 'string' || typeof apiVersion !== 'string') {
    const missing = typeof kind === 'string' ? 'apiVersion' : 'kind';
    const known = typeof kind === 'string' && isOwn(kind) ? kind : undefined;
    const right =
      known === undefined
        ? `a Kubernetes object has one, such as ${missing === 'kind' ? 'Eip' : wanted}`
        : `write ${wanted}`;
    return { kind: known ?? 'other', problems: [{ path: missing, message: `is missing: ${right}` }] };
  }
  if (kind === 'Service' && apiVersion === 'v1') return { kind, problems: [] };
  const [of = ''] = apiVersion.split('/');
  const ours = of === group || nearest(of, [group]).length > 0;
  if (!ours) return { kind: 'other', problems: [] };
  if (!isOwn(kind)) {
    const names = Object.keys(kinds);
    const [meant] = nearest(kind, names);
    const hint = meant === undefined ? '' : `did you mean ${meant}? `;
    return {
      kind: 'other',
      problems: [{ path: 'kind', message: `is ${shown(kind)}: ${hint}here there are ${names.join(', ')}` }],
    };
  }
  const problems =
    apiVersion === wanted ? [] : [{ path: 'apiVersion', message: `is ${shown(apiVersion)}: it must be ${wanted}` }];
  return { kind, problems };
}

const wanted = `${group}/${version}`;

function isOwn(kind: string): kind is OwnKind {
  return Object.hasOwn(kinds, kind);
}

/** Of an object that is applied to a cluster: fields that nobody knows are dropped there, with no more than a warning. */
export function judgeForCluster(kind: OwnKind, value: unknown, around: Around): readonly Verdict[] {
  const { spec, judge } = kinds[kind];
  const known = { properties: { apiVersion: {}, kind: {}, metadata: {}, status: {}, spec } };
  return [...errors(metadataProblems(value)), ...judge(value, around), ...warnings(unknownFields(known, value, ''))];
}

/** Of an object in the directory that an agent reads: there a file with a field that nobody knows is refused. */
export function judgeForAgent(kind: OwnKind, value: unknown, around: Around): readonly Verdict[] {
  const strict = { strict: true };
  if (kind === 'VipGroup') return errors(problemsOf(validateVipGroup(value, strict)));
  if (kind === 'BgpPeer')
    return [...errors(problemsOf(validateBgpPeer(value, { ...around, ...strict }))), ...peerWarnings(value, around)];
  if (kind === 'BgpConf') return [...errors([...notDefault(value), ...problemsOf(validateBgpConf(value, strict))])];
  const message = 'is Eip: an agent reads VipGroup, BgpConf and BgpPeer; Eips are for the controller of a cluster';
  return errors([{ path: 'kind', message }]);
}

function judgeEip(value: unknown): readonly Verdict[] {
  const problems = problemsOf(validateEip(value));
  const eip = keepEip(value); // without annotations that are no texts
  if (problems.length > 0 || eip === undefined) return errors(problems);
  // What the webhook says of it where there is no other object.
  const alone = { eips: [], services: [], allServices: false, mayName: true };
  const unfit = warnings(eipWarnings(eip).map(({ message }) => ({ path: placeSaid(message), message })));
  return [...errors(objections({ operation: 'CREATE', after: eip }, alone)), ...unfit];
}

function judgeBgpConf(value: unknown): readonly Verdict[] {
  const problems = problemsOf(validateBgpConf(value));
  return problems.length > 0 ? errors(problems) : warnings(bgpConfWarnings(value as BgpConf));
}

function notDefault(value: unknown): readonly Problem[] {
  const { name } = fields(fields(value).metadata);
  if (typeof name !== 'string' || name === bgpConfName) return [];
  return [
    { path: 'metadata.name', message: `is ${shown(name)}: only the BgpConf of the name ${bgpConfName} has an effect` },
  ];
}

function judgeBgpPeer(value: unknown, around: Around): readonly Verdict[] {
  return [...errors(problemsOf(validateBgpPeer(value, around))), ...peerWarnings(value, around)];
}

function peerWarnings(value: unknown, around: Around): readonly Verdict[] {
  return validateBgpPeer(value, around).ok ? warnings(bgpPeerWarnings(value as BgpPeer)) : [];
}

function problemsOf(valid: { readonly ok: true } | { readonly ok: false; readonly problems: readonly Problem[] }) {
  return valid.ok ? [] : valid.problems;
}

/** What every API server says of the metadata of a manifest: how it may be called, and that labels and annotations are texts. */
export function metadataProblems(value: unknown): readonly Problem[] {
  const metadata = fields(fields(value).metadata);
  const problems: Problem[] = [];
  const { name } = metadata;
  if (typeof name === 'string' && name !== '' && (name.length > longestName || !isName.test(name))) {
    const message = `is ${shown(name)}: it must be at most ${longestName} lower-case letters, digits, - and ., such as lan-1, with a letter or digit at both ends`;
    problems.push({ path: 'metadata.name', message });
  }
  for (const field of ['labels', 'annotations'] as const) problems.push(...textsOnly(field, fields(metadata[field])));
  return problems;
}

const longestName = 253;
const isName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

function textsOnly(field: string, values: Fields): readonly Problem[] {
  return Object.entries(values).flatMap(([key, value]) => {
    if (typeof value === 'string' || value === null) return [];
    const remedy = typeof value === 'object' ? 'it must be a text' : `write "${String(value)}", in quotes`;
    return [{ path: `metadata.${field}["${key}"]`, message: `is ${shown(value)}, which is no text: ${remedy}` }];
  });
}
