import { type Fence, FencedError } from '../fence.js';
import { farewell, giveBackAndClose } from './give-back.js';
import { type ElectionState, end, type Term } from './state.js';

/** Owns: our leading, from the first claim that the server took to its end. */

const notRenewed = 'it could not be renewed in time';

/** The server took our claim. @param atMs from before the request was sent */
export function renewed(state: ElectionState, atMs: number): void {
  const { clock, renewDeadlineMs } = state;
  state.cancelDeadline();
  // Counted from before the request was sent, since nobody can have seen the renewal earlier than that.
  state.cancelDeadline = clock.after(atMs + renewDeadlineMs - clock.now(), () => lose(state, notRenewed));
  if (state.leading) state.leading.renewedAtMs = atMs;
  else lead(state, atMs);
}

export function isLeading({ leading, clock, renewDeadlineMs }: ElectionState): boolean {
  return leading !== undefined && clock.now() < leading.renewedAtMs + renewDeadlineMs;
}

/** We led and do so no longer, not by our own wish. */
export function lose(state: ElectionState, why: string): void {
  if (!state.leading || state.ending.signal.aborted) return;
  state.log?.error('lost the leadership', { ...state.fields, why });
  endTerm(state, state.leading, why);
  void state.running.then(() => state.own.close());
  state.onLost();
}

/** Stops the leader's work, gives the lease back, ends the election. Never rejects. */
export async function release(state: ElectionState): Promise<void> {
  const led = state.leading;
  end(state);
  led?.work.abort();
  await state.running;
  if (led === undefined) return state.own.close();
  await farewell(state, led);
  await giveBackAndClose(state);
  state.leading = undefined;
}

function lead(state: ElectionState, renewedAtMs: number): void {
  const { log, fields } = state;
  const work = new AbortController();
  const writing = new AbortController();
  log?.info('became the leader', fields);
  const term: Term = { work, writing, done: Promise.resolve(), renewedAtMs };
  state.leading = term;
  const task = started(() => state.onStarted(work.signal, fenceOf(state, term)));
  if (task === undefined) return;
  term.done = task.catch((error: unknown) => {
    log?.error('the work of the leader failed', { ...fields, error });
  });
  void term.done.then(() => giveUp(state, term));
}

function fenceOf({ clock, renewDeadlineMs }: ElectionState, term: Term): Fence {
  const { signal } = term.writing;
  return {
    signal,
    check: () => {
      signal.throwIfAborted();
      if (clock.now() >= term.renewedAtMs + renewDeadlineMs) throw new FencedError(notRenewed);
    },
  };
}

/** The work of the leader has ended although nobody told it to. */
async function giveUp(state: ElectionState, term: Term): Promise<void> {
  if (term !== state.leading || state.ending.signal.aborted) return;
  endTerm(state, term, 'the work of the leader has ended');
  state.log?.error('gives the lease back: the work of the leader has ended', state.fields);
  await state.running;
  await giveBackAndClose(state);
  state.onLost();
}

function endTerm(state: ElectionState, term: Term, why: string): void {
  end(state);
  term.writing.abort(new FencedError(why));
  term.work.abort();
  state.leading = undefined;
}

/** What fails before it is under way has failed all the same. */
function started(run: () => void | Promise<void>): void | Promise<void> {
  try {
    return run();
  } catch (error) {
    return Promise.reject(error);
  }
}
