/**
 * A worker thread that is a host: enters a namespace, sends a frame every 10 ms, counts what arrives, and reports when it is
 * told to stop. It never returns to its event loop before that.
 */
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { monotonicMicros } from '../../../src/platform/linux/clock.js';
import { enterNetworkNamespace } from '../../../src/platform/linux/namespace.js';
import { openPacketSocket } from '../../../src/platform/linux/packet-socket.js';
import { openPoller } from '../../../src/platform/linux/poller.js';
import { openRtnetlink } from '../../../src/platform/linux/rtnetlink.js';
import { requestRealtime } from '../../../src/platform/linux/scheduling.js';
import { openWake } from '../../../src/platform/linux/wake.js';

export interface HostReport {
  readonly links: readonly string[];
  readonly received: number;
  readonly policy: string;
  readonly stoppedAfterMicros: number;
}

const { namespace, name, port, frame } = workerData as {
  namespace: string;
  name: string;
  port: MessagePort;
  frame: Uint8Array;
};

enterNetworkNamespace(namespace);
const { policy } = requestRealtime();
const rtnetlink = openRtnetlink();
const links = rtnetlink.links();
const interfaceIndex = links.find((link) => link.name === name)!.index;
const socket = openPacketSocket({ interfaceIndex, filter: 'vrrp', multicast: [] });
const poller = openPoller();
const wake = openWake();
const buffer = new Uint8Array(2048);
let received = 0;
let askedToStopAt: number | undefined;

poller.add(socket.fd, () => {
  while (socket.receive(buffer) > 0) received++;
});
poller.add(wake.fd, () => {
  wake.drain();
  askedToStopAt = receiveMessageOnPort(port)?.message as number | undefined;
});
parentPort!.postMessage({ wakeFd: wake.fd });
let next = monotonicMicros();
while (askedToStopAt === undefined) {
  if (monotonicMicros() >= next) {
    socket.send(frame, frame.length);
    next += 10_000;
  }
  poller.wait(next - monotonicMicros());
}
const stoppedAfterMicros = monotonicMicros() - askedToStopAt;
parentPort!.postMessage({
  links: links.map((link) => link.name),
  received,
  policy,
  stoppedAfterMicros,
} satisfies HostReport);
for (const resource of [poller, socket, wake, rtnetlink, port]) resource.close();
