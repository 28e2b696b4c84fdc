import assert from 'node:assert/strict';
import type { MemberReport } from '../../../../src/agent/engine/messages.js';
import { keepalivedArguments, notifiedState } from '../../../../src/agent/notify/notified-state.js';
import { createNotifier, type Notifier } from '../../../../src/agent/notify/notifier.js';
import { runHook } from '../../../../src/agent/notify/run-hook.js';
import type { ProgramEnd, ProgramRun } from '../../../../src/agent/programs/run-program.js';
import type { NotifyHook } from '../../../../src/api/notify-rules.js';
import { leftWith } from '../../left-with-signal.js';
import { handTimers } from '../tracking/hand-timers.js';

type State = 'Active' | 'Backup' | 'Initialize';

const reportOf = (group: string, state: State, problem?: string, priority = 200): MemberReport => ({
  group,
  state,
  priority,
  interface: undefined,
  address: undefined,
  reason: undefined,
  activeSource: undefined,
  reasons: [],
  message: problem,
  problem,
  held: [],
  notHeld: [],
});

describe('what a report means to hooks', () => {
  const meant = (state: State, problem?: string, isMember = true) =>
    notifiedState(reportOf('g', state, problem), isMember);
  it('is its state while the node takes part, whatever is in the way', () => {
    assert.equal(meant('Active'), 'Active');
    assert.equal(meant('Backup', 'some addresses are refused'), 'Backup');
  });
  it('is Fault when it cannot', () => assert.equal(meant('Initialize', 'link down'), 'Fault'));
  it('is nothing when it has only begun', () => assert.equal(meant('Initialize'), undefined));
  it('is Stop when it is a member no more, but only when it has let go', () => {
    assert.equal(meant('Active', undefined, false), 'Active');
    assert.equal(meant('Initialize', 'link down', false), 'Stop');
  });
  it('is told in the words of keepalived', () => {
    assert.deepEqual(keepalivedArguments('g', 'Active', 254), ['INSTANCE', 'g', 'MASTER', '254']);
    for (const [state, word] of [
      ['Backup', 'BACKUP'],
      ['Fault', 'FAULT'],
      ['Stop', 'STOP'],
    ] as const)
      assert.equal(keepalivedArguments('g', state, 1)[2], word);
  });
});

describe('notify hooks', () => {
  let timers: ReturnType<typeof handTimers>;
  /** Programs that run now, in the order in which they began. */
  let runs: { readonly program: ProgramRun; end(over?: Partial<ProgramEnd>): Promise<void> }[];
  let log: { level: string; message: string; [field: string]: unknown }[];
  let unknown: boolean;
  let notifier: Notifier;
  const logAt = (level: string) => (message: string, fields: object) => void log.push({ level, message, ...fields });
  const start = (checksDir: string | undefined = '/checks') =>
    createNotifier({
      checksDir,
      timers,
      isUnknown: () => unknown,
      log: { info: logAt('info'), warn: logAt('warn') } as never,
      run: (program) =>
        new Promise((resolve) => {
          const run = {
            program,
            end: async (over: Partial<ProgramEnd> = {}) => {
              runs.splice(runs.indexOf(run), 1);
              resolve({ ok: true, ended: 'exited with 0', output: '', more: 0, ...over });
              await new Promise(setImmediate);
            },
          };
          runs.push(run);
          program.signal.addEventListener('abort', () => void run.end({ ok: false, ended: 'did not end in time' }));
        }),
    });
  const hear = (state: State, problem?: string, group = 'g') => notifier.hear(reportOf(group, state, problem), true);
  const told = () => runs.map(({ program }) => [program.path, ...program.args].join(' '));

  beforeEach(() => {
    timers = handTimers();
    runs = [];
    log = [];
    unknown = false;
    notifier = start();
  });
  const withHooks = (...hooks: NotifyHook[]) => notifier.configure('g', hooks);

  it('run from the checks directory with their own arguments and then those of keepalived', () => {
    withHooks({ command: 'hook', args: ['-v'] });
    hear('Backup');
    assert.deepEqual(told(), ['/checks/hook -v INSTANCE g BACKUP 200']);
  });

  it('run once for a state, however often it is reported', async () => {
    withHooks({ command: 'hook' });
    hear('Backup');
    await runs[0]!.end();
    hear('Backup');
    assert.deepEqual(told(), []);
  });

  it('run only in the states that they name', async () => {
    withHooks({ command: 'up', states: ['Active'] }, { command: 'down', states: ['Backup', 'Fault'] });
    hear('Backup');
    assert.deepEqual(told(), ['/checks/down INSTANCE g BACKUP 200']);
    await runs[0]!.end();
    hear('Active');
    assert.deepEqual(told(), ['/checks/up INSTANCE g MASTER 200']);
  });

  it('of one group run one after the other', async () => {
    withHooks({ command: 'first' }, { command: 'second' });
    hear('Backup');
    assert.deepEqual(told(), ['/checks/first INSTANCE g BACKUP 200']);
    await runs[0]!.end();
    assert.deepEqual(told(), ['/checks/second INSTANCE g BACKUP 200']);
  });

  it('that take long skip what was over before they began, say so, and end with what is the case', async () => {
    withHooks({ command: 'hook' });
    hear('Backup');
    hear('Active');
    hear('Backup');
    hear('Active');
    assert.equal(runs.length, 1);
    await runs[0]!.end();
    assert.deepEqual(told(), ['/checks/hook INSTANCE g MASTER 200']);
    assert.deepEqual(
      log.filter(({ message }) => message === 'notify hooks skipped').map(({ state }) => state),
      ['Active', 'Backup'],
    );
    await runs[0]!.end();
    assert.deepEqual(told(), []);
  });

  it('of a few groups run at the same time, and the others after them', async () => {
    const groups = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const group of groups) {
      notifier.configure(group, [{ command: 'hook' }]);
      hear('Active', undefined, group);
    }
    assert.deepEqual(
      runs.map(({ program }) => program.args[1]),
      ['a', 'b', 'c', 'd'],
    );
    await runs[1]!.end();
    assert.deepEqual(
      runs.map(({ program }) => program.args[1]),
      ['a', 'c', 'd', 'e'],
    );
  });

  it('are told of a fault that lasts', async () => {
    withHooks({ command: 'hook' });
    hear('Initialize', 'link down');
    assert.deepEqual(told(), []);
    await timers.advance(200);
    assert.deepEqual(told(), ['/checks/hook INSTANCE g FAULT 200']);
  });

  it('are not told of a fault that is over at once, nor anew of what was before it', async () => {
    withHooks({ command: 'hook' });
    hear('Backup');
    await runs[0]!.end();
    hear('Initialize', 'it begins anew');
    await timers.advance(100);
    hear('Backup');
    await timers.advance(1_000);
    assert.deepEqual(told(), []);
  });

  it('are not told of a fault while a check has not run yet, but are when it fails', async () => {
    withHooks({ command: 'hook' });
    unknown = true;
    hear('Initialize', 'check web fails: it has not run yet');
    await timers.advance(1_000);
    assert.deepEqual(told(), []);
    unknown = false;
    hear('Initialize', 'check web fails: refused');
    await timers.advance(200);
    assert.deepEqual(told(), ['/checks/hook INSTANCE g FAULT 200']);
  });

  it('are ended after their time, and the next one runs', async () => {
    withHooks({ command: 'slow', timeout: '3s' }, { command: 'next' });
    hear('Active');
    await timers.advance(2_999);
    assert.deepEqual(told(), ['/checks/slow INSTANCE g MASTER 200']);
    await timers.advance(1);
    assert.deepEqual(told(), ['/checks/next INSTANCE g MASTER 200']);
    assert.equal(log.at(-1)!.ended, 'did not end in time');
  });

  it('that nothing can end are left behind, and the next one runs', async () => {
    const begun: string[] = [];
    notifier = createNotifier({
      checksDir: '/checks',
      timers,
      isUnknown: () => false,
      log: { info: logAt('info'), warn: logAt('warn') } as never,
      run: ({ path }) => {
        begun.push(path);
        return new Promise(() => {});
      },
    });
    withHooks({ command: 'stuck', timeout: '1s' }, { command: 'next' });
    hear('Active');
    await timers.advance(2_000);
    assert.deepEqual(begun, ['/checks/stuck', '/checks/next']);
    assert.equal(log[0]!.ended, 'cannot be ended');
  });

  it('have what they print in the log, and how much more there was', async () => {
    withHooks({ command: 'hook' });
    hear('Active');
    await runs[0]!.end({ ok: false, ended: 'exited with 1', output: 'no such zone', more: 7 });
    assert.deepEqual(log, [
      {
        level: 'warn',
        message: 'notify hook failed',
        group: 'g',
        state: 'Active',
        command: 'hook',
        ended: 'exited with 1',
        output: 'no such zone',
        more: 7,
      },
    ]);
  });

  it('leave nothing with the signal that ends them all, however many have run', async () => {
    const { signal } = new AbortController();
    const runner = {
      ...{ checksDir: '/checks', timers, log: { info: () => {}, warn: () => {} } },
      run: async () => ({ ok: true, ended: 'exited with 0', output: '', more: 0 }),
    };
    const occasion = { group: 'g', state: 'Active', priority: 200, ended: signal } as const;
    for (let i = 0; i < 1_000; i += 1) await runHook(runner, { command: 'hook' }, occasion);
    assert.equal(leftWith(signal), 0);
  });

  it('are not run without a checks directory, and the log has the remedy', () => {
    notifier = createNotifier({
      checksDir: undefined,
      timers,
      isUnknown: () => false,
      log: { info: logAt('info'), warn: logAt('warn') } as never,
      run: () => assert.fail('it was run'),
    });
    withHooks({ command: 'hook' });
    hear('Active');
    assert.match(String(log[0]!.remedy), /--checks-dir DIR/);
  });

  it('are told when the node is a member no more and has let go, and again when it is one anew', async () => {
    withHooks({ command: 'hook' });
    hear('Active');
    await runs[0]!.end();
    notifier.hear(reportOf('g', 'Initialize'), false);
    assert.deepEqual(told(), ['/checks/hook INSTANCE g STOP 200']);
    await runs[0]!.end();
    withHooks({ command: 'hook' });
    hear('Backup');
    assert.deepEqual(told(), ['/checks/hook INSTANCE g BACKUP 200']);
  });

  it('are told of the end of a group that they were told of, and of no other', () => {
    withHooks({ command: 'hook' });
    notifier.hear(reportOf('g', 'Initialize'), false);
    assert.deepEqual(told(), []);
  });

  describe('at the end of the agent', () => {
    it('are told Stop, and waited for', async () => {
      withHooks({ command: 'hook' });
      hear('Active');
      await runs[0]!.end();
      let stopped = false;
      const stopping = notifier.stop(10_000).then(() => {
        stopped = true;
      });
      assert.deepEqual(told(), ['/checks/hook INSTANCE g STOP 200']);
      await new Promise(setImmediate);
      assert.ok(!stopped);
      await runs[0]!.end();
      await stopping;
    });

    it('are told it after what runs still, and nothing that comes later', async () => {
      withHooks({ command: 'hook' });
      hear('Active');
      const stopping = notifier.stop(10_000);
      hear('Backup');
      await runs[0]!.end();
      assert.deepEqual(told(), ['/checks/hook INSTANCE g STOP 200']);
      await runs[0]!.end();
      await stopping;
      assert.deepEqual(told(), []);
    });

    it('are ended when they take longer than the agent has', async () => {
      withHooks({ command: 'hook' }, { command: 'next' });
      hear('Active');
      const { signal } = runs[0]!.program;
      const stopping = notifier.stop(5_000);
      await timers.advance(5_000);
      await stopping;
      assert.ok(signal.aborted);
      await new Promise(setImmediate);
      assert.deepEqual(told(), [], 'nothing begins any more');
      assert.equal(log.find(({ state }) => state === 'Stop')?.message, 'notify hooks skipped');
    });

    it('hold nothing up when there are none', async () => notifier.stop(10_000));
  });
});
