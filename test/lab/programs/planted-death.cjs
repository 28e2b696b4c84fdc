// Preloaded into agents: when the file that PLANTED_DEATH names holds a process's ID and a way to die, the engine thread of that process does.
const { existsSync, readFileSync } = require('node:fs');
const { isMainThread } = require('node:worker_threads');

if (!isMainThread) {
  const add = Atomics.add; // called once in each turn
  Atomics.add = (...args) => {
    const [pid, how] = existsSync(process.env.PLANTED_DEATH) ? readFileSync(process.env.PLANTED_DEATH, 'utf8').split(' ') : [];
    if (Number(pid) === process.pid) die(how);
    return add(...args);
  };
}

function die(how) {
  if (how === 'exit') process.exit(7);
  if (how === 'memory') for (const hoard = []; ; ) hoard.push(new Array(10_000).fill(how));
  throw new Error('planted');
}
