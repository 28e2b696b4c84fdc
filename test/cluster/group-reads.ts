import { memberSelector } from '../../src/api/group-labels.js';
import type { VipGroup } from '../../src/api/vip-group.js';
import { vipGroups } from '../../src/controller/objects/resources.js';
import type { ApiClient } from '../../src/platform/kubernetes/client.js';
import { pathOf } from '../../src/platform/kubernetes/resource.js';

/** What agents are sent of VipGroups, in bytes. */
export interface GroupReads {
  /** By node: reckoned for each, from a watch of all groups and the members that each has. */
  readonly byNode: ReadonlyMap<string, number>;
  /** By the watch of all groups. */
  all: number;
  /** How many lines that were. */
  events: number;
  /** By a watch such as the agent of the chosen node has. */
  chosen: number;
  stop(): Promise<void>;
}

/**
 * Watches as agents do, from that version of the list on.
 * @param o.bookmarks whether bookmarks are asked for and counted, each for every node; they come to each watch at its own time
 */
export function countGroupReads(
  client: ApiClient,
  o: {
    readonly nodes: readonly string[];
    readonly chosen: string;
    readonly resourceVersion: string | undefined;
    readonly bookmarks?: boolean;
    /** Hears of each object that the watch of all groups brings. */
    readonly onObject?: (group: VipGroup) => void;
  },
): GroupReads {
  const byNode = new Map(o.nodes.map((node) => [node, 0]));
  const closing = new AbortController();
  const watch = (labelSelector: string | undefined, onLine: (line: string) => void) =>
    client
      .reopen()
      .watch(
        pathOf(vipGroups),
        {
          watch: true,
          allowWatchBookmarks: o.bookmarks,
          resourceVersion: o.resourceVersion,
          timeoutSeconds: 3600,
          labelSelector,
        },
        onLine,
        { signal: closing.signal, onOpen: () => {}, idleMs: 3_600_000 },
      )
      .catch(() => {});
  const reads: GroupReads = {
    byNode,
    all: 0,
    events: 0,
    chosen: 0,
    async stop() {
      closing.abort();
      await Promise.all(watching);
    },
  };
  const watching = [
    watch(undefined, (line) => {
      const { object } = JSON.parse(line) as { object: Partial<VipGroup> };
      const bytes = line.length + 1;
      reads.all += bytes;
      reads.events += 1;
      if (object.spec !== undefined) o.onObject?.(object as VipGroup);
      // Only a bookmark has no spec.
      const readers = object.spec === undefined ? o.nodes : object.spec.members.map(({ node }) => node);
      for (const node of readers) byNode.set(node, (byNode.get(node) ?? 0) + bytes);
    }),
    watch(memberSelector(o.chosen), (line) => {
      reads.chosen += line.length + 1;
    }),
  ];
  return reads;
}
