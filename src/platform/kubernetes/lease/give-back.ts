import { pause } from '../clock.js';
import { FencedError } from '../fence.js';
import { type Lease, observe, readLease, surrender } from '../lease-record.js';
import { write } from './requests.js';
import type { ElectionState, Term } from './state.js';

/** Owns: giving the Lease back, so that others need not wait until it runs out. */

/** How long giving back waits for the leader's work to end, and for the server. */
const farewellMs = 5000;

/** Lets the work of the leader end by itself, for a while. */
export async function farewell({ clock }: ElectionState, term: Term): Promise<void> {
  const ended = new AbortController();
  await Promise.race([term.done.then(() => ended.abort()), pause(clock, farewellMs, ended.signal)]);
  if (!ended.signal.aborted) term.writing.abort(new FencedError('the lease is given back'));
}

/** Never rejects. */
export async function giveBackAndClose(state: ElectionState): Promise<void> {
  const { log, fields } = state;
  try {
    await giveBack(state);
    log?.info('gave the lease back', fields);
  } catch (error) {
    log?.warn('could not give the lease back; it will run out', { ...fields, error: String(error) });
  } finally {
    state.own.close();
  }
}

async function giveBack(state: ElectionState): Promise<void> {
  const { own, path, clock, identity } = state;
  for (let tries = 0; tries < 2; tries += 1) {
    // What an aborted renewal has done is unknown, so the first write may be refused and the second, after a look, not.
    if (tries > 0) {
      const lease = await own.request<Lease>({ method: 'GET', path, timeoutMs: farewellMs });
      state.observed = observe(undefined, readLease(lease), clock.now());
    }
    if (state.observed?.lease.spec?.holderIdentity !== identity) return;
    if (await write(state, surrender(state.observed.lease.spec, clock.wall()))) return;
  }
}
