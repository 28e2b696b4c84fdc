// Loaded before a program that is soaked: says now and then what Node.js holds on its main thread, as a line of JSON in the file that
// OPENELB_SOAK_FILE names. Collects first: what is garbage has not grown.
const { writeFileSync } = require('node:fs');
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');
const { isMainThread } = require('node:worker_threads');

const file = process.env.OPENELB_SOAK_FILE;
if (isMainThread && file !== undefined) {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  setInterval(() => {
    collect();
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    const resources = {};
    for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1;
    writeFileSync(file, JSON.stringify({ heapUsed, external, arrayBuffers, resources }));
  }, 10_000).unref();
}
