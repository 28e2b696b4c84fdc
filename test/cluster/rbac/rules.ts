// Owns: what the rendered chart allows the two programs to do, and whether a call is among it.
// Source: Kubernetes, "Using RBAC Authorization"; plugin/pkg/auth/authorizer/rbac.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { projectRoot } from '../../../scripts/tools/project-root.js';

/** A call of one of the programs, in the words of RBAC. */
export interface ProgramCall {
  readonly program: string;
  /** get, list, watch, create, update, patch, delete or deletecollection */
  readonly verb: string;
  readonly group: string;
  /** With its subresource: `eips/status`. */
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

interface RbacObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly Rule[];
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly name: string }[];
}

/**
 * By the manifest that users apply. Both programs run with the service account `openelb-PROGRAM`.
 *
 * @param more further manifests in deploy/ that are applied
 */
export function renderedRights(more: readonly string[] = []): (call: ProgramCall) => boolean {
  return rightsIn(objectsIn(['openelb-vip.yaml', ...more]));
}

/** Each rule of a manifest in deploy/, with the program that it is bound to. */
export function renderedRules(file: string): readonly { readonly program: string; readonly rule: Rule }[] {
  const objects = objectsIn([file]);
  return objects.flatMap(({ roleRef, metadata, subjects = [] }) => {
    const role = objects.find((each) => isRole(each, roleRef, metadata.namespace));
    const programs = subjects.map(({ name }) => name.replace(/^openelb-/, ''));
    return programs.flatMap((program) => (role?.rules ?? []).map((rule) => ({ program, rule })));
  });
}

function objectsIn(files: readonly string[]): readonly RbacObject[] {
  const text = files.map((file) => readFileSync(join(projectRoot(), 'deploy', file), 'utf8')).join('\n---\n');
  const objects = parseAllDocuments(text).map((document) => document.toJS() as RbacObject | null);
  return objects.filter((object) => object !== null);
}

export function rightsIn(objects: readonly RbacObject[]): (call: ProgramCall) => boolean {
  const bindings = objects.filter(({ kind }) => kind === 'RoleBinding' || kind === 'ClusterRoleBinding');
  return (call) =>
    bindings.some(({ kind, metadata, roleRef, subjects }) => {
      if (subjects?.some(({ name }) => name === `openelb-${call.program}`) !== true) return false;
      if (kind === 'RoleBinding' && metadata.namespace !== call.namespace) return false;
      const role = objects.find((each) => isRole(each, roleRef, metadata.namespace));
      return role?.rules?.some((rule) => allows(rule, call)) === true;
    });
}

/** @param namespace that of the binding */
function isRole({ kind, metadata }: RbacObject, ref: RbacObject['roleRef'], namespace: string | undefined): boolean {
  return (
    kind === ref?.kind && metadata.name === ref.name && (kind === 'ClusterRole' || metadata.namespace === namespace)
  );
}

function allows({ apiGroups = [], resources = [], resourceNames, verbs }: Rule, call: ProgramCall): boolean {
  return (
    verbs.includes(call.verb) &&
    apiGroups.includes(call.group) &&
    resources.includes(call.resource) &&
    (resourceNames === undefined || (call.name !== undefined && resourceNames.includes(call.name)))
  );
}
