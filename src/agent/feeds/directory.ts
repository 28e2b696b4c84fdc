/** Groups, and what there is to speak BGP by, from the directory that `--manifests` names. */
import { farewellFor } from '../bgp/farewell.js';
import type { Feed, FeedOptions } from './contract.js';

/** Rejects when the directory cannot be read. */
export async function feedFromDirectory({ values, node, agent, bgp, log }: FeedOptions): Promise<Feed> {
  const directory = String(values.manifests);
  const { watchManifests } = await import('../sources/manifests.js'); // brings a YAML reader, which a cluster's agent does not need
  try {
    const source = await watchManifests({
      directory,
      node,
      passwordsDir: values['passwords-dir'] as string | undefined,
      onGroups(groups, files) {
        agent.apply(groups, files);
        bgp.groups(groups);
      },
      onBgp: bgp.configure,
      log,
    });
    if (!agent.configured()) agent.apply(new Map(), new Map());
    bgp.complete();
    const farewell = async () => farewellFor(node, undefined, undefined);
    return { source, status: undefined, problems: () => [], bgpChanged() {}, farewell, close: async () => {} };
  } catch (cause) {
    throw new Error(`--manifests ${directory}: the directory cannot be read`, { cause });
  }
}
