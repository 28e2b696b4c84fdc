/** What the election wants of others, in the order in which it is to be done. */
import type { Input } from '../../../core/vrrp/virtual-router.js';
import type { GroupConfig } from '../messages.js';
import type { Member } from './member.js';
import type { ChosenNic } from './nic-choice.js';

export type ElectionEffect =
  /** Give the member's router this. */
  | { readonly type: 'input'; readonly member: Member; readonly input: Input }
  /** Give it the configuration as it is then. */
  | { readonly type: 'configure'; readonly member: Member; readonly handOver: boolean }
  /** Take the member off its NIC. */
  | { readonly type: 'unbind'; readonly member: Member }
  /** Bind it to this one. */
  | { readonly type: 'bind'; readonly member: Member; readonly place: ChosenNic }
  /** A leader's addresses answer with another MAC than before, or answer again: announce all of them. */
  | { readonly type: 'announce-anew'; readonly member: Member }
  /** Have the member's router let go; `next` takes its place then. */
  | {
      readonly type: 'release';
      readonly member: Member;
      readonly next: GroupConfig | undefined;
      readonly immediate: boolean;
    }
  /** Links are not as they were: look for the place of every group. */
  | { readonly type: 'links-changed' }
  | ReportEffect;

/** What is to be said of the group has changed. */
export interface ReportEffect {
  readonly type: 'report';
  readonly group: string;
}

/** Its NIC is gone, or of no use. */
export function linkDown(member: Member): ElectionEffect {
  return { type: 'input', member, input: { type: 'link-down' } };
}

export function report({ config }: Member): ReportEffect {
  return { type: 'report', group: config.name };
}
