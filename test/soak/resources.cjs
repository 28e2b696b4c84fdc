// Loaded before a program that is soaked: says now and then what Node.js holds on its main thread, as a line of JSON in the file that
// OPENELB_SOAK_FILE names. Collects first: what is garbage has not grown. In each minute of its life that
// OPENELB_SOAK_SNAPSHOTS_AT names it writes a snapshot of its heap whose path begins with OPENELB_SOAK_SNAPSHOTS.
const { renameSync, writeFileSync } = require('node:fs');
const { getHeapSpaceStatistics, setFlagsFromString, writeHeapSnapshot } = require('node:v8');
const { runInNewContext } = require('node:vm');
const { isMainThread } = require('node:worker_threads');

const file = process.env.OPENELB_SOAK_FILE;
if (isMainThread && file !== undefined) {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  const { OPENELB_SOAK_SNAPSHOTS: beginning, OPENELB_SOAK_SNAPSHOTS_AT: at } = process.env;
  const due = beginning === undefined ? [] : at.split(',').map(Number);
  setInterval(() => {
    collect();
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    // What V8 has compiled: Node.js 20 has bytecode among objects, later ones have it in a space of its own, with what goes with code.
    const spaces = getHeapSpaceStatistics().filter(({ space_name }) => /code|trusted/.test(space_name));
    const code = spaces.reduce((sum, { space_used_size }) => sum + space_used_size, 0);
    const resources = {};
    for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1;
    // Whoever reads it meanwhile gets the whole line before.
    writeFileSync(`${file}.new`, JSON.stringify({ heapUsed, code, external, arrayBuffers, resources }));
    renameSync(`${file}.new`, file);
    if (process.uptime() >= due[0] * 60) writeHeapSnapshot(`${beginning}-${due.shift()}.heapsnapshot`);
  }, 10_000).unref();
}
