import type { MemberReport } from '../../../src/agent/engine/messages.js';

/** What the engine says of a Backup of group `web`, but for what is given. */
export function memberReport(o: Partial<MemberReport> = {}): MemberReport {
  return {
    group: 'web',
    state: 'Backup',
    priority: 254,
    interface: 'eth0',
    address: '192.0.2.1',
    reason: 'startup',
    activeSource: undefined,
    reasons: [],
    message: undefined,
    held: [],
    notHeld: [],
    ...o,
  };
}
