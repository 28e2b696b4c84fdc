/** What is wanted of others because hosts claim, or do not claim, the addresses of groups that are led here. */
import type { AnsweringEffect } from '../answering/contract.js';
import type { ReportEffect } from '../election/effects.js';
import type { Member } from '../election/member.js';

export type ConflictEffect =
  /** Exactly these of the group's addresses are answered for. */
  | { readonly type: 'hold'; readonly member: Member; readonly addresses: readonly Uint8Array[] }
  | Extract<AnsweringEffect, { readonly type: 'announce' }>
  | ReportEffect;
