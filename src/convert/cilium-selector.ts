/** Cilium's selectors of Services, which know the namespace of a Service as a label. Source: Cilium operator/pkg/lbipam (v1.18). */
import { type Fields, fields, list, strings } from './document.js';

const namespaceLabel = 'io.kubernetes.service.namespace';

/** Whether every Service is selected: there is none, it asks for nothing, or for what Cilium's own manual writes to say that. */
export function everyService(selector: unknown): boolean {
  const { matchLabels, matchExpressions } = fields(selector);
  return (
    Object.keys(fields(matchLabels)).length === 0 &&
    list(matchExpressions).every(
      ({ operator, values }) => operator === 'NotIn' && strings(values).every((value) => value === 'never-used-value'),
    )
  );
}

/** The namespaces whose Services are selected; undefined: it asks for none. `more`: it asks for something else, too. */
export function namespacesOf(selector: Fields): {
  readonly namespaces?: readonly string[];
  readonly more: boolean;
} {
  const labels = Object.entries(fields(selector.matchLabels));
  const expressions = list(selector.matchExpressions);
  const isOfNamespaces = ({ key, operator }: Fields) => key === namespaceLabel && operator === 'In';
  const sets = [
    ...labels.flatMap(([key, value]) => (key === namespaceLabel ? [[String(value)]] : [])),
    ...expressions.filter(isOfNamespaces).map(({ values }) => strings(values)),
  ];
  const more = labels.length + expressions.length > sets.length;
  const [first, ...others] = sets;
  if (first === undefined) return { more };
  return { namespaces: first.filter((name) => others.every((each) => each.includes(name))), more };
}
