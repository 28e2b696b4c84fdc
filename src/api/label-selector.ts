/** Label selectors of Kubernetes (`metav1.LabelSelector`), as BgpPeers and Eips have them. Pure. */
import type { Problem } from './problem.js';
import { shown } from './shown.js';

/** Which labels something must have; the two forms of OpenELB and of Kubernetes. */
export const labelSelector = {
  type: 'object',
  'x-kubernetes-map-type': 'atomic',
  properties: {
    matchLabels: { type: 'object', additionalProperties: { type: 'string' } },
    matchExpressions: {
      type: 'array',
      items: {
        type: 'object',
        required: ['key', 'operator'],
        properties: {
          key: { type: 'string' },
          operator: { type: 'string', description: 'In, NotIn, Exists or DoesNotExist.' },
          values: { type: 'array', items: { type: 'string' } },
        },
      },
    },
  },
} as const;

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/** Whether an object with these labels is chosen. One that asks for nothing, or is not there, chooses all. */
export function isSelected(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector = {},
  labels: Readonly<Record<string, string>> = {},
): boolean {
  const labelled = (key: string) => (Object.hasOwn(labels, key) ? labels[key] : undefined);
  if (!Object.entries(matchLabels).every(([key, value]) => labelled(key) === value)) return false;
  return matchExpressions.every(({ key, operator, values = [] }) => {
    const value = labelled(key);
    switch (operator) {
      case 'In':
        return value !== undefined && values.includes(value);
      case 'NotIn':
        return value === undefined || !values.includes(value);
      case 'Exists':
        return value !== undefined;
      default:
        return operator === 'DoesNotExist' && value === undefined;
    }
  });
}

/** Whether one of these chooses what has these labels; without any, all are chosen. */
export function isSelectedByAny(
  selectors: readonly LabelSelector[] = [],
  labels: Readonly<Record<string, string>> = {},
): boolean {
  return selectors.length === 0 || selectors.some((each) => isSelected(each, labels));
}

/** The names of the labels that any of these asks for, each once. */
export function selectedLabels(selectors: readonly LabelSelector[]): readonly string[] {
  const names = selectors.flatMap(({ matchLabels = {}, matchExpressions = [] }) => [
    ...Object.keys(matchLabels),
    ...matchExpressions.map(({ key }) => key),
  ]);
  return [...new Set(names)];
}

const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

/** The first thing wrong with the selector at `path`. */
export function labelSelectorProblems(path: string, selector: LabelSelector | undefined): readonly Problem[] {
  const wrong = firstProblem(selector ?? {});
  return wrong === undefined ? [] : [{ ...wrong, path: `${path}.${wrong.path}` }];
}

function firstProblem({ matchExpressions = [] }: LabelSelector): Problem | undefined {
  for (const [index, { operator, values = [] }] of matchExpressions.entries()) {
    const path = `matchExpressions[${index}]`;
    if (!operators.includes(operator)) {
      const message = `is ${shown(operator)}: it must be one of ${operators.join(', ')}`;
      return { path: `${path}.operator`, message };
    }
    const needsValues = operator === 'In' || operator === 'NotIn';
    if (needsValues && values.length === 0)
      return { path: `${path}.values`, message: `is empty: ${operator} needs at least one value` };
    if (!needsValues && values.length > 0)
      return { path: `${path}.values`, message: `has entries: ${operator} takes none, leave them out` };
  }
  return undefined;
}
