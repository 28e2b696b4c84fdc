/** How much of what callers send is taken in, decided before a byte of it is read. Pure: time is an argument. */

/** An AdmissionReview holds an object twice, and etcd takes 1.5 MiB of each; an Eip of ours is far smaller. */
export const maxBodyBytes = 3 * 1024 * 1024;

/** Bodies that are read or judged at the same time, in bytes. */
const mostAtOnce = 2 * maxBodyBytes;

/** Judging takes about 10 ms a MiB of the leader's time: of each second, callers get no more than a part, in bytes. */
export const perSecond = { anybody: 2 * 1024 * 1024, apiServer: 8 * 1024 * 1024 };

export type Verdict = 'take' | 'too-large' | 'too-much' | 'no-length';

export interface Intake {
  /** Whether a body of so many bytes is taken in; what was taken is to be given back. */
  ask(contentLength: string | undefined, nowMs: number): Verdict;
  done(bytes: number): void;
}

export function createIntake(bytesPerSecond: number = perSecond.anybody): Intake {
  let inHand = 0;
  let credit = mostAtOnce;
  let creditAt = Number.NEGATIVE_INFINITY;
  return {
    ask(contentLength, nowMs) {
      if (contentLength === undefined || !/^\d{1,15}$/.test(contentLength)) return 'no-length';
      const bytes = Number(contentLength);
      if (bytes > maxBodyBytes) return 'too-large';
      credit = Math.min(mostAtOnce, credit + Math.max(0, nowMs - creditAt) * (bytesPerSecond / 1000));
      creditAt = nowMs;
      if (bytes > credit || inHand + bytes > mostAtOnce) return 'too-much';
      credit -= bytes;
      inHand += bytes;
      return 'take';
    },
    done(bytes) {
      inHand -= bytes;
    },
  };
}
