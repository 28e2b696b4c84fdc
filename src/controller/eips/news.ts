/** What people are told when the status of an Eip becomes another: pure. */
import type { EipStatus } from '../../api/eip.js';
import { holdersNews, type News } from '../events/announcement.js';
import { passing } from './announced-condition.js';

/** Conditions whose message another one repeats. */
const detail: ReadonlySet<string> = new Set(['AnnouncedIPv4', 'AnnouncedIPv6']);

/** Of groups that changed hands, and of conditions that changed; of what is well only where it was not before. */
export function statusNews(before: EipStatus | undefined, after: EipStatus): readonly News[] {
  const held = holdersNews(before?.holders ?? {}, after.holders ?? {});
  const conditions = (after.conditions ?? []).flatMap((condition): News[] => {
    const { type, status, reason, message } = condition;
    const former = before?.conditions?.find((each) => each.type === type);
    if (former?.status === status && former.message === message) return [];
    if (passing.has(reason) || detail.has(type)) return [];
    if (status !== 'True') return [{ type: 'Warning', reason, message }];
    return former !== undefined && !passing.has(former.reason) ? [{ type: 'Normal', reason, message }] : [];
  });
  return held === undefined ? conditions : [{ type: 'Normal', reason: 'Held', message: held }, ...conditions];
}
