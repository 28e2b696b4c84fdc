// Owns: what `kubectl get` shows of built-in kinds.
// Source: kubernetes pkg/printers/internalversion/printers.go, as seen with kubectl on 1.20.
import { isMap, type Json, type JsonMap, type KubeObject } from '../object.js';
import type { Column } from './column.js';
import { since } from './duration.js';

type Cell = (object: KubeObject, now: number) => Json;

function column(name: string, cell: Cell, priority = 0, type: Column['type'] = 'string'): Column {
  return { name, type, format: name === 'Name' ? 'name' : '', description: '', priority, cell };
}

const wide = (name: string, cell: Cell) => column(name, cell, 1);
const number = (name: string, cell: Cell) => column(name, cell, 0, 'integer');
const name = column('Name', ({ metadata }) => metadata.name);
const age = column('Age', ({ metadata }, now) => since(metadata.creationTimestamp, now));

const list = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);
const maps = (value: Json | undefined): JsonMap[] => list(value).filter(isMap);
const map = (value: Json | undefined): JsonMap => (isMap(value) ? value : {});
const text = (value: Json | undefined, otherwise = ''): string =>
  value === undefined || value === null || value === '' ? otherwise : String(value);
const count = (value: Json | undefined): number => (typeof value === 'number' ? value : 0);
const labelText = (labels: Json | undefined): string =>
  Object.entries(map(labels))
    .map(([key, value]) => `${key}=${text(value)}`)
    .join(',') || '<none>';
const selectorText = (selector: Json | undefined): string => labelText(map(selector).matchLabels);
const spec = (object: KubeObject) => map(object.spec);
const status = (object: KubeObject) => map(object.status);
const podTemplate = (object: KubeObject) => map(map(spec(object).template).spec);
const containers = wide('Containers', (object) =>
  maps(podTemplate(object).containers)
    .map((one) => text(one.name))
    .join(','),
);
const images = wide('Images', (object) =>
  maps(podTemplate(object).containers)
    .map((one) => text(one.image))
    .join(','),
);
const selector = wide('Selector', (object) => selectorText(spec(object).selector));
const dataCount = number(
  'Data',
  (object) => Object.keys(map(object.data)).length + Object.keys(map(object.binaryData)).length,
);

/** Columns by kind; kinds that are not named show Name and Age. */
export const builtinColumns: Readonly<Record<string, readonly Column[]>> = {
  Service: [
    name,
    column('Type', (object) => text(spec(object).type)),
    column('Cluster-IP', (object) => text(spec(object).clusterIP, '<none>')),
    column('External-IP', externalAddresses),
    column('Port(s)', (object) => maps(spec(object).ports).map(portText).join(',') || '<none>'),
    age,
    wide('Selector', (object) => labelText(spec(object).selector)),
  ],
  Node: [
    name,
    column('Status', nodeStatus),
    column('Roles', nodeRoles),
    age,
    column('Version', (object) => text(map(status(object).nodeInfo).kubeletVersion)),
    wide('Internal-IP', (object) => nodeAddress(object, 'InternalIP')),
    wide('External-IP', (object) => nodeAddress(object, 'ExternalIP')),
    wide('OS-Image', (object) => text(map(status(object).nodeInfo).osImage, '<unknown>')),
    wide('Kernel-Version', (object) => text(map(status(object).nodeInfo).kernelVersion, '<unknown>')),
    wide('Container-Runtime', (object) => text(map(status(object).nodeInfo).containerRuntimeVersion, '<unknown>')),
  ],
  Namespace: [name, column('Status', (object) => text(status(object).phase)), age],
  Pod: [
    name,
    column('Ready', podReady),
    column('Status', (object) =>
      object.metadata.deletionTimestamp ? 'Terminating' : text(status(object).reason, text(status(object).phase)),
    ),
    column('Restarts', (object) =>
      String(maps(status(object).containerStatuses).reduce((sum, one) => sum + count(one.restartCount), 0)),
    ),
    age,
    wide('IP', (object) => text(status(object).podIP, '<none>')),
    wide('Node', (object) => text(spec(object).nodeName, '<none>')),
    wide('Nominated Node', (object) => text(status(object).nominatedNodeName, '<none>')),
    wide('Readiness Gates', () => '<none>'),
  ],
  Event: [
    column('Last Seen', eventLastSeen),
    column('Type', (object) => text(object.type)),
    column('Reason', (object) => text(object.reason)),
    column('Object', (object) => {
      const about = map(object.involvedObject);
      return `${text(about.kind).toLowerCase()}/${text(about.name)}`;
    }),
    wide('Subobject', (object) => text(map(object.involvedObject).fieldPath)),
    wide('Source', (object) =>
      [text(map(object.source).component, text(object.reportingComponent)), text(map(object.source).host)]
        .filter(Boolean)
        .join(', '),
    ),
    column('Message', (object) => text(object.message).trim()),
    wide('First Seen', (object, now) => since(text(object.firstTimestamp, text(object.eventTime)) || undefined, now)),
    wide('Count', (object) => String(count(map(object.series).count) || count(object.count) || 1)),
    wide('Name', ({ metadata }) => metadata.name),
  ],
  Lease: [name, column('Holder', (object) => text(spec(object).holderIdentity)), age],
  EndpointSlice: [
    name,
    column('AddressType', (object) => text(object.addressType)),
    column('Ports', (object) =>
      firstFew(
        maps(object.ports).map((port) => text(port.port, '*')),
        '<unset>',
      ),
    ),
    column('Endpoints', (object) =>
      firstFew(
        maps(object.endpoints).flatMap((one) => list(one.addresses).map((address) => text(address))),
        '<unset>',
      ),
    ),
    age,
  ],
  Endpoints: [name, column('Endpoints', endpointsText), age],
  Deployment: [
    name,
    column('Ready', (object) => `${count(status(object).readyReplicas)}/${count(spec(object).replicas)}`),
    number('Up-to-date', (object) => count(status(object).updatedReplicas)),
    number('Available', (object) => count(status(object).availableReplicas)),
    age,
    containers,
    images,
    selector,
  ],
  DaemonSet: [
    name,
    number('Desired', (object) => count(status(object).desiredNumberScheduled)),
    number('Current', (object) => count(status(object).currentNumberScheduled)),
    number('Ready', (object) => count(status(object).numberReady)),
    number('Up-to-date', (object) => count(status(object).updatedNumberScheduled)),
    number('Available', (object) => count(status(object).numberAvailable)),
    column('Node Selector', (object) => labelText(podTemplate(object).nodeSelector)),
    age,
    containers,
    images,
    selector,
  ],
  ConfigMap: [name, dataCount, age],
  Secret: [name, column('Type', (object) => text(object.type)), dataCount, age],
  ServiceAccount: [name, number('Secrets', (object) => list(object.secrets).length), age],
  ClusterRole: [name, column('Created At', ({ metadata }) => metadata.creationTimestamp)],
  Role: [name, column('Created At', ({ metadata }) => metadata.creationTimestamp)],
  ClusterRoleBinding: [name, column('Role', roleText), age],
  RoleBinding: [name, column('Role', roleText), age],
  ValidatingWebhookConfiguration: [name, number('Webhooks', (object) => list(object.webhooks).length), age],
  MutatingWebhookConfiguration: [name, number('Webhooks', (object) => list(object.webhooks).length), age],
  CustomResourceDefinition: [name, column('Created At', ({ metadata }) => metadata.creationTimestamp)],
};

export const plainColumns: readonly Column[] = [name, age];

function externalAddresses(object: KubeObject): string {
  const { type, externalIPs } = spec(object);
  const fixed = list(externalIPs).map((ip) => text(ip));
  if (type === 'ExternalName') return text(spec(object).externalName);
  const ingress = maps(map(status(object).loadBalancer).ingress).map((one) => text(one.ip, text(one.hostname)));
  if (type === 'LoadBalancer') return [...ingress, ...fixed].join(',') || '<pending>';
  return fixed.join(',') || '<none>';
}

function portText(port: JsonMap): string {
  const node = count(port.nodePort);
  return `${text(port.port)}${node > 0 ? `:${node}` : ''}/${text(port.protocol)}`;
}

function nodeStatus(object: KubeObject): string {
  const ready = maps(status(object).conditions).find((condition) => condition.type === 'Ready');
  const state = !ready ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return spec(object).unschedulable === true ? `${state},SchedulingDisabled` : state;
}

function nodeRoles({ metadata }: KubeObject): string {
  const prefix = 'node-role.kubernetes.io/';
  const roles = Object.entries(metadata.labels ?? {}).flatMap(([label, value]) => {
    if (label.startsWith(prefix) && label.length > prefix.length) return [label.slice(prefix.length)];
    return label === 'kubernetes.io/role' && value ? [value] : [];
  });
  return roles.sort().join(',') || '<none>';
}

function nodeAddress(object: KubeObject, type: string): string {
  return text(maps(status(object).addresses).find((address) => address.type === type)?.address, '<none>');
}

function podReady(object: KubeObject): string {
  const ready = maps(status(object).containerStatuses).filter((one) => one.ready === true).length;
  return `${ready}/${list(spec(object).containers).length}`;
}

function eventLastSeen(object: KubeObject, now: number): string {
  const last = text(map(object.series).lastObservedTime, text(object.lastTimestamp, text(object.eventTime)));
  return since(last || undefined, now);
}

function endpointsText(object: KubeObject): string {
  const pairs = maps(object.subsets).flatMap((subset) => {
    const ports = maps(subset.ports);
    const addresses = maps(subset.addresses).map((address) => text(address.ip));
    return addresses.flatMap((ip) => (ports.length > 0 ? ports.map((port) => `${ip}:${text(port.port)}`) : [ip]));
  });
  return firstFew(pairs, '<none>');
}

function firstFew(items: readonly string[], none: string): string {
  if (items.length === 0) return none;
  const shown = items.slice(0, 3).join(',');
  return items.length > 3 ? `${shown} + ${items.length - 3} more...` : shown;
}

function roleText(object: KubeObject): string {
  const role = map(object.roleRef);
  return `${text(role.kind)}/${text(role.name)}`;
}
