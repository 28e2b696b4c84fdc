import type { Cluster } from '../harness.js';
import type { RawClient } from './raw-client.js';

/** What a part of the contract runs on. Members are filled before the first test runs. */
export interface Subject {
  readonly cluster: Cluster;
  readonly client: RawClient;
  /** Real kubectl against the cluster; resolves with what it printed, whatever its exit code. */
  readonly kubectl: (args: readonly string[], input?: string) => Promise<{ code: number; out: string; err: string }>;
  /** A path below a namespace that this run has for itself, such as `in('services')`. */
  readonly inside: (plural: string, name?: string) => string;
  readonly namespace: string;
  /** The server's minor version, such as 20. */
  readonly minor: number;
}

/** A claim that only holds since a minor version; on an older server it is skipped, saying so. */
export function since(subject: Subject, minor: number, claim: string, test: () => Promise<void>): void {
  it(claim, function () {
    if (subject.minor >= minor) return test();
    this.test!.title += ` (since 1.${minor}; this server is 1.${subject.minor})`;
    return this.skip();
  });
}

/** The CRD that the contract brings along: two versions, status, defaults, and lists of every type. */
export const widgetDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.contract.example' },
  spec: {
    group: 'contract.example',
    scope: 'Cluster',
    names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'] },
    versions: ['v1', 'v1beta1'].map((name) => ({
      name,
      served: true,
      storage: name === 'v1',
      subresources: { status: {} },
      additionalPrinterColumns: [
        { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
        { name: 'Since', type: 'date', jsonPath: '.status.since' },
        { name: 'Color', type: 'string', priority: 1, jsonPath: '.spec.color' },
      ],
      schema: { openAPIV3Schema: { type: 'object', properties: { spec: spec(), status: status() } } },
    })),
  },
};

function members() {
  return {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['node'],
    items: { type: 'object', required: ['node'], properties: { node: { type: 'string' }, state: { type: 'string' } } },
  };
}

function spec() {
  return {
    type: 'object',
    required: ['size'],
    properties: {
      size: { type: 'integer', minimum: 1, maximum: 9 },
      color: { type: 'string', enum: ['red', 'green'], default: 'red' },
      code: { type: 'string', pattern: '^[a-z]+$', maxLength: 5 },
      at: { type: 'string', format: 'date-time' },
      tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
      steps: { type: 'array', items: { type: 'string' } },
      members: members(),
      box: { type: 'object', properties: { depth: { type: 'integer' }, width: { type: 'integer' } } },
      free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      labels: { type: 'object', additionalProperties: { type: 'string' } },
    },
  };
}

function status() {
  return {
    type: 'object',
    properties: { holder: { type: 'string' }, since: { type: 'string', format: 'date-time' }, members: members() },
  };
}

export const widgets = '/apis/contract.example/v1/widgets';

export function widget(name: string, spec: object = { size: 1 }) {
  return { apiVersion: 'contract.example/v1', kind: 'Widget', metadata: { name }, spec };
}
