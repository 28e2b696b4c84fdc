import { isMap, type JsonMap } from '../object.js';
import type { Strategy } from './resource.js';

/** Nodes register with their status. */
export const nodeStrategy: Partial<Strategy> = { keepsStatusOnCreate: true };

/** Pods are stored; nobody schedules or runs them. */
export const podStrategy: Partial<Strategy> = {
  returnsDeleted: true,
  setDefaults(object) {
    if (!isMap(object.spec)) return;
    const { spec } = object;
    spec.restartPolicy ??= 'Always';
    spec.dnsPolicy ??= 'ClusterFirst';
    spec.schedulerName ??= 'default-scheduler';
    spec.terminationGracePeriodSeconds ??= 30;
    spec.securityContext ??= {};
    spec.enableServiceLinks ??= true;
    defaultContainers(spec);
  },
  prepareCreate(object) {
    object.status = { phase: 'Pending', qosClass: 'BestEffort' };
  },
};

/** Defaults of the containers of a pod or pod template. */
export function defaultContainers(podSpec: JsonMap): void {
  for (const list of [podSpec.containers, podSpec.initContainers])
    for (const container of (Array.isArray(list) ? list : []).filter(isMap)) {
      container.terminationMessagePath ??= '/dev/termination-log';
      container.terminationMessagePolicy ??= 'File';
      container.imagePullPolicy ??= /:(?!latest$)[^/]+$/.test(String(container.image)) ? 'IfNotPresent' : 'Always';
      container.resources ??= {};
    }
}
