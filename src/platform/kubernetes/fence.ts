/**
 * Owns: the right to write, for a while: what keeps a program that was stopped in the middle of its work from going on with it when
 * another does that work by now.
 * Refuses to know: who grants it.
 */

/** Whoever wrote has lost the right to, and another may have it: what was not written must not be. */
export class FencedError extends Error {
  constructor(why: string) {
    super(`nothing more is written: ${why}`);
    this.name = 'FencedError';
  }
}

export interface Fence {
  /**
   * To be called in the last moment before a write leaves.
   *
   * @throws FencedError once the right is gone, also while nothing has run that could have noticed
   */
  check(): void;
  /** Aborts, with a FencedError, when writes that are under way are to be broken off, too. */
  readonly signal: AbortSignal;
}

/** A fence before it is known who grants the right: shut until it is opened. */
export interface Gate extends Fence {
  /** From now on `granted` decides; without it, writing is allowed for good. To be called once. */
  open(granted?: Fence): void;
}

export function createGate(): Gate {
  const breaking = new AbortController();
  let isOpen = false;
  let granted: Fence | undefined;
  return {
    signal: breaking.signal,
    check: () => {
      if (!isOpen) throw new FencedError('this program does not lead');
      granted?.check();
    },
    open: (fence) => {
      isOpen = true;
      granted = fence;
      const breakOff = () => breaking.abort(fence?.signal.reason);
      if (fence?.signal.aborted) breakOff();
      else fence?.signal.addEventListener('abort', breakOff, { once: true });
    },
  };
}
