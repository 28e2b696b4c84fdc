/**
 * Eips and VipGroups as caches keep them, checked where they come in: these functions take any JSON, since a schema in the cluster may
 * be older than this program, and a status is written by others, too.
 */
import { eipAnnotations } from '../../api/annotations.js';
import { conform } from '../../api/conform.js';
import { type Eip, type EipSpec, type EipStatus, eipSpec, eipStatus } from '../../api/eip.js';
import type { Metadata } from '../../api/metadata.js';
import { type Problem, problemsText } from '../../api/problem.js';
import { validateEip } from '../../api/validate.js';
import {
  type VipGroup,
  type VipGroupSpec,
  type VipGroupStatus,
  vipGroupSpec,
  vipGroupStatus,
} from '../../api/vip-group.js';
import type { Admission } from '../../platform/kubernetes/admission.js';
import { strays } from './kept-annotations.js';
import { metadataShape } from './shapes.js';

/** Notes of ours are longer than what people write, and still bounded. */
const longestNote = 64 * 1024;

const annotationsShape = { type: 'object', additionalProperties: { type: 'string', maxLength: longestNote } } as const;
const anySpec = { ...eipSpec, required: [] };

/**
 * An Eip that is wrong is kept, with what is wrong: it gives out nothing new, what Services have of it stays, and its condition says why.
 * `undefined` for what has no name.
 */
export function keepEip(object: unknown): Eip | undefined {
  const metadata = metadataOf(object, (key) => eipAnnotations.includes(key));
  if (metadata === undefined) return undefined;
  const unknown = strays(field(field(object, 'metadata'), 'annotations'), 'Eip');
  const annotations = { ...unknown, ...metadata.annotations };
  const valid = validateEip(object);
  const spec = conform<Partial<EipSpec>>(anySpec, field(object, 'spec')).value;
  const status = conform<EipStatus>(eipStatus, field(object, 'status')).value;
  return {
    metadata: Object.keys(annotations).length === 0 ? metadata : { ...metadata, annotations },
    spec: { ...spec, address: spec?.address ?? '' },
    ...(status === undefined ? {} : { status }),
    wrong: valid.ok ? [] : valid.problems,
  };
}

export function admitEip(object: unknown): Admission<Eip> {
  const eip = keepEip(object);
  if (eip === undefined) return { problem: 'metadata: cannot be read' };
  const { problems } = conform(eipStatus, field(object, 'status'), 'status');
  const all = [...(eip.wrong ?? []), ...problems];
  return { object: eip, problem: all.length === 0 ? undefined : problemsText(all) };
}

/**
 * A VipGroup whose spec has not the shape of one: what it said before goes on; where that is not known, it has no members and no addresses,
 * so that its name is taken and it can be put right. A spoilt part of its status is left out.
 */
export function admitVipGroup(object: unknown, held?: VipGroup): Admission<VipGroup> {
  const metadata = metadataOf(object, () => true);
  if (metadata === undefined) return { problem: 'metadata: cannot be read' };
  const { spec, problems } = groupSpecOf(object);
  const status = conform<VipGroupStatus>(vipGroupStatus, field(object, 'status'), 'status');
  const rest = status.value === undefined ? {} : { status: status.value };
  if (spec === undefined) {
    const same = held !== undefined && held.metadata.uid === metadata.uid;
    const known = same ? held.spec : readable(field(object, 'spec'));
    return { object: { metadata, spec: known, ...rest }, problem: problemsText(problems), refused: true };
  }
  const problem = status.problems.length === 0 ? undefined : problemsText(status.problems);
  return { object: { metadata, spec, ...rest }, problem };
}

function readable(found: unknown): VipGroupSpec {
  const spec = conform<Partial<VipGroupSpec>>({ ...vipGroupSpec, required: [] }, found).value;
  return { protocol: 'bgp', addresses: [], members: [], ...(spec?.eip === undefined ? {} : { eip: spec.eip }) };
}

function groupSpecOf(object: unknown): { readonly spec?: VipGroupSpec; readonly problems: readonly Problem[] } {
  const found = field(object, 'spec');
  const { value, problems } = conform<VipGroupSpec>(vipGroupSpec, found, 'spec');
  if (value === undefined && problems.length === 0)
    return { problems: [{ path: 'spec', message: 'is missing: it is required' }] };
  return value === undefined || problems.length > 0 ? { problems } : { spec: value, problems };
}

function metadataOf(object: unknown, isKept: (annotation: string) => boolean): Metadata | undefined {
  const found = field(object, 'metadata');
  const { value } = conform<Metadata>(metadataShape, found);
  if (value === undefined) return undefined;
  const annotations = conform<Record<string, string>>(annotationsShape, field(found, 'annotations')).value;
  const kept = Object.entries(annotations ?? {}).filter(([key]) => isKept(key) && key !== lastApplied);
  return { ...value, ...(kept.length === 0 ? {} : { annotations: Object.fromEntries(kept) }) };
}

/** kubectl's copy of the whole object is often most of it. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}
