// Owns: when the machine that all nodes are on had no time for them, so that what was lost then says nothing of the load balancer.
import type { Request } from './judge.js';

/** Lost requests to nodes that were sent closer together than this are of one standstill, in microseconds. */
const together = 200_000;
/** A lost request that was sent closer than this to one of a standstill is of it. */
const beside = 500_000;

/**
 * The requests to the targets without those that were lost in a standstill: while two nodes at least did not answer for themselves. One that
 * is lost by itself may be what is tested.
 *
 * @param nodes the requests to each node
 */
export function counted(
  targets: ReadonlyMap<string, readonly Request[]>,
  nodes: readonly (readonly Request[])[],
): ReadonlyMap<string, readonly Request[]> {
  const lost = nodes.map((requests) => requests.filter(isLost).map(({ sentAt }) => sentAt));
  const standstills = lost.flatMap((times, node) =>
    times.filter((at) => lost.some((others, other) => other !== node && isNear(others, at, together))),
  );
  let left = 0;
  const kept = [...targets].map(([name, requests]): [string, readonly Request[]] => {
    const counts = requests.filter((request) => !isLost(request) || !isNear(standstills, request.sentAt, beside));
    left += requests.length - counts.length;
    return [name, counts];
  });
  if (left > 0) console.log(`      ${left} lost requests are not counted: nodes did not answer for themselves then`);
  return new Map(kept);
}

function isLost({ answeredAt }: Request): boolean {
  return answeredAt === undefined;
}

function isNear(times: readonly number[], at: number, within: number): boolean {
  return times.some((time) => Math.abs(time - at) < within);
}
