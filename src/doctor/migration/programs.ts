/** What of MetalLB runs, and how kube-proxy treats ARP. Pure, whatever the objects hold. */
import { parseBounded } from '../../convert/bounded-yaml.js';
import { fields, list } from '../../convert/document.js';
import type { Seen } from './read.js';

export interface Programs {
  /** The nodes of speakers, sorted. */
  readonly speakers: readonly string[];
  readonly controllerRuns: boolean;
  /** Our controller sees that MetalLB's runs, and leaves its Services to it. */
  readonly isSeen: boolean;
}

export function programsOf({ pods, webhook }: Pick<Seen, 'pods' | 'webhook'>): Programs {
  const running = pods.filter((pod) => !ended.includes(String(fields(fields(pod).status).phase)));
  const of = (program: string) => running.filter((pod) => isOf(pod, program));
  return {
    speakers: of('speaker')
      .map((pod) => String(fields(fields(pod).spec).nodeName ?? 'no node yet'))
      .sort(),
    controllerRuns: of('controller').length > 0,
    isSeen: list(fields(webhook).subsets).some(
      ({ addresses, notReadyAddresses }) => list(addresses).length + list(notReadyAddresses).length > 0,
    ),
  };
}

const ended = ['Succeeded', 'Failed'];

/** By the labels of MetalLB's manifests and of its Helm chart, or by its image. */
function isOf(pod: unknown, program: string): boolean {
  const { metadata, spec } = fields(pod);
  const labels = fields(fields(metadata).labels);
  if (labels.app === 'metallb' && labels.component === program) return true;
  if (labels['app.kubernetes.io/name'] === 'metallb' && labels['app.kubernetes.io/component'] === program) return true;
  const called = new RegExp(`metallb[-/]${program}(?:[:@]|$)`);
  return list(fields(spec).containers).some(({ image }) => called.test(String(image)));
}

/** Why every node would answer for an address that one node announces on a LAN; undefined: nothing says so. */
export function strictArpProblem(kubeProxy: unknown): string | undefined {
  const text = fields(fields(kubeProxy).data)['config.conf'];
  if (typeof text !== 'string') return undefined;
  let config: unknown;
  try {
    config = parseBounded(text);
  } catch (error) {
    return `ConfigMap kube-system/kube-proxy: data["config.conf"] ${(error as Error).message}: whether strictARP is on cannot be said`;
  }
  const { mode, ipvs } = fields(config);
  if (mode !== 'ipvs' || fields(ipvs).strictARP === true) return undefined;
  return 'ConfigMap kube-system/kube-proxy: ipvs.strictARP is not true, so every node answers for addresses of a LAN: set it, and restart kube-proxy';
}
