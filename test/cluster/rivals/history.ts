// Owns: everything that ever happened to the addresses of Services, or of VipGroups, in the order of the store, and what was wrong with it.
import { createRawClient } from '../contract/raw-client.js';
import type { Cluster } from '../harness.js';

export interface History {
  /** How many changes were seen. */
  changes(): number;
  /** How often one was given an address that it did not have. */
  given(): number;
  /** How many of these had been another's before. */
  again(): number;
  /** Each instant at which two had one address, as a sentence. */
  doubles(): readonly string[];
  /** Resolves once everything up to this resourceVersion was seen. */
  upTo(resourceVersion: string): Promise<void>;
  close(): void;
}

interface Told {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
  readonly spec?: { readonly addresses?: readonly string[] };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip: string }[] } };
}

export function watchServices(cluster: Cluster, namespace: string): Promise<History> {
  const addresses = ({ status }: Told) => (status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip);
  return watchAddresses(cluster, `/api/v1/namespaces/${namespace}/services`, addresses);
}

export function watchGroups(cluster: Cluster): Promise<History> {
  const path = '/apis/network.kubesphere.io/v1alpha2/vipgroups';
  return watchAddresses(cluster, path, ({ spec }) => spec?.addresses ?? []);
}

/** Watches from now on. The API server tells every version of every object, one after the other. */
async function watchAddresses(
  cluster: Cluster,
  path: string,
  addressesOf: (object: Told) => readonly string[],
): Promise<History> {
  const client = createRawClient(cluster);
  const { body } = await client.get(path);
  if (body.items.length > 0) throw new Error(`there is something at ${path} already`);
  const watch = await client.watch(`${path}?resourceVersion=${body.metadata.resourceVersion}`);
  const addresses = new Map<string, readonly string[]>();
  const hadBefore = new Set<string>();
  const doubles: string[] = [];
  const counts = { changes: 0, given: 0, again: 0 };
  let seen = 0;
  let failure: unknown;
  let closed = false;

  const take = ({ type, object }: { type: string; object: Told }) => {
    const { name, resourceVersion } = object.metadata;
    const now = type === 'DELETED' ? [] : addressesOf(object);
    const before = addresses.get(name) ?? [];
    for (const ip of now.filter((each) => !before.includes(each))) {
      counts.given += 1;
      if (hadBefore.has(ip)) counts.again += 1;
      hadBefore.add(ip);
      for (const [other, theirs] of addresses) {
        if (other !== name && theirs.includes(ip))
          doubles.push(`at ${resourceVersion} ${ip} is with ${other} and ${name}`);
      }
    }
    if (now.length === 0) addresses.delete(name);
    else addresses.set(name, now);
    counts.changes += 1;
    seen = Number(resourceVersion);
  };
  void (async () => {
    while (!closed) {
      // Quiet for a while is no failure; the end of the stream is.
      take(await watch.next(120_000));
    }
  })().catch((error: unknown) => {
    if (!closed) failure = error;
  });

  return {
    changes: () => counts.changes,
    given: () => counts.given,
    again: () => counts.again,
    doubles: () => doubles,
    upTo: async (resourceVersion) => {
      const deadline = Date.now() + 10_000;
      while (seen < Number(resourceVersion)) {
        if (failure !== undefined) throw failure;
        if (Date.now() > deadline) throw new Error(`the watch is at ${seen}, not at ${resourceVersion}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    close: () => {
      closed = true;
      watch.close();
    },
  };
}
