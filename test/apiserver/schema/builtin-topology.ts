// Owns: how lists and maps of built-in types are merged, which client-node's type tables do not say.
// Source: x-kubernetes-list-type, -list-map-keys, -map-type, -patch-strategy and -patch-merge-key of the OpenAPI document.
import type { Schema } from './schema.js';

/** A list merged by keys; strategic merge patch knows only one key, by default the first. */
function byKeys(keys: readonly string[], mergeKey = keys[0]!, strategy = 'merge'): Schema {
  return {
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': keys,
    'x-kubernetes-patch-merge-key': mergeKey,
    'x-kubernetes-patch-strategy': strategy,
  };
}

const set: Schema = { 'x-kubernetes-list-type': 'set', 'x-kubernetes-patch-strategy': 'merge' };
const byName = byKeys(['name']);
const byType = byKeys(['type']);
const keptWhenEmpty: Schema = { 'x-kubernetes-keep-empty': true };
const tcp: Schema = { default: 'TCP' };
const atomicMap: Schema = { 'x-kubernetes-map-type': 'atomic' };

/** By `Type.field`. What is not named is atomic, as lists are by default. */
export const listTopology: Readonly<Record<string, Schema>> = {
  'V1ObjectMeta.ownerReferences': byKeys(['uid']),
  'V1ObjectMeta.finalizers': set,
  'V1ServiceSpec.ports': byKeys(['port', 'protocol']),
  'V1ServiceSpec.selector': atomicMap,
  'V1ServicePort.protocol': tcp,
  'V1ContainerPort.protocol': tcp,
  'V1ServiceStatus.conditions': byType,
  'V1NodeSpec.podCIDRs': set,
  'V1NodeStatus.addresses': byType,
  'V1NodeStatus.conditions': byType,
  'V1NamespaceStatus.conditions': byType,
  'V1ServiceAccount.secrets': byName,
  'V1PodSpec.containers': byName,
  'V1PodSpec.initContainers': byName,
  'V1PodSpec.ephemeralContainers': byName,
  'V1PodSpec.volumes': byKeys(['name'], 'name', 'merge,retainKeys'),
  'V1PodSpec.resourceClaims': byKeys(['name'], 'name', 'merge,retainKeys'),
  'V1PodSpec.imagePullSecrets': byName,
  'V1PodSpec.schedulingGates': byName,
  'V1PodSpec.hostAliases': byKeys(['ip']),
  'V1PodSpec.topologySpreadConstraints': byKeys(['topologyKey', 'whenUnsatisfiable']),
  'V1PodSpec.nodeSelector': atomicMap,
  'V1PodStatus.conditions': byType,
  'V1PodStatus.podIPs': byKeys(['ip']),
  'V1Container.ports': byKeys(['containerPort', 'protocol']),
  'V1Container.env': byName,
  'V1Container.volumeMounts': byKeys(['mountPath']),
  'V1Container.volumeDevices': byKeys(['devicePath']),
  'V1EphemeralContainer.ports': byKeys(['containerPort', 'protocol']),
  'V1EphemeralContainer.env': byName,
  'V1EphemeralContainer.volumeMounts': byKeys(['mountPath']),
  'V1EphemeralContainer.volumeDevices': byKeys(['devicePath']),
  'V1ResourceRequirements.claims': byName,
  'V1DeploymentSpec.strategy': { 'x-kubernetes-patch-strategy': 'retainKeys' },
  'V1DeploymentStatus.conditions': byType,
  'V1DaemonSetStatus.conditions': byType,
  'V1StatefulSetStatus.conditions': byType,
  'V1ReplicaSetStatus.conditions': byType,
  'V1JobStatus.conditions': { 'x-kubernetes-patch-merge-key': 'type', 'x-kubernetes-patch-strategy': 'merge' },
  'V1PodDisruptionBudgetStatus.conditions': byType,
  'V1CustomResourceDefinitionStatus.conditions': byType,
  'V1APIServiceStatus.conditions': byType,
  'V1ValidatingWebhookConfiguration.webhooks': byName,
  'V1MutatingWebhookConfiguration.webhooks': byName,
  'V1ValidatingWebhook.matchConditions': byName,
  'V1MutatingWebhook.matchConditions': byName,
  'V1Endpoint.addresses': { 'x-kubernetes-list-type': 'set' },
  'V1EndpointSlice.endpoints': keptWhenEmpty,
  'V1Role.rules': keptWhenEmpty,
  'V1ClusterRole.rules': keptWhenEmpty,
};

/** Types owned as a whole. */
export const mapTopology: ReadonlySet<string> = new Set([
  'CoreV1EndpointPort',
  'DiscoveryV1EndpointPort',
  'RbacV1Subject',
  'V1ConfigMapKeySelector',
  'V1EndpointAddress',
  'V1LabelSelector',
  'V1LocalObjectReference',
  'V1NodeSelector',
  'V1NodeSelectorTerm',
  'V1ObjectFieldSelector',
  'V1ObjectReference',
  'V1ResourceFieldSelector',
  'V1RoleRef',
  'V1SecretKeySelector',
  'V1SecretReference',
  'V1TypedLocalObjectReference',
]);
