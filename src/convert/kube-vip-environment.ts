/**
 * The environment of kube-vip, in which its settings are.
 * Source: kube-vip pkg/kubevip/config_envvar.go (v1.2).
 */
import { type Document, type Fields, fields, list } from './document.js';
import { selectorText } from './selector.js';

export interface Environment {
  /** Values that are written there, by name; empty where one comes from elsewhere. */
  readonly values: ReadonlyMap<string, string>;
  /** Whence the others come (`valueFrom`), by name. */
  readonly elsewhere: ReadonlyMap<string, Fields>;
}

/** The Pod of a DaemonSet, Deployment or Pod; of others an empty one. */
function podOf({ kind, spec }: Document): Fields {
  if (!['DaemonSet', 'Deployment', 'Pod'].includes(kind)) return {};
  return kind === 'Pod' ? spec : fields(fields(spec.template).spec);
}

/** Which nodes it runs on, in words; undefined: on all, or on one that its Pod was made for. */
export function nodesOfKubeVip(document: Document): string | undefined {
  const { nodeSelector, affinity } = podOf(document);
  const { nodeSelectorTerms } = fields(
    fields(fields(affinity).nodeAffinity).requiredDuringSchedulingIgnoredDuringExecution,
  );
  const labels = Object.entries(fields(nodeSelector)).filter(([label]) => label !== 'kubernetes.io/os');
  const texts = [
    selectorText({ matchLabels: Object.fromEntries(labels) }),
    list(nodeSelectorTerms).map(selectorText).join('; or '),
  ].filter((text) => text !== '');
  return document.kind === 'Pod' || texts.length === 0 ? undefined : texts.join(', and ');
}

/** Of the first container of kube-vip (not of its cloud provider); undefined where there is none. */
export function environmentOf(document: Document): Environment | undefined {
  const container = list(podOf(document).containers).find(
    ({ image }) => typeof image === 'string' && ofKubeVip.test(image),
  );
  if (container === undefined) return undefined;
  const variables = list(container.env);
  return {
    values: new Map(variables.map(({ name, value }) => [String(name), String(value ?? '')])),
    elsewhere: new Map(
      variables.flatMap(({ name, valueFrom }) =>
        valueFrom === undefined ? [] : [[String(name), fields(valueFrom)] as const],
      ),
    ),
  };
}

const ofKubeVip = /(?:^|\/)kube-vip(?:-iptables)?(?:[:@]|$)/;

/** As Go reads booleans. */
export function isTrue(value: string | undefined): boolean {
  return value !== undefined && /^(?:1|t|T|true|TRUE|True)$/.test(value);
}

/** Whether it announces the addresses of Services by BGP. */
export function routes({ values }: Environment): boolean {
  const services = values.get('svc_enable');
  return isTrue(values.get('bgp_enable')) && (services === undefined || services === '' || isTrue(services));
}
