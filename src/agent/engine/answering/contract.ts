/**
 * How a leader makes its addresses answer. Two ways: `on-nic.ts` lets the kernel do it, `responder.ts` answers ARP and
 * neighbour solicitations itself.
 */
import type { Micros } from '../../../core/time.js';

export interface Answering {
  /**
   * From now on exactly `addresses` are answered for on behalf of `group`, in place of those before; none drops all. What this
   * takes is queued for `work`, removals first.
   */
  want(group: string, interfaceIndex: number, addresses: readonly Uint8Array[]): readonly AnsweringEffect[];
  /** Whether removals are queued. */
  removing(): boolean;
  /** Does one bounded batch of what is queued or due. */
  work(now: Micros): readonly AnsweringEffect[];
  /** When to call `work` next: an instant not after now while there is something to do. */
  deadline(): Micros;
  /** The addresses in place for a group right now. */
  held(group: string): readonly Uint8Array[];
  /** Those that could not be put in place, with why. */
  refused(group: string): readonly { readonly address: Uint8Array; readonly reason: string }[];
}

/** What has become of the work, and what is wanted of others for that. */
export type AnsweringEffect =
  /** These addresses of the group answer now and may be announced. */
  | { readonly type: 'in-place'; readonly group: string; readonly addresses: readonly Uint8Array[] }
  /** The address cannot be put in place; it is tried again. Told once for a run of equal reasons. */
  | { readonly type: 'refused'; readonly group: string; readonly address: Uint8Array; readonly reason: string }
  /** Not one address of the group is in place here, and each was refused several times for a reason that lasts. */
  | { readonly type: 'all-refused'; readonly group: string; readonly reason: string }
  /** Announce these addresses of the group, once; those of IPv4 in one form, or in both. */
  | {
      readonly type: 'announce';
      readonly group: string;
      readonly addresses: readonly Uint8Array[];
      readonly form?: AnnouncementForm;
    };

/** The forms of a gratuitous ARP. */
export type AnnouncementForm = 'request' | 'reply';

/** What most calls want of others. */
export const none: readonly never[] = [];
