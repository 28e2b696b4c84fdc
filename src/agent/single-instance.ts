/**
 * One agent per node name and host: an abstract Unix socket is the lock, which the kernel lets go of however the process ends. It
 * also answers `openelb-vip status`, without any file or port.
 *
 * Any user of the host can take an abstract name. Only one of this agent's own user, or root, is taken for another agent; where
 * somebody else has the name, the agent goes on without the lock and says who that is.
 */
import { type UnixPeer, unixPeer } from '../platform/linux/unix-peer.js';
import type { HealthServer } from '../platform/observability/health.js';
import type { Logger } from '../platform/observability/log.js';
import { agentSocket } from './ask-agent.js';
import { type Listener, listenPatiently } from './listener.js';

/** Another agent has the lock. */
export class AnotherAgent extends Error {}

/**
 * Takes the lock, now or as soon as whoever has it is gone. Rejects with `AnotherAgent` when that is one.
 *
 * @param o.listen listens on the socket; rejects with the system's error
 */
export function takeInstanceLock(o: {
  readonly node: string;
  readonly listen: () => Promise<HealthServer>;
  readonly log: Pick<Logger, 'info' | 'error'>;
}): Promise<Listener> {
  const path = agentSocket(o.node);
  return listenPatiently({
    what: 'no guard against a second agent here, and openelb-vip status --local gets no answer',
    log: o.log,
    isFinal: (error) => error instanceof AnotherAgent,
    listen: () =>
      o.listen().catch((error: NodeJS.ErrnoException) => {
        throw error.code === 'EADDRINUSE' ? takenBy(o.node, unixPeer(path)) : error;
      }),
  });
}

function takenBy(node: string, holder: UnixPeer | undefined): Error {
  const name = `the name @openelb-vip/agent/${node}`;
  if (holder === undefined) return new Error(`${name} is taken by somebody who does not listen: ss -xl shows it`);
  const { pid, uid } = holder;
  if (uid === 0 || uid === process.geteuid?.())
    return new AnotherAgent(
      `this host has an agent with the node name ${node} already (process ${pid}): stop it first`,
    );
  return new Error(`${name} is taken by process ${pid} of user ${uid}, which is no agent: end it`);
}
