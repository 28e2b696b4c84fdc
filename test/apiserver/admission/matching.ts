// Owns: which webhooks a write is shown to, and in which version.
// Source: https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/ (rules, selectors, matchPolicy).
import type { Version } from '../kinds/resource.js';
import type { KubeObject } from '../object.js';
import { labelSelectorOf } from '../storage/label-selector.js';
import type { Store } from '../storage/store.js';
import type { Attributes } from './attributes.js';
import type { Rule, Webhook } from './configured.js';

/** A webhook that is to be asked about a write, in a version that it knows. */
export interface Match {
  readonly webhook: Webhook;
  readonly version: Version;
}

export function matching(attributes: Attributes, webhooks: readonly Webhook[], store: Store): readonly Match[] {
  const { resource, namespace } = attributes.target;
  // Webhooks must not be able to keep anybody from removing them.
  if (resource.group === 'admissionregistration.k8s.io') return [];
  return webhooks.flatMap((webhook) => {
    const version = wantedVersion(attributes, webhook);
    if (version === undefined) return [];
    const around =
      resource.collection === 'namespaces'
        ? (attributes.object ?? attributes.oldObject)
        : store.get('namespaces', namespace ?? '');
    const selected = around === undefined || labelSelectorOf(webhook.namespaceSelector)(around);
    return selected && isSelected(attributes, webhook) ? [{ webhook, version }] : [];
  });
}

/** The version of the request where a rule names it, else with matchPolicy Equivalent another one of the same resource. */
function wantedVersion({ target, operation }: Attributes, { rules, matchPolicy }: Webhook): Version | undefined {
  const { resource, version, subresource = '' } = target;
  const fits = (rule: Rule, { name }: Version) =>
    names(rule.apiGroups, resource.group) &&
    names(rule.apiVersions, name) &&
    names(rule.operations, operation) &&
    rule.resources.some((text) => isResource(text, resource.plural, subresource)) &&
    (rule.scope === '*' || (rule.scope === 'Namespaced') === resource.namespaced);
  if (rules.some((rule) => fits(rule, version))) return version;
  if (matchPolicy !== 'Equivalent') return undefined;
  return resource.versions.find((other) => other.served && rules.some((rule) => fits(rule, other)));
}

function names(list: readonly string[], value: string): boolean {
  return list.includes('*') || list.includes(value);
}

/** A rule's resource is `pods`, `pods/status`, or either part a star; without a slash it means no subresource. */
function isResource(text: string, plural: string, subresource: string): boolean {
  const [resource, sub = ''] = text.split('/');
  return (resource === '*' || resource === plural) && (sub === '*' || sub === subresource);
}

/** Either state of the object is enough: nobody leaves a webhook's sight by dropping a label. */
function isSelected({ object, oldObject }: Attributes, { objectSelector }: Webhook): boolean {
  const selects = labelSelectorOf(objectSelector);
  return [object, oldObject].some((state: KubeObject | undefined) => state !== undefined && selects(state));
}
