import type { Target } from '../fuzzer.js';

/** What is fuzzed, by name; `planted` shows that the fuzzer sees. Each is loaded where it is asked for, when its coverage is counted. */
const targets = {
  addresses: () => import('./addresses.js'),
  advert: () => import('./advert.js'),
  'agent-answers': () => import('./agent-answers.js'),
  annotations: () => import('./annotations.js'),
  bfd: () => import('./bfd.js'),
  bgp: () => import('./bgp.js'),
  checkpoints: () => import('./checkpoints.js'),
  cluster: () => import('./cluster.js'),
  convert: () => import('./convert.js'),
  http: () => import('./http.js'),
  keepalived: () => import('./keepalived.js'),
  kubeconfig: () => import('./kubeconfig.js'),
  manifests: () => import('./manifests.js'),
  neighbor: () => import('./neighbor.js'),
  netlink: () => import('./netlink.js'),
  node: () => import('./node.js'),
  reviews: () => import('./reviews.js'),
  router: () => import('./router.js'),
  planted: () => import('./planted.js'),
  'planted-object': () => import('./planted-object.js'),
} as const;

export type TargetName = keyof typeof targets;

export function isTarget(name: string): name is TargetName {
  return Object.hasOwn(targets, name);
}

export const targetNames = Object.keys(targets).filter(isTarget);

/** Those with something of the program in them. */
export const realTargets = targetNames.filter((name) => !name.startsWith('planted'));

export async function loadTarget(name: TargetName): Promise<Target<unknown>> {
  const { target } = await targets[name]();
  return target as Target<unknown>;
}
