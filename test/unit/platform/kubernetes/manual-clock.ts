import type { Clock } from '../../../../src/platform/kubernetes/clock.js';

/** A clock that moves when told to. `random()` returns what the test sets (default 0: every jittered delay is 0). */
export interface ManualClock extends Clock {
  /** Moves on by `ms`, running what falls due in order. */
  advance(ms: number): void;
  /** Milliseconds until each thing that is still to happen, soonest first. */
  pending(): number[];
  chance: number;
}

export function createManualClock(startWallMs = Date.UTC(2026, 0, 2, 3, 4, 5)): ManualClock {
  let now = 0;
  let timers: { at: number; run: () => void }[] = [];
  const clock: ManualClock = {
    chance: 0,
    now: () => now,
    wall: () => startWallMs + now,
    random: () => clock.chance,
    after(ms, run) {
      const timer = { at: now + Math.max(0, ms), run };
      timers.push(timer);
      return () => {
        timers = timers.filter((each) => each !== timer);
      };
    },
    advance(ms) {
      const until = now + ms;
      for (;;) {
        const due = timers.filter((each) => each.at <= until).sort((a, b) => a.at - b.at)[0];
        if (!due) break;
        timers = timers.filter((each) => each !== due);
        now = Math.max(now, due.at);
        due.run();
      }
      now = until;
    },
    pending: () => timers.map((each) => each.at - now).sort((a, b) => a - b),
  };
  return clock;
}
