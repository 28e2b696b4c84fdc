// Owns: what is wrong with an object's metadata, and the fields of it that only the server writes.
// Source: kubernetes/apimachinery pkg/api/validation/objectmeta.go, pkg/util/validation.

import type { Resource } from '../kinds/resource.js';
import { isMap, type KubeObject } from '../object.js';
import type { Cause } from '../status.js';

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomain = `${label}(\\.${label})*`;
const dns1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const labelName = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

const rules = {
  label: {
    pattern: new RegExp(`^${label}$`),
    longest: 63,
    text: `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${label}')`,
  },
  subdomain: {
    pattern: new RegExp(`^${subdomain}$`),
    longest: 253,
    text: `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${subdomain}')`,
  },
  service: {
    pattern: new RegExp(`^${dns1035}$`),
    longest: 63,
    text: `a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '${dns1035}')`,
  },
  path: {
    pattern: /^(?!\.{1,2}$)[^/%]+$/,
    longest: 253,
    text: `may not be '.' or '..' and may not contain '/' or '%'`,
  },
} as const;

function ruleFor(resource: Resource) {
  if (resource.group === 'rbac.authorization.k8s.io') return rules.path;
  if (resource.group === '' && resource.kind === 'Namespace') return rules.label;
  return resource.group === '' && resource.kind === 'Service' ? rules.service : rules.subdomain;
}

export function metadataProblems({ metadata }: KubeObject, resource: Resource): Cause[] {
  const rule = ruleFor(resource);
  const causes: Cause[] = [];
  if (!metadata.name)
    causes.push({
      reason: 'FieldValueRequired',
      message: 'Required value: name or generateName is required',
      field: 'metadata.name',
    });
  else if (!rule.pattern.test(metadata.name)) causes.push(invalid('metadata.name', metadata.name, rule.text));
  else if (metadata.name.length > rule.longest)
    causes.push(invalid('metadata.name', metadata.name, `must be no more than ${rule.longest} characters`));
  return [...causes, ...labelProblems(metadata.labels ?? {}), ...ownerProblems(metadata)];
}

function labelProblems(labels: Record<string, string>): Cause[] {
  return Object.entries(labels).flatMap(([key, value]) => {
    const parts = key.split('/');
    const name = parts.at(-1)!;
    const keyFits = parts.length <= 2 && labelName.test(name) && name.length <= 63;
    if (!keyFits)
      return [
        invalid(
          'metadata.labels',
          key,
          "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        ),
      ];
    if (!labelValue.test(value))
      return [
        invalid(
          'metadata.labels',
          value,
          "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        ),
      ];
    return value.length > 63 ? [invalid('metadata.labels', value, 'must be no more than 63 characters')] : [];
  });
}

function ownerProblems(metadata: KubeObject['metadata']): Cause[] {
  const owners = metadata.ownerReferences;
  if (!Array.isArray(owners)) return [];
  return owners
    .filter(isMap)
    .flatMap((owner, index) =>
      ['apiVersion', 'kind', 'name', 'uid']
        .filter((field) => !owner[field])
        .map((field) => invalid(`metadata.ownerReferences[${index}].${field}`, '', `${field} must not be empty`)),
    );
}

function invalid(field: string, value: string, why: string): Cause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(value)}: ${why}`, field };
}

const suffixAlphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** `base` and five characters, cut so that the whole fits in a label. */
export function generatedName(base: string, uid: string): string {
  const digits = [...uid.replaceAll('-', '')].slice(0, 10);
  const suffix = [0, 2, 4, 6, 8].map(
    (at) => suffixAlphabet[Number.parseInt(digits[at]! + digits[at + 1]!, 16) % suffixAlphabet.length],
  );
  return base.slice(0, 58) + suffix.join('');
}
