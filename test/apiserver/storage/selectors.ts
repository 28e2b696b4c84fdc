// Owns: labelSelector and fieldSelector of a list or watch.
// Source: kubernetes/apimachinery pkg/labels/selector.go (grammar), pkg/fields; field labels as each kind supports them.

import { isMap, type Json, type KubeObject } from '../object.js';
import { badRequest } from '../status.js';

export type Selector = (object: KubeObject) => boolean;

const everything: Selector = () => true;

/** Parses `a=b,c!=d,e in (f,g),h notin (i),j,!k`. Throws a 400 Failure that quotes the requirement it cannot read. */
export function parseLabelSelector(text: string | null): Selector {
  if (!text) return everything;
  const requirements = splitRequirements(text).map(parseRequirement);
  return ({ metadata }) => requirements.every((matches) => matches(metadata.labels ?? {}));
}

/** Commas inside parentheses separate values, the others separate requirements. */
function splitRequirements(text: string): string[] {
  return text.split(/,(?![^(]*\))/).map((part) => part.trim());
}

type Labels = Record<string, string>;

function parseRequirement(text: string): (labels: Labels) => boolean {
  const set = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(text);
  if (set) {
    const [, key, operator, list] = set as unknown as [string, string, string, string];
    const values = list.split(',').map((value) => value.trim());
    if (operator === 'in') return (labels) => key in labels && values.includes(labels[key]!);
    return (labels) => !(key in labels) || !values.includes(labels[key]!);
  }
  const comparison = /^([^\s=!<>]+)\s*(==|=|!=|>|<)\s*([^\s=!<>]*)$/.exec(text);
  if (comparison) {
    const [, key, operator, value] = comparison as unknown as [string, string, string, string];
    if (operator === '!=') return (labels) => labels[key] !== value;
    if (operator === '>') return (labels) => key in labels && Number(labels[key]) > Number(value);
    if (operator === '<') return (labels) => key in labels && Number(labels[key]) < Number(value);
    return (labels) => labels[key] === value;
  }
  const existence = /^(!?)\s*([^\s=!<>(),]+)$/.exec(text);
  if (!existence) throw badRequest(`unable to parse requirement: found '${text}'`);
  const [, not, key] = existence as unknown as [string, string, string];
  return not ? (labels) => !(key in labels) : (labels) => key in labels;
}

/**
 * Parses `metadata.name=a,spec.nodeName!=b`. `supported` lists the field paths a kind allows beside metadata.name and
 * metadata.namespace; any other is a 400 Failure.
 */
export function parseFieldSelector(text: string | null, supported: readonly string[]): Selector {
  if (!text) return everything;
  const requirements = text.split(',').map((part) => {
    const parsed = /^([^=!]+)(==|=|!=)(.*)$/.exec(part.trim());
    if (!parsed) throw badRequest(`invalid selector: '${part}'; can't understand '${part}'`);
    const [, path, operator, value] = parsed as unknown as [string, string, string, string];
    if (path !== 'metadata.name' && path !== 'metadata.namespace' && !supported.includes(path))
      throw badRequest(`field label not supported: ${path}`);
    return (object: KubeObject) => (fieldText(object, path) === value) === (operator !== '!=');
  });
  return (object) => requirements.every((matches) => matches(object));
}

function fieldText(object: KubeObject, path: string): string {
  let value: Json | undefined = object;
  for (const field of path.split('.')) value = isMap(value) ? value[field] : undefined;
  return value === undefined || value === null ? '' : String(value);
}
