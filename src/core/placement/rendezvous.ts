/**
 * Rendezvous (highest random weight) hashing: each group ranks the nodes by a hash of both names, so that a node that comes
 * or goes changes no order among the others (Thaler and Ravishankar, 1998).
 */

/** A 32-bit hash of a text: FNV-1a over UTF-16 units, then the finalizer of MurmurHash3 to spread the low bits. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (unit >> 8), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The nodes in the order a group prefers them: the same on every call, whatever the order of `nodes`. */
export function rankNodes(group: string, nodes: readonly string[]): readonly string[] {
  return nodes
    .map((node) => ({ node, weight: hashText(`${group}\n${node}`) }))
    .sort((a, b) => b.weight - a.weight || (a.node < b.node ? -1 : 1))
    .map(({ node }) => node);
}
