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

/** What a selector asks for, in the words of an Eip. */
export interface Selected {
  /** The namespaces whose Services are selected; undefined: it asks for none. */
  readonly namespaces?: readonly string[];
  /** What it asks for of a Service's labels; undefined: nothing. */
  readonly services?: Fields;
  /** It asks for what is no label of a Service, and what an Eip cannot ask for: its name, or namespaces that it is not in. */
  readonly unsaid: boolean;
}

export function selectedBy(selector: Fields): Selected {
  const labels = Object.entries(fields(selector.matchLabels));
  const expressions = list(selector.matchExpressions);
  const isOfNamespaces = ({ key, operator }: Fields) => key === namespaceLabel && operator === 'In';
  const isOfServices = (key: unknown) => !String(key).startsWith('io.kubernetes.service.');
  const sets = [
    ...labels.flatMap(([key, value]) => (key === namespaceLabel ? [[String(value)]] : [])),
    ...expressions.filter(isOfNamespaces).map(({ values }) => strings(values)),
  ];
  const matchLabels = labels.filter(([key]) => isOfServices(key));
  const matchExpressions = expressions.filter(({ key }) => isOfServices(key));
  const asked = matchLabels.length + matchExpressions.length;
  const services = {
    ...(matchLabels.length === 0 ? {} : { matchLabels: Object.fromEntries(matchLabels) }),
    ...(matchExpressions.length === 0 ? {} : { matchExpressions }),
  };
  const rest = {
    ...(asked === 0 ? {} : { services }),
    unsaid: labels.length + expressions.length > sets.length + asked,
  };
  const [first, ...others] = sets;
  if (first === undefined) return rest;
  return { namespaces: first.filter((name) => others.every((each) => each.includes(name))), ...rest };
}
