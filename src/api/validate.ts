/** Checks objects against their schemas and rules: everything that is wrong with one, with path and remedy. */
import { group, version } from './annotations.js';
import type { BgpConf } from './bgp-conf.js';
import { bgpConfProblems } from './bgp-conf-rules.js';
import type { BgpPeer } from './bgp-peer.js';
import { bgpPeerProblems } from './bgp-peer-rules.js';
import { compiledCheck } from './compiled-check.js';
import type { Eip } from './eip.js';
import { eipProblems } from './eip-rules.js';
import { type CheckedKind, objectSchemas } from './object-schemas.js';
import { type Problem, schemaProblem } from './problem.js';
import { unknownFields } from './unknown-fields.js';
import type { VipGroup } from './vip-group.js';
import { vipGroupProblems } from './vip-group-rules.js';

export type Validation<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export interface ValidateOptions {
  /**
   * For objects a person wrote into a file: refuse fields that are not known (`ignore` is the default, for objects from an
   * API server whose schema may be newer than this program), and ask for `apiVersion` and `kind`.
   */
  readonly strict?: boolean;
}

/** Whether `value` is an Eip that addresses can be given out from. */
export function validateEip(value: unknown, options: ValidateOptions = {}): Validation<Eip> {
  return check('Eip', eipProblems, value, options);
}

/** Whether `value` is a VipGroup that an agent can announce. */
export function validateVipGroup(value: unknown, options: ValidateOptions = {}): Validation<VipGroup> {
  return check('VipGroup', vipGroupProblems, value, options);
}

/** Whether `value` is a BgpConf that nodes can speak by. */
export function validateBgpConf(value: unknown, options: ValidateOptions = {}): Validation<BgpConf> {
  return check('BgpConf', bgpConfProblems, value, options);
}

/**
 * Whether `value` is a BgpPeer that nodes can speak with.
 *
 * @param options.aliases names of communities in the BgpConf; undefined: not known here, so that any name may be one
 */
export function validateBgpPeer(
  value: unknown,
  { aliases, ...options }: ValidateOptions & { readonly aliases?: Readonly<Record<string, string>> } = {},
): Validation<BgpPeer> {
  const rules = (peer: BgpPeer) => bgpPeerProblems(peer, aliases);
  return check('BgpPeer', rules, value, options);
}

/** In an object of more parts only the first problem is looked for: each takes memory, and there may be as many as parts. */
const manyParts = 20_000;

function hasManyParts(value: unknown): boolean {
  const open: unknown[] = [value];
  let parts = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== 'object' || next === null) continue;
    for (const key in next) {
      parts += 1;
      if (parts > manyParts) return true;
      open.push((next as Record<string, unknown>)[key] ?? null);
    }
  }
  return false;
}

function check<T>(
  kind: CheckedKind,
  rules: (value: T) => readonly Problem[],
  value: unknown,
  { strict = false }: ValidateOptions,
): Validation<T> {
  const validate = compiledCheck(kind, !hasManyParts(value));
  const problems: Problem[] = strict ? [...headProblems(kind, value), ...strayFields(objectSchemas[kind], value)] : [];
  if (validate(value)) problems.push(...rules(value as T));
  else problems.push(...(validate.errors ?? []).map(schemaProblem));
  return problems.length === 0 ? { ok: true, value: withoutStatus(value as T & object) } : { ok: false, problems };
}

/** That is nobody's input, was not checked, and may be anything. */
function withoutStatus<T extends object>(value: T): T {
  if (!('status' in value)) return value;
  const { status: _, ...input } = value;
  return input as unknown as T;
}

function headProblems(kind: string, value: unknown): readonly Problem[] {
  const head = (value ?? {}) as { apiVersion?: unknown; kind?: unknown };
  const wanted = { apiVersion: `${group}/${version}`, kind };
  return (['apiVersion', 'kind'] as const)
    .filter((field) => head[field] !== wanted[field])
    .map((field) => ({
      path: field,
      message:
        head[field] === undefined
          ? `is missing: write ${wanted[field]}`
          : `is ${JSON.stringify(head[field])}: it must be ${wanted[field]}`,
    }));
}

/** Unknown fields of the spec; metadata is Kubernetes' own, status nobody's input. */
function strayFields(schema: object, value: unknown): readonly Problem[] {
  if (typeof value !== 'object' || value === null) return [];
  const { properties } = schema as { properties: { spec: object } & Record<string, object> };
  const known = { ...properties, metadata: {}, status: {} };
  return unknownFields({ properties: known }, value, '');
}
