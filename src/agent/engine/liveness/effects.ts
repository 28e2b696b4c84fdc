/** What is wanted of others to tell whether a leader's engine lives, and when it does not. */
import type { ElectionEffect } from '../election/effects.js';

export type LivenessEffect =
  /** Read the adverts that wait, before somebody is given up for their absence. */
  | { readonly type: 'read-adverts' }
  /** Judge the leader anew that is watched under this key: what waited has been read. */
  | { readonly type: 'judge-peer'; readonly peer: string }
  | Extract<ElectionEffect, { readonly type: 'input' }>;
