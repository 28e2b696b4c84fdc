// Owns: everything that ever happened to the Services of a namespace, in the order of the store, and what was wrong with it.
import { createRawClient } from '../contract/raw-client.js';
import type { Cluster } from '../harness.js';

export interface ServiceHistory {
  /** How many changes were seen. */
  changes(): number;
  /** How often a Service was given an address that it did not have. */
  given(): number;
  /** How many of these had been another Service's before. */
  again(): number;
  /** Each instant at which two Services had one address, as a sentence. */
  doubles(): readonly string[];
  /** Resolves once everything up to this resourceVersion was seen. */
  upTo(resourceVersion: string): Promise<void>;
  close(): void;
}

/** Watches from now on. The API server tells every version of every object, one after the other. */
export async function watchServices(cluster: Cluster, namespace: string): Promise<ServiceHistory> {
  const client = createRawClient(cluster);
  const path = `/api/v1/namespaces/${namespace}/services`;
  const { body } = await client.get(path);
  if (body.items.length > 0) throw new Error(`there are Services in ${namespace} already`);
  const watch = await client.watch(`${path}?resourceVersion=${body.metadata.resourceVersion}`);
  const addresses = new Map<string, readonly string[]>();
  const hadBefore = new Set<string>();
  const doubles: string[] = [];
  const counts = { changes: 0, given: 0, again: 0 };
  let seen = 0;
  let failure: unknown;
  let closed = false;

  const take = ({
    type,
    object,
  }: {
    type: string;
    object: { metadata: { name: string; resourceVersion: string } } & object;
  }) => {
    const { name, resourceVersion } = object.metadata;
    const { status } = object as { status?: { loadBalancer?: { ingress?: { ip: string }[] } } };
    const now = type === 'DELETED' ? [] : (status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip);
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
