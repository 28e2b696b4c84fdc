import type { ApiClient } from './client.js';

/**
 * Owns: what the server offers: its version and its resources.
 * Source: Kubernetes API concepts, "API discovery" (aggregated since 1.26, otherwise one document per group version).
 */

export interface Apis {
  readonly version: { readonly major: number; readonly minor: number; readonly gitVersion: string };
  /** Whether the server is of this minor version of Kubernetes 1 or later, for what discovery does not show (fields). */
  atLeast(minor: number): boolean;
  /** @param groupVersion `v1` or `group/version`; @param resource plural, with a subresource as `services/status` */
  has(groupVersion: string, resource: string): boolean;
  /** Group versions that could not be asked about (an aggregated API server that is down); `has` says no for them. */
  readonly unavailable: readonly string[];
}

interface Aggregated {
  readonly items: readonly {
    readonly metadata?: { readonly name?: string };
    readonly versions: readonly {
      readonly version: string;
      readonly freshness?: string;
      readonly resources?: readonly {
        readonly resource: string;
        readonly subresources?: readonly { readonly subresource: string }[];
      }[];
    }[];
  }[];
}

interface Plain {
  readonly versions?: readonly string[];
  readonly groups?: readonly { readonly versions: readonly { readonly groupVersion: string }[] }[];
}

const acceptAggregated =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,' +
  'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json';

/**
 * @param o.groups only these API groups are looked into ('' is core), which saves an old server a request per group
 * version; default all
 */
export async function discover(client: ApiClient, o: { groups?: readonly string[] } = {}): Promise<Apis> {
  const resources = new Set<string>();
  const unavailable: string[] = [];
  const wanted = (groupVersion: string) => o.groups === undefined || o.groups.includes(groupOf(groupVersion));

  const readRoot = async (path: '/api' | '/apis') => {
    const root = await client.request<Aggregated | Plain>({ method: 'GET', path, accept: acceptAggregated });
    if ('items' in root) readAggregated(root, wanted, resources, unavailable);
    else await Promise.all(groupVersionsOf(root).filter(wanted).map(readGroupVersion));
  };

  const readGroupVersion = async (groupVersion: string) => {
    const path = groupVersion.includes('/') ? `/apis/${groupVersion}` : `/api/${groupVersion}`;
    try {
      const list = await client.request<{ resources: readonly { name: string }[] | null }>({ method: 'GET', path });
      for (const { name } of list.resources ?? []) resources.add(`${groupVersion} ${name}`);
    } catch {
      // One broken extension server must not hide all the others.
      unavailable.push(groupVersion);
    }
  };

  const [info] = await Promise.all([
    client.request<{ major: string; minor: string; gitVersion: string }>({ method: 'GET', path: '/version' }),
    readRoot('/api'),
    readRoot('/apis'),
  ]);
  // Some providers write a minor version as "20+".
  const version = { major: parseInt(info.major, 10), minor: parseInt(info.minor, 10), gitVersion: info.gitVersion };
  return {
    version,
    atLeast: (minor) => version.major > 1 || version.minor >= minor,
    has: (groupVersion, resource) => resources.has(`${groupVersion} ${resource}`),
    unavailable,
  };
}

function readAggregated(
  root: Aggregated,
  wanted: (groupVersion: string) => boolean,
  resources: Set<string>,
  unavailable: string[],
): void {
  for (const group of root.items) {
    for (const { version, freshness, resources: served } of group.versions) {
      const groupVersion = group.metadata?.name ? `${group.metadata.name}/${version}` : version;
      if (!wanted(groupVersion)) continue;
      if (freshness === 'Stale') unavailable.push(groupVersion);
      for (const { resource, subresources } of served ?? []) {
        resources.add(`${groupVersion} ${resource}`);
        for (const { subresource } of subresources ?? []) resources.add(`${groupVersion} ${resource}/${subresource}`);
      }
    }
  }
}

function groupVersionsOf(root: Plain): string[] {
  return [...(root.versions ?? []), ...(root.groups ?? []).flatMap((g) => g.versions.map((v) => v.groupVersion))];
}

function groupOf(groupVersion: string): string {
  const slash = groupVersion.indexOf('/');
  return slash === -1 ? '' : groupVersion.slice(0, slash);
}
