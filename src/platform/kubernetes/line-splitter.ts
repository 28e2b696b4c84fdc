/**
 * Owns: cutting a byte stream into lines.
 * A line is decoded only when it is whole, so a character split over two chunks is never harmed.
 */

/** The longest line accepted, in bytes: etcd's 1.5 MiB object limit leaves this room for JSON's escapes and wrapping. */
const longestLine = 16 * 1024 * 1024;

/**
 * Returns a function that takes the next chunk (not kept by reference once it returned, unless a line continues in it)
 * and calls `onLine` for every line it completes; empty lines are skipped. Throws RangeError beyond `limit` bytes.
 */
export function createLineSplitter(onLine: (line: string) => void, limit = longestLine): (chunk: Buffer) => void {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  const keep = (part: Buffer) => {
    pendingBytes += part.length;
    if (pendingBytes > limit) throw new RangeError(`a line is longer than ${limit} bytes`);
    if (part.length > 0) pending.push(part);
  };
  return (chunk) => {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      keep(chunk.subarray(start, end));
      start = end + 1;
      const line = pending.length === 1 ? pending[0]!.toString('utf8') : Buffer.concat(pending).toString('utf8');
      pending = [];
      pendingBytes = 0;
      if (line.length > 0) onLine(line);
    }
    keep(chunk.subarray(start));
  };
}
