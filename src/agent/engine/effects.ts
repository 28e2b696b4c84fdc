/**
 * What parts of the engine want of each other. A part returns it; `perform.ts` does it. What goes out of the engine (frames, requests to the
 * kernel, events for the main thread, counts) leads nowhere back: each part does that by itself.
 */
import type { AnsweringEffect } from './answering/contract.js';
import type { VirtualMac } from './answering/virtual-macs.js';
import type { ConflictEffect } from './conflicts/effects.js';
import type { ElectionEffect } from './election/effects.js';
import type { Member } from './election/member.js';
import type { LivenessEffect } from './liveness/effects.js';

/** What follows from a step of a router, or from a change of its group. */
export type GroupEffect =
  /** A leader goes on with the addresses of its configuration. */
  | { readonly type: 'lead'; readonly member: Member }
  /** Work until some of the group's addresses are in place; not for long. */
  | { readonly type: 'begin'; readonly group: string }
  /** A leader's advert waits for nothing any more. */
  | { readonly type: 'claim'; readonly member: Member }
  /** Do what is queued for addresses, and announce what is due. */
  | { readonly type: 'settle' }
  | { readonly type: 'announce-due' }
  /** A virtual MAC is used no more. */
  | { readonly type: 'close-virtual-mac'; readonly virtual: VirtualMac }
  /** The group's router has let go, or it never had one. */
  | { readonly type: 'gone'; readonly member: Member };

export type Effect = AnsweringEffect | ElectionEffect | ConflictEffect | LivenessEffect | GroupEffect;
