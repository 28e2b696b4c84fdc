import assert from 'node:assert/strict';
import type { Transition } from '../../../src/agent/engine/messages.js';
import type { Reason } from '../../../src/agent/engine/reasons.js';
import { createMemberLog } from '../../../src/agent/member-log.js';
import { memberReport } from './member-report.js';

const backup = memberReport();

describe('what the log says of a group', () => {
  let lines: string[];
  let log: ReturnType<typeof createMemberLog>;
  beforeEach(() => {
    lines = [];
    const say = (level: string) => (message: string, fields?: object) =>
      void lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
    log = createMemberLog({ info: say('info'), warn: say('warn') });
  });
  const said = () => lines.splice(0);

  it('is one line for a change of state, with what it was, what it is and why', () => {
    const at = { group: 'web', priority: 254, interface: 'eth0', address: '192.0.2.1', at: 0 };
    const change: Transition = { type: 'transition', from: 'Backup', to: 'Active', reason: 'no-response', ...at };
    log.transition(change);
    log.report({ ...backup, state: 'Active', reason: 'no-response' });
    assert.deepEqual(said(), [
      'info became Active {"from":"Backup","to":"Active","reason":"no-response","group":"web","priority":254,"interface":"eth0","address":"192.0.2.1"}',
    ]);
  });

  it('is nothing when nothing changed', () => {
    log.report(backup);
    log.report({ ...backup });
    assert.deepEqual(said(), []);
  });

  it('is what it holds more, and less, by name up to eight', () => {
    log.report(backup);
    log.report({ ...backup, held: ['192.0.2.100', '192.0.2.101'] });
    log.report({ ...backup, held: ['192.0.2.101'] });
    assert.deepEqual(said(), [
      'info holds addresses {"group":"web","held":2,"addresses":["192.0.2.100","192.0.2.101"]}',
      'info gave addresses up {"group":"web","held":1,"addresses":["192.0.2.100"]}',
    ]);
    log.report({ ...backup, held: Array.from({ length: 10 }, (_, i) => `192.0.2.${i}`) });
    assert.match(said()[0]!, /"192\.0\.2\.7"\],"more":2/);
  });

  it('is that it cannot take part and why, and that nothing keeps it any more', () => {
    const reasons: readonly Reason[] = [{ type: 'InterfaceDown', message: 'eth0 is down' }];
    const down = { ...backup, state: 'Initialize' as const, reasons };
    log.report(down);
    log.report({ ...down, reasons: [] });
    assert.deepEqual(said(), [
      'warn cannot take part {"group":"web","type":"InterfaceDown","reason":"eth0 is down"}',
      'info nothing keeps it from taking part any more {"group":"web","type":"InterfaceDown","reason":"eth0 is down"}',
    ]);
  });

  it('is each reason when it comes and when it goes, whatever else is in the way', () => {
    const check: Reason = { type: 'CheckFailed', message: 'check web fails: refused' };
    const nic: Reason = { type: 'InterfaceDown', message: 'eth0 is down' };
    const out = { ...backup, state: 'Initialize' as const };
    for (const reasons of [[nic], [check, nic], [check], []]) log.report({ ...out, reasons });
    assert.deepEqual(
      said().map((line) => line.replace(/"group.*"reason":/, '')),
      [
        'warn cannot take part {"eth0 is down"}',
        'warn cannot take part {"check web fails: refused"}',
        'info a reason is gone, others remain {"eth0 is down"}',
        'info nothing keeps it from taking part any more {"check web fails: refused"}',
      ],
    );
  });

  it('is that it takes part with a restriction, and then without', () => {
    const message = 'not taken, because another host has it: 192.0.2.100';
    log.report({ ...backup, reasons: [{ type: 'AnsweredElsewhere', message }] });
    log.report(backup);
    assert.deepEqual(
      said().map((line) => line.split(' {')[0]),
      ['warn takes part with a restriction', 'info takes part without restriction'],
    );
  });

  it('is another priority or address, and of a group that comes back nothing of before', () => {
    log.report(backup);
    log.report({ ...backup, priority: 100, address: '192.0.2.9' });
    assert.deepEqual(said(), [
      'info priority changed {"group":"web","from":254,"to":100}',
      'info adverts come from another address {"group":"web","from":"192.0.2.1","to":"192.0.2.9"}',
    ]);
    log.forget('web');
    log.report(backup);
    assert.deepEqual(said(), []);
  });
});
