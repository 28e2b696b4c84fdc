// Owns: the field numbers of the few messages that kubectl sends as protobuf (`kubectl create`, `auth`, `drain`).
// Source: kubernetes/api generated.proto of core/v1, apps/v1, policy/v1, authorization/v1, authentication/v1 and apimachinery meta/v1.

/** How a field is read. `?`: zero, false and empty are kept, because absent means something else. */
export type FieldType =
  | 'string'
  | 'string?'
  | 'int'
  | 'int?'
  | 'bool'
  | 'bool?'
  | 'bytes'
  | 'time'
  | 'int-or-string'
  | 'quantity'
  | { readonly message: string }
  | { readonly list: FieldType }
  | { readonly map: FieldType };

export type Fields = Readonly<Record<number, readonly [name: string, type: FieldType]>>;

const of = (message: string): FieldType => ({ message });
const list = (type: FieldType): FieldType => ({ list: type });
const map = (type: FieldType): FieldType => ({ map: type });
const withMetadata = (fields: Fields): Fields => ({ 1: ['metadata', of('ObjectMeta')], ...fields });

/** By kind or, for parts of kinds, by type. */
export const messages: Readonly<Record<string, Fields>> = {
  Namespace: withMetadata({ 2: ['spec', of('NamespaceSpec')], 3: ['status', of('NamespaceStatus')] }),
  ConfigMap: withMetadata({ 2: ['data', map('string?')], 3: ['binaryData', map('bytes')], 4: ['immutable', 'bool?'] }),
  Secret: withMetadata({
    2: ['data', map('bytes')],
    3: ['type', 'string'],
    4: ['stringData', map('string?')],
    5: ['immutable', 'bool?'],
  }),
  ServiceAccount: withMetadata({ 4: ['automountServiceAccountToken', 'bool?'] }),
  Service: withMetadata({ 2: ['spec', of('ServiceSpec')], 3: ['status', of('ServiceStatus')] }),
  Deployment: withMetadata({ 2: ['spec', of('DeploymentSpec')], 3: ['status', of('Empty')] }),
  Eviction: withMetadata({ 2: ['deleteOptions', of('DeleteOptions')] }),
  SelfSubjectAccessReview: withMetadata({ 2: ['spec', of('SelfSubjectAccessReviewSpec')], 3: ['status', of('Empty')] }),
  SelfSubjectRulesReview: withMetadata({ 2: ['spec', of('SelfSubjectRulesReviewSpec')], 3: ['status', of('Empty')] }),
  SelfSubjectReview: withMetadata({ 2: ['status', of('UserInfoStatus')] }),
  SelfSubjectAccessReviewSpec: {
    1: ['resourceAttributes', of('ResourceAttributes')],
    2: ['nonResourceAttributes', of('NonResourceAttributes')],
  },
  SelfSubjectRulesReviewSpec: { 1: ['namespace', 'string'] },
  ResourceAttributes: {
    1: ['namespace', 'string'],
    2: ['verb', 'string'],
    3: ['group', 'string'],
    4: ['version', 'string'],
    5: ['resource', 'string'],
    6: ['subresource', 'string'],
    7: ['name', 'string'],
  },
  NonResourceAttributes: { 1: ['path', 'string'], 2: ['verb', 'string'] },
  UserInfoStatus: { 1: ['userInfo', of('Empty')] },
  Empty: {},
  ObjectMeta: {
    1: ['name', 'string'],
    2: ['generateName', 'string'],
    3: ['namespace', 'string'],
    4: ['selfLink', 'string'],
    5: ['uid', 'string'],
    6: ['resourceVersion', 'string'],
    7: ['generation', 'int'],
    8: ['creationTimestamp', 'time'],
    11: ['labels', map('string?')],
    12: ['annotations', map('string?')],
    14: ['finalizers', list('string')],
  },
  DeleteOptions: {
    1: ['gracePeriodSeconds', 'int?'],
    2: ['preconditions', of('Preconditions')],
    4: ['propagationPolicy', 'string'],
    5: ['dryRun', list('string')],
  },
  Preconditions: { 1: ['uid', 'string'], 2: ['resourceVersion', 'string'] },
  NamespaceSpec: { 1: ['finalizers', list('string')] },
  NamespaceStatus: { 1: ['phase', 'string'] },
  ServiceSpec: {
    1: ['ports', list(of('ServicePort'))],
    2: ['selector', map('string?')],
    3: ['clusterIP', 'string'],
    4: ['type', 'string'],
    5: ['externalIPs', list('string')],
    7: ['sessionAffinity', 'string'],
    8: ['loadBalancerIP', 'string'],
    9: ['loadBalancerSourceRanges', list('string')],
    10: ['externalName', 'string'],
    11: ['externalTrafficPolicy', 'string'],
    12: ['healthCheckNodePort', 'int'],
    13: ['publishNotReadyAddresses', 'bool'],
    17: ['ipFamilyPolicy', 'string'],
    18: ['clusterIPs', list('string')],
    19: ['ipFamilies', list('string')],
    20: ['allocateLoadBalancerNodePorts', 'bool?'],
    21: ['loadBalancerClass', 'string'],
    22: ['internalTrafficPolicy', 'string'],
  },
  ServicePort: {
    1: ['name', 'string'],
    2: ['protocol', 'string'],
    3: ['port', 'int'],
    4: ['targetPort', 'int-or-string'],
    5: ['nodePort', 'int'],
    6: ['appProtocol', 'string'],
  },
  ServiceStatus: { 1: ['loadBalancer', of('Empty')] },
  DeploymentSpec: {
    1: ['replicas', 'int?'],
    2: ['selector', of('LabelSelector')],
    3: ['template', of('PodTemplateSpec')],
    4: ['strategy', of('DeploymentStrategy')],
    5: ['minReadySeconds', 'int'],
    6: ['revisionHistoryLimit', 'int?'],
    7: ['paused', 'bool'],
    9: ['progressDeadlineSeconds', 'int?'],
  },
  DeploymentStrategy: { 1: ['type', 'string'] },
  LabelSelector: { 1: ['matchLabels', map('string?')] },
  PodTemplateSpec: withMetadata({ 2: ['spec', of('PodSpec')] }),
  PodSpec: {
    2: ['containers', list(of('Container'))],
    3: ['restartPolicy', 'string'],
    4: ['terminationGracePeriodSeconds', 'int?'],
    6: ['dnsPolicy', 'string'],
    8: ['serviceAccountName', 'string'],
    9: ['serviceAccount', 'string'],
    10: ['nodeName', 'string'],
    11: ['hostNetwork', 'bool'],
    12: ['hostPID', 'bool'],
    13: ['hostIPC', 'bool'],
    16: ['hostname', 'string'],
    17: ['subdomain', 'string'],
    19: ['schedulerName', 'string'],
    24: ['priorityClassName', 'string'],
  },
  Container: {
    1: ['name', 'string'],
    2: ['image', 'string'],
    3: ['command', list('string')],
    4: ['args', list('string')],
    5: ['workingDir', 'string'],
    6: ['ports', list(of('ContainerPort'))],
    8: ['resources', of('ResourceRequirements')],
    13: ['terminationMessagePath', 'string'],
    14: ['imagePullPolicy', 'string'],
    16: ['stdin', 'bool'],
    17: ['stdinOnce', 'bool'],
    18: ['tty', 'bool'],
    20: ['terminationMessagePolicy', 'string'],
  },
  ContainerPort: {
    1: ['name', 'string'],
    2: ['hostPort', 'int'],
    3: ['containerPort', 'int'],
    4: ['protocol', 'string'],
    5: ['hostIP', 'string'],
  },
  ResourceRequirements: { 1: ['limits', map('quantity')], 2: ['requests', map('quantity')] },
};
