/** Label selectors of Kubernetes, and the plain label maps that an Eip has instead. */
import { type Fields, fields, list, strings } from './document.js';

/** The labels that a selector asks for, when asking for labels with one value each is all it does. */
export function plainLabels(selector: Fields): Readonly<Record<string, string>> | undefined {
  const labels = new Map(Object.entries(fields(selector.matchLabels) as Record<string, string>));
  for (const { key, operator, values } of list(selector.matchExpressions)) {
    const [value, ...more] = strings(values);
    if (typeof key !== 'string' || operator !== 'In' || value === undefined || more.length > 0) return undefined;
    // One label with two values is what nothing has: a map cannot say that.
    if (labels.has(key) && labels.get(key) !== value) return undefined;
    labels.set(key, value);
  }
  return Object.fromEntries(labels);
}

/** Whether an object with these labels is selected (all operators of Kubernetes). */
export function selects(selector: Fields, labels: Readonly<Record<string, string>>): boolean {
  const wanted = Object.entries(fields(selector.matchLabels));
  const labelled = (key: unknown) => (Object.hasOwn(labels, String(key)) ? labels[String(key)] : undefined);
  if (!wanted.every(([key, value]) => labelled(key) === value)) return false;
  return list(selector.matchExpressions).every(({ key, operator, values }) => {
    const value = labelled(key);
    switch (operator) {
      case 'In':
        return value !== undefined && strings(values).includes(value);
      case 'NotIn':
        return value === undefined || !strings(values).includes(value);
      case 'Exists':
        return value !== undefined;
      default:
        return operator === 'DoesNotExist' && value === undefined;
    }
  });
}

/** As `kubectl -l` takes it: `zone=a,tier in (web, db),!old`. */
export function selectorText(selector: Fields): string {
  const labels = Object.entries(fields(selector.matchLabels)).map(([key, value]) => `${key}=${String(value)}`);
  const expressions = list(selector.matchExpressions).map(({ key, operator, values }) => {
    if (operator === 'Exists') return String(key);
    if (operator === 'DoesNotExist') return `!${String(key)}`;
    return `${String(key)} ${operator === 'NotIn' ? 'notin' : 'in'} (${strings(values).join(', ')})`;
  });
  return [...labels, ...expressions].join(',');
}
