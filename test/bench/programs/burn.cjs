// Keeps a core busy for a share of each 50 ms (0..1).
const share = Number(process.argv[2]);

const asleep = new Int32Array(new SharedArrayBuffer(4));
for (let end = performance.now(); ; end += 50) {
  while (performance.now() < end + 50 * share);
  if (share < 1) Atomics.wait(asleep, 0, 0, Math.max(0, end + 50 - performance.now()));
}
