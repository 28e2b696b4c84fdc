/** A server of the agent that may have to wait for its place: an agent does without ports, not without addresses. */
import type { HealthServer } from '../platform/observability/health.js';
import { describeError, type Logger } from '../platform/observability/log.js';

const againAfterMs = 5_000;

export interface Listener {
  /** That it does not listen yet, and why. */
  problem(): string | undefined;
  close(): Promise<void>;
}

/**
 * Begins to listen, and tries again for as long as that fails. Resolves after the first attempt; rejects when that fails for good.
 *
 * @param o.what what does not work meanwhile, and what to do about it
 * @param o.listen rejects with the system's error
 */
export async function listenPatiently(o: {
  readonly what: string;
  readonly listen: () => Promise<HealthServer>;
  /** Whether there is no point in trying again. */
  readonly isFinal?: (error: unknown) => boolean;
  readonly log: Pick<Logger, 'info' | 'error'>;
  readonly againAfterMs?: number;
}): Promise<Listener> {
  let server: HealthServer | undefined;
  let problem: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  async function attempt(): Promise<void> {
    try {
      server = await o.listen();
      if (problem !== undefined) o.log.info('listening after all', { address: server.address });
      problem = undefined;
      if (closed) await server.close();
    } catch (error) {
      if (problem === undefined && o.isFinal?.(error)) throw error;
      const found = `${o.what}: ${describeError(error)}`;
      if (found !== problem)
        o.log.error('not listening: the agent goes on without, and tries again', { reason: found });
      problem = found;
      if (!closed) timer = setTimeout(() => void attempt(), o.againAfterMs ?? againAfterMs).unref();
    }
  }

  await attempt();
  return {
    problem: () => problem,
    async close() {
      closed = true;
      clearTimeout(timer);
      await server?.close();
    },
  };
}
