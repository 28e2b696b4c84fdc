/** From what should be and what is to what is to be done, and to what is said on our objects. Pure. */
import { defaultEipAnnotation } from '../../api/annotations.js';
import { conform } from '../../api/conform.js';
import { madeFromLabel, madeFromMetallb, originAnnotation, writtenAnnotation } from '../../api/origin.js';
import type { Resource } from '../../platform/kubernetes/resource.js';
import { eips } from '../objects/resources.js';
import { metadataShape } from '../objects/shapes.js';
import { type Content, contentOf, digestOf } from './content.js';
import { heldBack, type Unread } from './unread.js';
import type { Finding, Wanted } from './wanted.js';

/** An object of ours that there is. */
export interface Existing {
  readonly resource: Resource;
  readonly name: string;
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly content: Content;
  /** Made by us of one of MetalLB's. */
  readonly isMade: boolean;
  readonly origin?: string | undefined;
  /** The digest of what was written last; undefined: it is to follow its origin again. */
  readonly written?: string | undefined;
}

export type Action =
  | { readonly do: 'create'; readonly wanted: Wanted }
  | { readonly do: 'write'; readonly existing: Existing; readonly content: Content; readonly origin: string }
  | { readonly do: 'remove'; readonly existing: Existing };

/** Whether an object of ours follows its origin; the words of a condition. */
export interface Following {
  readonly status: 'True' | 'False';
  readonly reason:
    | 'AsOrigin'
    | 'Differences'
    | 'EditedByHand'
    | 'OriginGone'
    | 'OriginInvalid'
    | 'OriginUnread'
    | 'Refused';
  readonly message: string;
}

export interface Plan {
  /** In the order in which they are to be done: what goes makes room for what comes. */
  readonly actions: readonly Action[];
  /** By `plural/name`. */
  readonly following: ReadonlyMap<string, Following>;
  readonly findings: readonly Finding[];
}

/** Undefined: it has no name. */
export function existingOf(resource: Resource, object: unknown): Existing | undefined {
  const { metadata: found, spec } = (object ?? {}) as { readonly metadata?: unknown; readonly spec?: unknown };
  const { value: metadata } = conform<Metadata>(withAnnotations, found);
  if (metadata === undefined || metadata.deletionTimestamp !== undefined) return undefined;
  const { name, uid, resourceVersion, labels = {}, annotations = {} } = metadata;
  return {
    resource,
    name,
    uid,
    resourceVersion,
    content: contentOf(resource, spec, annotations[defaultEipAnnotation] === 'true'),
    isMade: labels[madeFromLabel] === madeFromMetallb,
    origin: annotations[originAnnotation],
    written: annotations[writtenAnnotation],
  };
}

type Texts = Readonly<Record<string, string>>;
interface Metadata {
  readonly name: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Texts;
  readonly annotations?: Texts;
}
const withAnnotations = {
  ...metadataShape,
  properties: {
    ...metadataShape.properties,
    annotations: { type: 'object', additionalProperties: { type: 'string' } },
  },
};

/**
 * @param usage how many addresses of an Eip are in use
 * @param unread what may be there and is not among `wanted`, or not as it is to be
 */
export function planOf(
  wanted: readonly Wanted[],
  existing: readonly Existing[],
  usage: (eip: string) => number,
  unread: readonly Unread[] = [],
): Plan {
  const held = holding(existing, unread);
  const present = new Map(existing.map((each) => [keyOf(each), each]));
  const following = new Map<string, Following>();
  const findings: Finding[] = [];
  const creations: Action[] = [];
  const writes: Action[] = [];
  const removals: Action[] = [];
  for (const each of wanted) {
    const own = present.get(keyOf(each));
    const why = held(each.resource, each.origin) ?? (own?.isMade ? held(each.resource, own.origin) : undefined);
    if (own === undefined) {
      if (each.problem !== undefined) continue;
      if (why !== undefined) {
        findings.push({ object: each.origin, message: `${each.resource.kind} ${each.name} is not made yet: ${why}` });
        continue;
      }
      creations.push({ do: 'create', wanted: each });
      following.set(keyOf(each), asOrigin(each));
    } else if (!own.isMade) {
      const kind = `${own.resource.kind} ${own.name}`;
      const message = `${kind} is there already and was not made from this: it is left as it is, and counts. Rename one of the two, or delete the ${own.resource.kind}`;
      findings.push({ object: each.origin, message });
    } else if (isEdited(own)) following.set(keyOf(own), edited(each.origin));
    else if (why !== undefined) following.set(keyOf(own), unreadable(each.origin, why));
    else if (each.problem !== undefined) following.set(keyOf(own), invalid(each.origin, each.problem));
    else {
      following.set(keyOf(own), asOrigin(each));
      if (digestOf(each.content) !== own.written || own.origin !== each.origin)
        writes.push({ do: 'write', existing: own, content: each.content, origin: each.origin });
    }
  }
  const names = new Set(wanted.map(keyOf));
  for (const own of existing) {
    if (!own.isMade || names.has(keyOf(own))) continue;
    const origin = own.origin ?? 'its origin';
    const inUse = own.resource === eips ? usage(own.name) : 0;
    const why = held(own.resource, own.origin);
    if (why !== undefined) following.set(keyOf(own), unreadable(origin, why));
    else if (isEdited(own)) following.set(keyOf(own), gone(`${origin} is gone; it was edited, so it stays: delete it`));
    else if (inUse === 0) removals.push({ do: 'remove', existing: own });
    else {
      const count = inUse === 1 ? 'one address is' : `${inUse} addresses are`;
      const message = `${origin} is gone, but ${count} in use: they stay, nothing new is given out, and the Eip goes with the last of them`;
      following.set(keyOf(own), gone(message));
      const content = { ...own.content, spec: { ...own.content.spec, disable: true }, isDefault: false };
      if (digestOf(content) !== own.written) writes.push({ do: 'write', existing: own, content, origin });
    }
  }
  return { actions: [...removals, ...writes, ...creations], following, findings };
}

export function keyOf({ resource, name }: Pick<Existing, 'resource' | 'name'>): string {
  return `${resource.plural}/${name}`;
}

/** Routers are told of nothing new, and of nothing less, while it is not known which pools there are. */
function holding(
  existing: readonly Existing[],
  unread: readonly Unread[],
): (resource: Resource, origin: string | undefined) => string | undefined {
  const whys = existing.flatMap(({ resource, isMade, origin }) =>
    isMade && resource === eips ? (heldBack(eips, origin, unread) ?? []) : [],
  );
  return (resource, origin) => heldBack(resource, origin, unread) ?? (resource === eips ? undefined : whys[0]);
}

/** What a person has made of an object of ours, or made himself; undefined: it is as we wrote it, or not there. */
export function contentByOthers(
  existing: readonly Existing[],
  resource: Resource,
  name: string,
): Content['spec'] | undefined {
  const own = existing.find((each) => each.resource === resource && each.name === name);
  return own !== undefined && (!own.isMade || isEdited(own)) ? own.content.spec : undefined;
}

function isEdited({ content, written }: Existing): boolean {
  return written !== undefined && written !== digestOf(content);
}

function asOrigin({ origin, differences }: Wanted): Following {
  if (differences.length === 0)
    return { status: 'True', reason: 'AsOrigin', message: `made from ${origin}, and as that` };
  return { status: 'True', reason: 'Differences', message: `made from ${origin}; ${differences.join('; ')}` };
}

function edited(origin: string): Following {
  const message = `made from ${origin}, then edited: it is left alone and follows that no more. Take off the annotation ${writtenAnnotation} to have it follow again`;
  return { status: 'False', reason: 'EditedByHand', message };
}

function invalid(origin: string, problem: string): Following {
  return { status: 'False', reason: 'OriginInvalid', message: `${origin}: ${problem}: what it said before goes on` };
}

function unreadable(origin: string, why: string): Following {
  const message = `made from ${origin}, and left as it is: ${why}`;
  return { status: 'False', reason: 'OriginUnread', message };
}

function gone(message: string): Following {
  return { status: 'False', reason: 'OriginGone', message };
}
