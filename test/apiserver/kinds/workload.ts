// Owns: what makes Deployments, DaemonSets, ReplicaSets and StatefulSets valid. Nothing acts on them.
import { equals, isMap, type JsonMap, type KubeObject, mapAt } from '../object.js';
import type { Cause } from '../status.js';
import { defaultContainers } from './node-and-pod.js';
import type { Strategy } from './resource.js';

export const workloadStrategy: Partial<Strategy> = {
  hasGeneration: true,
  setDefaults(object) {
    const spec = mapAt(object, 'spec');
    if (!spec) return;
    if (object.kind !== 'DaemonSet') spec.replicas ??= 1;
    spec.revisionHistoryLimit ??= 10;
    if (object.kind === 'DaemonSet')
      spec.updateStrategy ??= { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } };
    if (object.kind === 'Deployment') {
      spec.progressDeadlineSeconds ??= 600;
      spec.strategy ??= { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } };
    }
    const pod = mapAt(mapAt(spec, 'template') ?? {}, 'spec');
    if (pod) defaultPodTemplate(pod);
  },
  validate: (next, previous) => [...selectorCauses(next, previous)],
};

function defaultPodTemplate(pod: JsonMap): void {
  pod.restartPolicy ??= 'Always';
  pod.dnsPolicy ??= 'ClusterFirst';
  pod.schedulerName ??= 'default-scheduler';
  pod.terminationGracePeriodSeconds ??= 30;
  pod.securityContext ??= {};
  defaultContainers(pod);
}

function* selectorCauses(next: KubeObject, previous: KubeObject | undefined): Generator<Cause> {
  const spec = mapAt(next, 'spec') ?? {};
  const template = mapAt(spec, 'template');
  if (!isMap(spec.selector)) yield { reason: 'FieldValueRequired', message: 'Required value', field: 'spec.selector' };
  else if (previous && !equals(spec.selector, mapAt(previous, 'spec')?.selector))
    yield {
      reason: 'FieldValueInvalid',
      message: `Invalid value: ${JSON.stringify(spec.selector)}: field is immutable`,
      field: 'spec.selector',
    };
  else {
    const labels = mapAt(mapAt(template ?? {}, 'metadata') ?? {}, 'labels') ?? {};
    const wanted = mapAt(spec.selector, 'matchLabels') ?? {};
    if (Object.entries(wanted).some(([key, value]) => labels[key] !== value))
      yield {
        reason: 'FieldValueInvalid',
        message: `Invalid value: ${JSON.stringify(labels)}: \`selector\` does not match template \`labels\``,
        field: 'spec.template.metadata.labels',
      };
  }
  const containers = mapAt(template ?? {}, 'spec')?.containers;
  if (!Array.isArray(containers) || containers.length === 0)
    yield { reason: 'FieldValueRequired', message: 'Required value', field: 'spec.template.spec.containers' };
}
