// Preloaded into an agent: its main thread does nothing for 300 ms out of every 500, as if it parsed or collected garbage.
const { isMainThread } = require('node:worker_threads');

if (isMainThread) {
  setInterval(() => {
    const until = performance.now() + 300;
    while (performance.now() < until);
  }, 500).unref();
}
