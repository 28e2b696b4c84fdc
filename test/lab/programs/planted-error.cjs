// Preloaded into agents: the main thread of the process whose ID is in the file that PLANTED_ERROR names goes wrong, once, in the way beside it.
const { existsSync, readFileSync, rmSync } = require('node:fs');
const { isMainThread } = require('node:worker_threads');

const file = process.env.PLANTED_ERROR;

if (isMainThread) {
  setInterval(() => {
    const [pid, how] = existsSync(file) ? readFileSync(file, 'utf8').split(' ') : [];
    if (Number(pid) !== process.pid) return;
    rmSync(file);
    if (how === 'reject') Promise.reject(new Error('planted rejection'));
    else throw new Error('planted exception');
  }, 20).unref();
}
