// Owns: /version, /api, /apis and the resource lists of each version.
// Source: metav1.APIGroupList, APIResourceList (unaggregated discovery, which every client falls back to).

import { apiVersionOf, type Resource } from '../kinds/resource.js';
import type { JsonMap } from '../object.js';

const readWrite = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const writeOnly = ['create'];

/** Virtual resources: requests that are answered and not stored. */
const reviews = [
  {
    group: 'authorization.k8s.io',
    plural: 'selfsubjectaccessreviews',
    kind: 'SelfSubjectAccessReview',
    namespaced: false,
  },
  { group: 'authorization.k8s.io', plural: 'subjectaccessreviews', kind: 'SubjectAccessReview', namespaced: false },
  {
    group: 'authorization.k8s.io',
    plural: 'selfsubjectrulesreviews',
    kind: 'SelfSubjectRulesReview',
    namespaced: false,
  },
  { group: 'authentication.k8s.io', plural: 'tokenreviews', kind: 'TokenReview', namespaced: false },
  { group: 'authentication.k8s.io', plural: 'selfsubjectreviews', kind: 'SelfSubjectReview', namespaced: false },
];

export const versionInfo: JsonMap = {
  major: '1',
  minor: '35',
  gitVersion: 'v1.35.0+small',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: 'linux/amd64',
};

export function coreVersions(address: string): JsonMap {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
  };
}

export function groupList(resources: readonly Resource[]): JsonMap {
  const groups = [...new Set([...resources.map(({ group }) => group), ...reviews.map(({ group }) => group)])].filter(
    Boolean,
  );
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map((name) => groupOf(name, resources)!) };
}

/** One group, `undefined` when nothing is served in it. */
export function group(name: string, resources: readonly Resource[]): JsonMap | undefined {
  const found = groupOf(name, resources);
  return found && { kind: 'APIGroup', apiVersion: 'v1', ...found };
}

function groupOf(name: string, resources: readonly Resource[]): JsonMap | undefined {
  const versions = servedVersions(name, resources);
  if (versions.length === 0) return undefined;
  const shown = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: shown, preferredVersion: shown[0]! };
}

/** Stable versions first, then beta, then alpha; higher numbers first. */
export function servedVersions(name: string, resources: readonly Resource[]): string[] {
  const own = resources
    .filter(({ group }) => group === name)
    .flatMap(({ versions }) => versions.filter(({ served }) => served));
  const all = [...own.map((version) => version.name), ...reviews.filter(({ group }) => group === name).map(() => 'v1')];
  return [...new Set(all)].sort((a, b) => rank(b) - rank(a));
}

function rank(version: string): number {
  const [, major, stage, minor] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version) ?? [];
  const stages: Record<string, number> = { alpha: 0, beta: 1 };
  return (stage ? stages[stage]! : 2) * 1e6 + Number(major ?? 0) * 1e3 + Number(minor ?? 0);
}

/** The resources of one version, `undefined` when it is not served. */
export function resourceList(groupName: string, version: string, resources: readonly Resource[]): JsonMap | undefined {
  if (!servedVersions(groupName, resources).includes(version)) return undefined;
  const own = resources.filter(
    (one) => one.group === groupName && one.versions.some(({ name, served }) => name === version && served),
  );
  const virtual = version === 'v1' ? reviews.filter((review) => review.group === groupName) : [];
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersionOf(groupName, version),
    resources: [
      ...own.flatMap(entries),
      ...virtual.map(({ plural, kind, namespaced }) => ({
        name: plural,
        singularName: '',
        namespaced,
        kind,
        verbs: writeOnly,
      })),
    ],
  };
}

function entries(resource: Resource): JsonMap[] {
  const { plural, singular, namespaced, kind, shortNames, categories } = resource;
  const main = {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs: readWrite,
    ...(shortNames.length > 0 && { shortNames: [...shortNames] }),
    ...(categories.length > 0 && { categories: [...categories] }),
  };
  const status = { name: `${plural}/status`, singularName: '', namespaced, kind, verbs: ['get', 'patch', 'update'] };
  const eviction = {
    name: `${plural}/eviction`,
    singularName: '',
    namespaced,
    group: 'policy',
    version: 'v1',
    kind: 'Eviction',
    verbs: writeOnly,
  };
  return [main, ...(resource.hasStatus ? [status] : []), ...(resource.collection === 'pods' ? [eviction] : [])];
}
