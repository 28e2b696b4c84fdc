/** For how long nobody was heard to lead a group before this node answered for it: what a failover costs, as its new leader sees it. */
import type { Micros } from '../../../core/time.js';
import type { State, TransitionReason } from '../../../core/vrrp/virtual-router.js';
import { type Distribution, emptyDistribution, withDuration } from '../distribution.js';

/** Upper bounds of the buckets but the last, which has none. */
export const silenceBounds: readonly Micros[] = [
  10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_000_000, 3_000_000, 4_000_000, 5_000_000, 10_000_000,
  30_000_000,
];

/** Why a Backup comes to lead in the place of one that it followed and that does not lead any more. */
export const silenceReasons = ['no-response', 'peer-lost', 'priority-zero'] as const satisfies TransitionReason[];

export type SilenceReason = (typeof silenceReasons)[number];

/** Since the engine's start, by bucket of `silenceBounds`. */
export type Silences = Readonly<Record<SilenceReason, Distribution>>;

/** What is known of the leader that a member followed last. */
export interface Heard {
  /** When the last advert of a leader came that this node followed; undefined: none did since it takes part. */
  heardAt: Micros | undefined;
  /** This node leads and answers for no address yet, and nobody was heard to lead for so long and therefore. */
  silence: { readonly since: Micros; readonly reason: SilenceReason } | undefined;
}

export function newHeard(): Heard {
  return { heardAt: undefined, silence: undefined };
}

export function noSilences(): Silences {
  const none = emptyDistribution(silenceBounds);
  return { 'no-response': none, 'peer-lost': none, 'priority-zero': none };
}

/** The member's state has changed. */
export function noteTransition(heard: Heard, { to, reason }: { to: State; reason: TransitionReason }): void {
  const ending = silenceReasons.find((each) => each === reason);
  heard.silence =
    to === 'Active' && ending !== undefined && heard.heardAt !== undefined
      ? { since: heard.heardAt, reason: ending }
      : undefined;
  if (to !== 'Backup') heard.heardAt = undefined;
}

/** An address of the group answers here: the silence, if there was one, is over. */
export function endSilence(silences: Silences, heard: Heard, now: Micros): Silences {
  const { silence } = heard;
  if (silence === undefined) return silences;
  heard.silence = undefined;
  const { reason, since } = silence;
  return { ...silences, [reason]: withDuration(silences[reason], silenceBounds, now - since) };
}
