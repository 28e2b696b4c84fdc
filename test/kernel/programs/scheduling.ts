/** A process that asks for real-time scheduling and prints, as JSON, what it got and what the kernel says it has. */
import { readFileSync } from 'node:fs';
import { requestRealtime } from '../../../src/platform/linux/scheduling.js';
import { prctl } from '../../../src/platform/linux/sys.js';

const granted = requestRealtime();
// proc_pid_stat(5): nice is field 19, policy field 41; the name in field 2 may hold spaces, so count from its closing bracket.
const fields = readFileSync('/proc/thread-self/stat', 'utf8').split(') ')[1]!.split(' ');
const [nice, policy] = [Number(fields[16]), Number(fields[38])];
const PR_GET_TIMERSLACK = 30;
const timerSlack = prctl(PR_GET_TIMERSLACK, 0);
process.stdout.write(JSON.stringify({ ...granted, actual: { nice, policy, timerSlack } }));
