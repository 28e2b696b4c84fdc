/**
 * What a group is doing on this node: exactly one of these phases, and what a phase does not have cannot be there. How its virtual router stands,
 * the router says itself (Initialize, Backup, Active, or an Active on its way out): nothing of that is repeated here.
 *
 *   unbound, standing-by      a NIC is found (bound)                        taking-part
 *   taking-part               Active, no address is in place yet (claim)    claiming
 *   claiming                  the advert is sent (claimed)                  taking-part
 *   taking-part, claiming     the NIC is lost (unbound)                     unbound; standing-by after a refusal
 *   taking-part, claiming     released (leave)                              leaving
 *   unbound, standing-by      released (leave)                              released
 *   leaving                   its router has let go (unbound)               released
 *
 * The member that takes the place of a released one begins as unbound, or as standing-by after a refusal.
 */
import type { GroupConfig } from '../messages.js';
import type { HoldDown } from './hold-down.js';

/** It has no NIC, and so no virtual router: it looks for one. */
export interface Unbound {
  readonly type: 'unbound';
  readonly binding?: undefined;
  readonly holdDown?: undefined;
}

/** It has no NIC, and looks for none until `holdDown.until`: the kernel refused all its addresses. */
export interface StandingBy {
  readonly type: 'standing-by';
  readonly binding?: undefined;
  readonly holdDown: HoldDown;
}

/** It has a NIC, and a virtual router there. @template B where it lives, with the router */
export interface TakingPart<B> {
  readonly type: 'taking-part';
  readonly binding: B;
  /** Set until an address is in place after the kernel refused all of them: it takes leadership from nobody. */
  readonly holdDown: HoldDown | undefined;
}

/** So it has, and its router is Active, but says so only when the first address is in place, or with its next advert. */
export interface Claiming<B> {
  readonly type: 'claiming';
  readonly binding: B;
  readonly holdDown: HoldDown | undefined;
}

/** Its router was told to let go. An Active answers for the addresses until a successor has spoken. */
export interface Leaving<B> {
  readonly type: 'leaving';
  readonly binding: B;
  readonly holdDown: HoldDown | undefined;
  /** What takes its place afterwards, if anything. */
  readonly next: GroupConfig | undefined;
}

/** It is no member any more. */
export interface Released {
  readonly type: 'released';
  readonly binding?: undefined;
  readonly holdDown: HoldDown | undefined;
  readonly next: GroupConfig | undefined;
}

export type Bound<B> = TakingPart<B> | Claiming<B> | Leaving<B>;
export type Phase<B> = Unbound | StandingBy | Bound<B> | Released;

/** @param holdDown what is known from the member whose place it takes */
export function initialPhase(holdDown: HoldDown | undefined): Unbound | StandingBy {
  return holdDown === undefined ? { type: 'unbound' } : { type: 'standing-by', holdDown };
}

/** Whether it must not look for a NIC yet; the text says why. */
export function standsByFor<B>(phase: Phase<B>, now: number): string | undefined {
  return phase.type === 'standing-by' && now < phase.holdDown.until ? phase.holdDown.reason : undefined;
}

/** Whether a NIC is to be found for it. */
export function isUnbound<B>(phase: Phase<B>): phase is Unbound | StandingBy {
  return phase.type === 'unbound' || phase.type === 'standing-by';
}

/** Whether it has a NIC, and is not on its way out. */
export function isTakingPart<B>(phase: Phase<B>): phase is TakingPart<B> | Claiming<B> {
  return phase.type === 'taking-part' || phase.type === 'claiming';
}

/** A NIC was found. */
export function bound<B>({ holdDown }: Unbound | StandingBy, binding: B): TakingPart<B> {
  return { type: 'taking-part', binding, holdDown };
}

/** It is taken off its NIC, of which its router has let go. */
export function unbound<B>(phase: Phase<B>): Unbound | StandingBy | Released {
  switch (phase.type) {
    case 'unbound':
    case 'standing-by':
    case 'released':
      return phase;
    case 'taking-part':
    case 'claiming':
      return initialPhase(phase.holdDown);
    case 'leaving':
      return { type: 'released', holdDown: phase.holdDown, next: phase.next };
  }
}

/** It is to go, and `next` is to take its place. One without a NIC is gone at once. */
export function leave<B>(phase: Phase<B>, next: GroupConfig | undefined): Leaving<B> | Released {
  const { binding, holdDown } = phase;
  return binding === undefined ? { type: 'released', holdDown, next } : { type: 'leaving', binding, holdDown, next };
}

/** Its router has become Active, whose advert waits for the first address. */
export function claim<B>(phase: Phase<B>): Phase<B> {
  if (phase.type !== 'taking-part') return phase;
  return { type: 'claiming', binding: phase.binding, holdDown: phase.holdDown };
}

/** The advert is sent after all, or there is nothing to be claimed any more. */
export function claimed<B>(phase: Phase<B>): Phase<B> {
  if (phase.type !== 'claiming') return phase;
  return { type: 'taking-part', binding: phase.binding, holdDown: phase.holdDown };
}

/**
 * What is known of refusals is this now; `undefined`: an address was taken, or is to be where it may be. Whoever is gone, or was not refused and
 * has no NIC, learns nothing.
 */
export function heldDown<B>(phase: Phase<B>, holdDown: HoldDown | undefined): Phase<B> {
  switch (phase.type) {
    case 'unbound':
    case 'released':
      return phase;
    case 'standing-by':
      return initialPhase(holdDown);
    case 'taking-part':
    case 'claiming':
    case 'leaving':
      return phase.holdDown === holdDown ? phase : { ...phase, holdDown };
  }
}

/** What takes its place after its release, if anything. */
export function nextOf<B>(phase: Phase<B>): GroupConfig | undefined {
  return phase.type === 'leaving' || phase.type === 'released' ? phase.next : undefined;
}
