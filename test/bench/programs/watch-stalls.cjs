// Writes a line for each time this core gave it nothing for long: a JSON object with `from` and `until`, milliseconds since 1970.
// Run at a real-time priority above everything else, it tells when the machine itself stood still.
const { writeSync } = require('node:fs');

const asleep = new Int32Array(new SharedArrayBuffer(4));
const leastMs = Number(process.argv[2]);

let before = performance.now();
for (;;) {
  Atomics.wait(asleep, 0, 0, 1);
  const now = performance.now();
  if (now - before > leastMs) {
    const until = performance.timeOrigin + now;
    writeSync(1, `${JSON.stringify({ from: until - (now - before), until })}\n`);
  }
  before = now;
}
