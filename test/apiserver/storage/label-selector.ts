// Owns: a LabelSelector as objects carry it.
// Source: metav1.LabelSelector.
import { isMap, type JsonMap, mapAt } from '../object.js';
import type { Selector } from './selectors.js';

/** Selects everything when it is empty. An operator that there is none of selects nothing. */
export function labelSelectorOf(selector: JsonMap): Selector {
  const wanted = Object.entries(mapAt(selector, 'matchLabels') ?? {});
  const { matchExpressions } = selector;
  const expressions = Array.isArray(matchExpressions) ? matchExpressions.filter(isMap) : [];
  return ({ metadata: { labels = {} } }) =>
    wanted.every(([key, value]) => labels[key] === value) && expressions.every((one) => holds(one, labels));
}

function holds({ key, operator, values }: JsonMap, labels: Readonly<Record<string, string>>): boolean {
  const value = labels[String(key)];
  const listed = value !== undefined && Array.isArray(values) && values.includes(value);
  switch (operator) {
    case 'In':
      return listed;
    case 'NotIn':
      return !listed;
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}
