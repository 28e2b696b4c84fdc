/**
 * A process whose worker thread blocks in the poller with every kind of descriptor open, and which then ends in the way its
 * first argument names. Second argument: whether the main thread loaded the native module, too.
 */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { startProgram } from './start-program.js';

const [ending, loadedBy] = isMainThread ? process.argv.slice(2) : (workerData as string[]);

if (isMainThread) {
  if (loadedBy === 'both') await import('../../../src/platform/linux/sys.js');
  const worker = startProgram('ending', { workerData: [ending, loadedBy] });
  worker.on('error', (error) => {
    process.exitCode = error.message === 'the worker failed' ? 7 : 1;
  });
  worker.on('message', async () => {
    if (ending === 'main exits') process.exit(3);
    if (ending === 'main terminates the worker') {
      await worker.terminate();
      process.exitCode = 4;
    }
    if (ending === 'main throws') throw new Error('main failed');
  });
} else {
  const { openPoller } = await import('../../../src/platform/linux/poller.js');
  const { openWake } = await import('../../../src/platform/linux/wake.js');
  const { openRtnetlinkEvents } = await import('../../../src/platform/linux/rtnetlink-events.js');
  const { openPacketSocket } = await import('../../../src/platform/linux/packet-socket.js');
  const poller = openPoller();
  const wake = openWake();
  const events = openRtnetlinkEvents();
  const socket = openPacketSocket({ interfaceIndex: 1, filter: 'vrrp', multicast: [] });
  for (const each of [wake, events, socket]) poller.add(each.fd, () => {});
  poller.wait(10_000);
  parentPort!.postMessage('ready');
  poller.wait(10_000);
  if (ending === 'the worker throws') throw new Error('the worker failed');
  if (ending === 'the worker exits') process.exit(5);
  for (;;) poller.wait(Number.POSITIVE_INFINITY);
}
