import { hasStatus } from './api-error.js';
import { leases } from './builtin-resources.js';
import { type Cache, startCache } from './cache.js';
import type { ApiClient } from './client.js';
import { type Clock, type Log, pause, systemClock } from './clock.js';
import { type Fence, FencedError } from './fence.js';
import { claim, isHeldByOther, type Lease, type Observed, observe, readLease, surrender } from './lease-record.js';
import { type ObjectMeta, pathOf } from './resource.js';

/**
 * Owns: being the one of several processes that leads, by a Lease.
 * Refuses to know: what leading means.
 * Source: client-go tools/leaderelection; every write is a PUT with the resourceVersion that was read, so of two that try
 * at once one gets a 409. Deviations: candidates also watch the Lease, so that one given back is taken at once; a
 * leader that sees another's claim stops at once instead of at its deadline; what it writes goes past a fence.
 */

export interface ElectionOptions {
  readonly namespace: string;
  readonly name: string;
  /** What the Lease is labelled with, beside what it has. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Unique among the candidates. */
  readonly identity: string;
  /**
   * We lead until `signal` aborts: begin nothing from then on. Write only past the fence: it shuts when the lease is lost, or has been
   * given back. If it returns a promise, that settles after the last write of the leader's work: giving the lease back waits for it
   * (at most 5 s), and one that settles earlier ends our leading as a loss does, since a leader that does nothing must not keep others
   * from it.
   */
  onStarted(signal: AbortSignal, fence: Fence): void | Promise<void>;
  /** We led and do so no longer, not by our own wish; the signal has aborted and the election is over. */
  onLost(): void;
  /** How long others respect a lease that is not renewed; default 15 000. */
  readonly leaseDurationMs?: number;
  /** How long we lead without a successful renewal; default 10 000. Less than `leaseDurationMs`. */
  readonly renewDeadlineMs?: number;
  /** Between two tries; default 2000. Less than `renewDeadlineMs`. */
  readonly retryPeriodMs?: number;
  readonly log?: Log;
  readonly clock?: Clock;
}

export interface Election {
  isLeader(): boolean;
  /** Who leads as far as we have seen; undefined when nobody does. */
  leader(): string | undefined;
  /** Stops the leader's work, gives the lease back, ends the election. Never rejects. */
  release(): Promise<void>;
}

/** What is under way while we lead. */
interface Term {
  /** Aborts when the work is to end. */
  readonly work: AbortController;
  /** Aborts when nothing may be written any more. */
  readonly writing: AbortController;
  done: Promise<void>;
  /** From before the request was sent. */
  renewedAtMs: number;
}

const otherHolds = 'another candidate holds it';
const notRenewed = 'it could not be renewed in time';

/** Candidates spread their tries over [1, 1 + this] retry periods, as client-go's JitterFactor. */
const jitterFactor = 1.2;
/** How long giving back waits for the leader's work to end, and for the server. */
const farewellMs = 5000;

export function runElection(client: ApiClient, o: ElectionOptions): Election {
  const clock = o.clock ?? systemClock;
  const { leaseDurationMs = 15_000, renewDeadlineMs = 10_000, retryPeriodMs = 2000 } = o;
  if (!(leaseDurationMs > renewDeadlineMs && renewDeadlineMs > retryPeriodMs)) {
    throw new Error(
      `not ${leaseDurationMs} (lease) > ${renewDeadlineMs} (renew deadline) > ${retryPeriodMs} (retry period)`,
    );
  }
  const fields = { lease: `${o.namespace}/${o.name}`, identity: o.identity };
  const collection = pathOf(leases, { namespace: o.namespace });
  const path = pathOf(leases, { namespace: o.namespace, name: o.name });
  // Renewals must not queue behind the writes of a busy controller.
  const own = client.reopen();
  const ending = new AbortController();
  let observed: Observed | undefined;
  /** Of the store that `observed` is from. */
  let history = 0;
  let leading: Term | undefined;
  let cancelDeadline = () => {};
  /** Ends the present rest, if there is one. */
  let wake = () => {};

  const watcher: Cache<Lease> = startCache<Lease>(own, leases, {
    namespace: o.namespace,
    fieldSelector: `metadata.name=${o.name}`,
    clock,
    admit: (object) => ({ object: readLease(object) }),
    onChange(_key, lease) {
      // In a store that has gone back in time what was seen before is no newer than what is seen now.
      if (watcher.lastList().history !== history) observed = undefined;
      history = watcher.lastList().history;
      observed = lease && observe(observed, lease, clock.now());
      const held = observed !== undefined && isHeldByOther(observed, o.identity, clock.now());
      if (held && leading) lose(otherHolds);
      // Not on our own renewals: each would call for the next.
      else if (!held && !leading) wake();
    },
  });

  function rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        resolve();
      };
      const cancel = clock.after(ms, done);
      wake = done;
      if (ending.signal.aborted) done();
    });
  }

  /** Reads the Lease unless a fresh one is known. */
  async function look(): Promise<void> {
    try {
      const lease = await own.request<Lease>({
        method: 'GET',
        path,
        timeoutMs: renewDeadlineMs / 2,
        signal: ending.signal,
      });
      observed = observe(observed, readLease(lease), clock.now());
    } catch (error) {
      if (!hasStatus(error, 404)) throw error;
      observed = undefined;
    }
  }

  /** Writes the claim over what was read; false when somebody else has written meanwhile. */
  async function write(spec: Lease['spec'], signal?: AbortSignal): Promise<boolean> {
    const body = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: labelled(observed?.lease.metadata ?? { name: o.name, namespace: o.namespace }, o.labels),
      spec,
    };
    const to = observed ? { method: 'PUT', path } : { method: 'POST', path: collection };
    try {
      const lease = await own.request<Lease>({ ...to, body, timeoutMs: renewDeadlineMs / 2, signal });
      observed = observe(observed, readLease(lease), clock.now());
      return true;
    } catch (error) {
      if (hasStatus(error, 409) || hasStatus(error, 404)) return false;
      throw error;
    }
  }

  /** One try to take or keep the lease. */
  async function attempt(): Promise<boolean> {
    // A leader knows what it wrote last; should that be wrong, it reads and tries once more.
    for (let fresh = leading === undefined; ; fresh = true) {
      if (fresh) await look();
      if (observed && isHeldByOther(observed, o.identity, clock.now())) return false;
      const spec = claim(observed?.lease.spec, o.identity, leaseDurationMs, clock.wall());
      if (await write(spec, ending.signal)) return true;
      if (fresh) return false;
    }
  }

  function lead(renewedAtMs: number): void {
    const work = new AbortController();
    const writing = new AbortController();
    o.log?.info('became the leader', fields);
    const term: Term = { work, writing, done: Promise.resolve(), renewedAtMs };
    const fence: Fence = {
      signal: writing.signal,
      check: () => {
        writing.signal.throwIfAborted();
        if (clock.now() >= term.renewedAtMs + renewDeadlineMs) throw new FencedError(notRenewed);
      },
    };
    leading = term;
    const task = started(() => o.onStarted(work.signal, fence));
    if (task === undefined) return;
    term.done = task.catch((error: unknown) => {
      o.log?.error('the work of the leader failed', { ...fields, error });
    });
    void term.done.then(() => giveUp(term));
  }

  function renewed(atMs: number): void {
    cancelDeadline();
    // Counted from before the request was sent, since nobody can have seen the renewal earlier than that.
    cancelDeadline = clock.after(atMs + renewDeadlineMs - clock.now(), () => lose(notRenewed));
    if (leading) leading.renewedAtMs = atMs;
    else lead(atMs);
  }

  function lose(why: string): void {
    if (!leading || ending.signal.aborted) return;
    o.log?.error('lost the leadership', { ...fields, why });
    endTerm(leading, why);
    void running.then(() => own.close());
    o.onLost();
  }

  /** The work of the leader has ended although nobody told it to. */
  async function giveUp(term: Term): Promise<void> {
    if (term !== leading || ending.signal.aborted) return;
    endTerm(term, 'the work of the leader has ended');
    o.log?.error('gives the lease back: the work of the leader has ended', fields);
    await running;
    await giveBackAndClose();
    o.onLost();
  }

  async function giveBackAndClose(): Promise<void> {
    try {
      await giveBack();
      o.log?.info('gave the lease back', fields);
    } catch (error) {
      o.log?.warn('could not give the lease back; it will run out', { ...fields, error: String(error) });
    } finally {
      own.close();
    }
  }

  function endTerm(term: Term, why: string): void {
    end();
    term.writing.abort(new FencedError(why));
    term.work.abort();
    leading = undefined;
  }

  function end(): void {
    cancelDeadline();
    ending.abort();
    wake();
  }

  async function run(): Promise<void> {
    let failing = false;
    while (!ending.signal.aborted) {
      const startedMs = clock.now();
      try {
        const ours = await attempt();
        failing = false;
        if (ending.signal.aborted) break;
        if (ours) renewed(startedMs);
        else if (leading) lose(otherHolds);
      } catch (error) {
        if (!failing && !ending.signal.aborted)
          o.log?.warn('cannot read or write the lease, retrying', { ...fields, error: String(error) });
        failing = true;
      }
      await rest(leading ? retryPeriodMs : retryPeriodMs * (1 + clock.random() * jitterFactor));
    }
    await watcher.stop();
  }

  /** Lets the work of the leader end by itself, for a while. */
  async function farewell(term: Term): Promise<void> {
    const ended = new AbortController();
    await Promise.race([term.done.then(() => ended.abort()), pause(clock, farewellMs, ended.signal)]);
    if (!ended.signal.aborted) term.writing.abort(new FencedError('the lease is given back'));
  }

  async function giveBack(): Promise<void> {
    for (let tries = 0; tries < 2; tries += 1) {
      // What an aborted renewal has done is unknown, so the first write may be refused and the second, after a look, not.
      if (tries > 0)
        observed = observe(
          undefined,
          await own.request<Lease>({ method: 'GET', path, timeoutMs: farewellMs }),
          clock.now(),
        );
      if (observed?.lease.spec?.holderIdentity !== o.identity) return;
      if (await write(surrender(observed.lease.spec, clock.wall()))) return;
    }
  }

  const running = run();
  return {
    isLeader: () => leading !== undefined && clock.now() < leading.renewedAtMs + renewDeadlineMs,
    leader() {
      const spec = observed?.lease.spec;
      return spec?.holderIdentity || undefined;
    },
    async release() {
      const led = leading;
      end();
      led?.work.abort();
      await running;
      if (led === undefined) return own.close();
      await farewell(led);
      await giveBackAndClose();
      leading = undefined;
    },
  };
}

/** What fails before it is under way has failed all the same. */
function started(run: () => void | Promise<void>): void | Promise<void> {
  try {
    return run();
  } catch (error) {
    return Promise.reject(error);
  }
}

function labelled(
  metadata: ObjectMeta & { readonly labels?: Readonly<Record<string, string>> },
  labels: Readonly<Record<string, string>> | undefined,
): typeof metadata {
  return labels === undefined ? metadata : { ...metadata, labels: { ...metadata.labels, ...labels } };
}
