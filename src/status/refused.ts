/** Why something cannot be read from an API server, with what to do about it. */
import { hasStatus } from '../platform/kubernetes/api-error.js';
import type { Resource } from '../platform/kubernetes/resource.js';
import { describeError } from '../platform/observability/describe-error.js';

export function refusedText(error: unknown, { plural, group, namespaced }: Resource, namespace?: string): string {
  const of = group === '' ? plural : `${plural}.${group}`;
  const where = namespaced && namespace !== undefined ? ` -n ${namespace}` : '';
  if (hasStatus(error, 403))
    return `no permission to list ${of}: ${describeError(error)}; give it: kubectl create clusterrole openelb-vip-reader --verb=get,list --resource=${of}, and bind it (kubectl auth can-i list ${of}${where})`;
  if (hasStatus(error, 404))
    return `the API server knows no ${of}: install openelb-vip in that cluster, its CRDs first (docs/installing.md), or name another cluster with --kubeconfig`;
  return describeError(error);
}
