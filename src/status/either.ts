/** Asks the API server, and where it does not answer the agent on this host. */
import { ConnectionError } from '../platform/kubernetes/connection-error.js';

/** How long an agent that has answered waits for the API server, in milliseconds. */
const patienceMs = 3_000;

/**
 * What the API server has; else, or when that takes long, what the agent on this host says, and that it is no more than that. Rejects
 * when neither can be had, with why, and when the API server refuses to say it.
 */
export async function eitherOf<T, L>(o: {
  /**
   * Calls `answered` as soon as the API server has: from then on it is waited for. `local` is what the agent on this host says; undefined
   * when there is none, or it does not answer.
   */
  readonly cluster: (answered: () => void, local: Promise<L | undefined>) => Promise<T>;
  /** Asks the agent on this host; called once. */
  readonly local: () => Promise<L>;
  /** How it looks when there is nothing else to show. */
  readonly alone: (local: L) => T | Promise<T>;
  readonly node: string;
  say(text: string): void;
  readonly patienceMs?: number;
}): Promise<T> {
  let answered = () => {};
  const contact = new Promise<void>((resolve) => {
    answered = resolve;
  });
  // After the request to the API server has been made ready, which is what takes long.
  const local = new Promise<void>((resolve) => setImmediate(resolve)).then(() => o.local()).catch(() => undefined); // most hosts have none
  const cluster = o.cluster(answered, local);
  cluster.catch(() => {}); // it may fail after it was given up
  try {
    await Promise.race([contact, cluster, lateness(local, o.patienceMs ?? patienceMs)]);
    return await cluster;
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    const here = await local;
    if (here === undefined)
      throw new Error(`${error.message}; and no agent of node ${o.node} answers on this host`, { cause: error.cause });
    o.say(`from the agent on this host, since there is no word from an API server: ${error.message}`);
    return o.alone(here);
  }
}

/** Rejects after a while, once there is something else to show; never, while there is not. */
async function lateness(local: Promise<unknown>, ms: number): Promise<never> {
  const found = await local;
  if (found === undefined) return new Promise(() => {});
  await new Promise((resolve) => setTimeout(resolve, ms).unref());
  throw new ConnectionError('timeout', `it did not answer within ${ms} ms`);
}
