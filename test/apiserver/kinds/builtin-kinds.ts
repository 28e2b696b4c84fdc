// Owns: which built-in kinds there are.
import type { KubeObject } from '../object.js';
import type { createSchemaLoader } from '../schema/builtin.js';
import { builtinColumns, plainColumns } from '../table/builtin-columns.js';
import { customResourceDefinitionStrategy } from './custom-resource-definition.js';
import { eventFromStored, eventToStored } from './event.js';
import { namespaceStrategy } from './namespace.js';
import { nodeStrategy, podStrategy } from './node-and-pod.js';
import { apiVersionOf, collectionOf, plainStrategy, type Resource, type Strategy, type Version } from './resource.js';
import { serviceStrategy } from './service.js';
import { validatingWebhookStrategy, webhookConfigurationStrategy } from './webhook-configuration.js';
import { workloadStrategy } from './workload.js';

interface Row {
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  readonly plural: string;
  readonly type?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly global?: boolean;
  readonly hasStatus?: boolean;
  readonly selectable?: readonly string[];
  readonly strategy?: Partial<Strategy>;
}

const all = ['all'];
const counted = { hasGeneration: true };
const strictUpdate = { unconditionalUpdate: false };
const rbac = 'rbac.authorization.k8s.io';
const admission = 'admissionregistration.k8s.io';
const eventFields = [
  'involvedObject.kind',
  'involvedObject.namespace',
  'involvedObject.name',
  'involvedObject.uid',
  'involvedObject.apiVersion',
  'reason',
  'type',
  'source',
  'reportingComponent',
];

const rows: readonly Row[] = [
  {
    kind: 'Namespace',
    plural: 'namespaces',
    shortNames: ['ns'],
    global: true,
    hasStatus: true,
    selectable: ['status.phase'],
    strategy: namespaceStrategy,
  },
  {
    kind: 'Node',
    plural: 'nodes',
    shortNames: ['no'],
    global: true,
    hasStatus: true,
    selectable: ['spec.unschedulable'],
    strategy: nodeStrategy,
  },
  {
    kind: 'Pod',
    plural: 'pods',
    shortNames: ['po'],
    categories: all,
    hasStatus: true,
    selectable: ['spec.nodeName', 'status.phase', 'status.podIP', 'spec.restartPolicy', 'spec.serviceAccountName'],
    strategy: podStrategy,
  },
  {
    kind: 'Service',
    plural: 'services',
    shortNames: ['svc'],
    categories: all,
    hasStatus: true,
    selectable: ['spec.clusterIP', 'spec.type'],
    strategy: serviceStrategy,
  },
  { kind: 'Endpoints', plural: 'endpoints', shortNames: ['ep'], strategy: { createOnUpdate: true } },
  { kind: 'ConfigMap', plural: 'configmaps', shortNames: ['cm'] },
  { kind: 'Secret', plural: 'secrets', selectable: ['type'], strategy: { setDefaults: defaultSecretType } },
  { kind: 'ServiceAccount', plural: 'serviceaccounts', shortNames: ['sa'] },
  {
    kind: 'Event',
    plural: 'events',
    type: 'CoreV1Event',
    shortNames: ['ev'],
    selectable: eventFields,
    strategy: { createOnUpdate: true },
  },
  {
    group: 'apps',
    kind: 'Deployment',
    plural: 'deployments',
    shortNames: ['deploy'],
    categories: all,
    hasStatus: true,
    strategy: workloadStrategy,
  },
  {
    group: 'apps',
    kind: 'DaemonSet',
    plural: 'daemonsets',
    shortNames: ['ds'],
    categories: all,
    hasStatus: true,
    strategy: workloadStrategy,
  },
  {
    group: 'apps',
    kind: 'ReplicaSet',
    plural: 'replicasets',
    shortNames: ['rs'],
    categories: all,
    hasStatus: true,
    strategy: workloadStrategy,
  },
  {
    group: 'apps',
    kind: 'StatefulSet',
    plural: 'statefulsets',
    shortNames: ['sts'],
    categories: all,
    hasStatus: true,
    strategy: workloadStrategy,
  },
  { group: 'batch', kind: 'Job', plural: 'jobs', categories: all, hasStatus: true, strategy: counted },
  {
    group: 'coordination.k8s.io',
    kind: 'Lease',
    plural: 'leases',
    strategy: { ...strictUpdate, createOnUpdate: true },
  },
  { group: 'discovery.k8s.io', kind: 'EndpointSlice', plural: 'endpointslices', strategy: counted },
  {
    group: 'networking.k8s.io',
    kind: 'NetworkPolicy',
    plural: 'networkpolicies',
    shortNames: ['netpol'],
    strategy: counted,
  },
  {
    group: 'policy',
    kind: 'PodDisruptionBudget',
    plural: 'poddisruptionbudgets',
    shortNames: ['pdb'],
    hasStatus: true,
    strategy: counted,
  },
  {
    group: 'scheduling.k8s.io',
    kind: 'PriorityClass',
    plural: 'priorityclasses',
    shortNames: ['pc'],
    global: true,
    strategy: counted,
  },
  { group: rbac, kind: 'ClusterRole', plural: 'clusterroles', global: true },
  { group: rbac, kind: 'ClusterRoleBinding', plural: 'clusterrolebindings', global: true },
  { group: rbac, kind: 'Role', plural: 'roles' },
  { group: rbac, kind: 'RoleBinding', plural: 'rolebindings' },
  {
    group: admission,
    kind: 'ValidatingWebhookConfiguration',
    plural: 'validatingwebhookconfigurations',
    global: true,
    strategy: validatingWebhookStrategy,
  },
  {
    group: admission,
    kind: 'MutatingWebhookConfiguration',
    plural: 'mutatingwebhookconfigurations',
    global: true,
    strategy: webhookConfigurationStrategy,
  },
  {
    group: 'apiextensions.k8s.io',
    kind: 'CustomResourceDefinition',
    plural: 'customresourcedefinitions',
    shortNames: ['crd', 'crds'],
    categories: ['api-extensions'],
    global: true,
    hasStatus: true,
    strategy: customResourceDefinitionStrategy,
  },
];

/** All built-in resources, in the order in which discovery lists them. */
export async function builtinResources(load: ReturnType<typeof createSchemaLoader>): Promise<readonly Resource[]> {
  const resources = await Promise.all(rows.map((row) => toResource(row, load)));
  return [...resources, await eventsGroup(load)];
}

async function toResource(row: Row, load: ReturnType<typeof createSchemaLoader>): Promise<Resource> {
  const { group = '', version = 'v1', kind, plural } = row;
  return {
    group,
    kind,
    listKind: `${kind}List`,
    plural,
    singular: kind.toLowerCase(),
    shortNames: row.shortNames ?? [],
    categories: row.categories ?? [],
    namespaced: !row.global,
    collection: collectionOf(group, plural),
    storageVersion: version,
    versions: [await versionOf(version, row.type ?? `V1${kind}`, kind, load)],
    hasStatus: row.hasStatus ?? false,
    custom: false,
    selectableFields: row.selectable ?? [],
    strategy: { ...plainStrategy, ...row.strategy },
  };
}

async function versionOf(
  name: string,
  type: string,
  kind: string,
  load: ReturnType<typeof createSchemaLoader>,
): Promise<Version> {
  return { name, served: true, schema: await load(type), columns: builtinColumns[kind] ?? plainColumns };
}

/** events.k8s.io shows the objects of core's events under other field names. */
async function eventsGroup(load: ReturnType<typeof createSchemaLoader>): Promise<Resource> {
  const row: Row = {
    group: 'events.k8s.io',
    kind: 'Event',
    plural: 'events',
    type: 'EventsV1Event',
    shortNames: ['ev'],
    selectable: eventFields,
  };
  const resource = await toResource(row, load);
  const convert = {
    fromStored: (object: KubeObject) => eventFromStored(object, apiVersionOf('events.k8s.io', 'v1')),
    toStored: (object: KubeObject) => eventToStored(object),
  };
  return {
    ...resource,
    collection: 'events',
    versions: resource.versions.map((version) => ({ ...version, ...convert })),
  };
}

function defaultSecretType(object: KubeObject): void {
  object.type ??= 'Opaque';
  const text = object.stringData;
  if (typeof text !== 'object' || text === null || Array.isArray(text)) return;
  const encoded = Object.entries(text).map(([key, value]) => [key, Buffer.from(String(value)).toString('base64')]);
  object.data = { ...(object.data as object), ...Object.fromEntries(encoded) };
  delete object.stringData;
}
