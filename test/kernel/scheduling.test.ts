import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { programUrl } from './programs/start-program.js';
import { requireRoot } from './two-hosts.js';

const SCHED_OTHER = 0;
const SCHED_RR = 2;
const SCHED_RESET_ON_FORK = 0x40000000;

describe('asking for real time', function () {
  this.timeout(60_000);
  before(function () {
    requireRoot(this);
  });

  /** Runs the program behind a wrapper that takes rights away. */
  function ask(...wrapper: string[]) {
    const program = [process.execPath, ...process.execArgv, fileURLToPath(programUrl('scheduling'))];
    const [command, ...args] = [...wrapper, ...program];
    return JSON.parse(execFileSync(command!, args, { encoding: 'utf8' })) as {
      policy: string;
      reason?: string;
      actual: { nice: number; policy: number; timerSlack: number };
    };
  }
  /** It may read the programs, wherever they lie, and nothing more. */
  const asNobody = [
    ...['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'],
    ...['--inh-caps=-all,+dac_read_search', '--ambient-caps=-all,+dac_read_search'],
  ];

  it('gives SCHED_RR to who may have it', () => {
    const { policy, reason, actual } = ask();
    assert.deepEqual([policy, reason], ['SCHED_RR', undefined]);
    assert.deepEqual([actual.policy & ~SCHED_RESET_ON_FORK, actual.nice], [SCHED_RR, 0]);
  });

  it('gives nice -20 to who may only have that, and says why', function () {
    try {
      execFileSync('prlimit', ['--nice=40', 'true'], { stdio: 'ignore' });
    } catch {
      console.log('      skipped: not allowed to raise the limit of nice (capability SYS_RESOURCE)');
      this.skip();
    }
    const { policy, reason, actual } = ask('prlimit', '--nice=40', '--rtprio=0', ...asNobody);
    assert.equal(policy, 'nice');
    assert.match(reason!, /^SCHED_RR: EPERM \(needs the capability SYS_NICE/);
    assert.deepEqual(actual, { nice: -20, policy: SCHED_OTHER, timerSlack: 1000 });
  });

  it('gives nothing but the timer slack to who may have nothing, and says why', () => {
    const { policy, reason, actual } = ask('prlimit', '--nice=0', '--rtprio=0', ...asNobody);
    assert.equal(policy, 'normal');
    assert.match(reason!, /^SCHED_RR: EPERM .*; nice -20: EACCES$/);
    assert.deepEqual(actual, { nice: 0, policy: SCHED_OTHER, timerSlack: 1000 });
  });
});
