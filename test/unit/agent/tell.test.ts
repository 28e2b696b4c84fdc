import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { noLateness } from '../../../src/agent/engine/lateness.js';
import type { EngineReport, MemberReport } from '../../../src/agent/engine/messages.js';
import { tellCounters, tellState } from '../../../src/agent/tell.js';
import { createLogger } from '../../../src/platform/observability/log.js';

describe('what an agent tells its log when a signal asks', () => {
  const member: MemberReport = {
    group: 'web',
    state: 'Active',
    priority: 254,
    interface: 'eth0',
    address: '192.0.2.1',
    reason: 'no-response',
    activeSource: undefined,
    reasons: [],
    message: undefined,
    keyProblem: { reason: 'KeyMissing', message: 'lan.2 is not there' },
    held: ['192.0.2.100'],
    notHeld: [],
  };
  const counters = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`counter_${n}`, n]));
  const drops = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`reason-${n}`, n]));
  const report: EngineReport = { members: [member], counters, drops, neighborDrops: {}, lateness: noLateness() };
  const lines = (tell: (log: ReturnType<typeof createLogger>) => void) => {
    let text = '';
    const stream = new Writable({
      write(chunk, _, done) {
        text += chunk;
        done();
      },
    });
    tell(createLogger({ level: 'info', program: 'agent', stream, readable: false }));
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  };

  it('is how it stands in all, then each group', () => {
    const [agent, group, ...rest] = lines((log) => tellState(log, 'n1', 'ok', report));
    assert.deepEqual(rest, []);
    assert.deepEqual([agent!.message, agent!.node, agent!.groups, agent!.leads], ['state of the agent', 'n1', 1, 1]);
    assert.deepEqual([group!.group, group!.state, group!.held], ['web', 'Active', ['192.0.2.100']]);
    assert.equal(group!.keyProblem, 'lan.2 is not there');
  });

  it('is every counter, none cut', () => {
    const [line, ...rest] = lines((log) => tellCounters(log, report, new Map([['check', 2]])));
    assert.deepEqual(rest, []);
    assert.equal(line!.counter_29, 29);
    assert.deepEqual(line!.dropped, drops);
    assert.deepEqual(line!.errors, { check: 2 });
    assert.doesNotMatch(JSON.stringify(line), /…/);
  });

  it('is that the engine does not answer, when it does not', () => {
    for (const [line] of [
      lines((log) => tellState(log, 'n1', 'ok', { engine: 'late' })),
      lines((log) => tellCounters(log, { engine: 'late' }, new Map())),
    ]) {
      assert.deepEqual([line!.level, line!.reason], ['error', 'late']);
    }
  });
});
