/**
 * The BGP of an agent from its objects on, with an engine for BFD: what the agent is without its source of objects. Lines of JSON come in,
 * `{conf, peers}`, or a VipGroup as a watch brings it; they are checked. How sessions stand goes out whenever that has changed.
 *
 * arguments: the folder of its state, the node's name. Ends with its stdin.
 */
import { createInterface } from 'node:readline';
import { createBgpManager } from '../../../src/agent/bgp/manager.js';
import { startEngineThread } from '../../../src/agent/engine-thread.js';
import { startRoutingThread } from '../../../src/agent/routing-thread.js';
import { type Validation, validateBgpConf, validateBgpPeer, validateVipGroup } from '../../../src/api/validate.js';
import type { VipGroup } from '../../../src/api/vip-group.js';
import { systemClock } from '../../../src/platform/kubernetes/clock.js';

const [, , folder, name] = process.argv as [string, string, string, string];
const end = (reason: Error) => {
  throw reason;
};
const log = { debug() {}, info() {}, warn: console.error, error: console.error };
const engine = await startEngineThread(`${folder}/settings`, { event() {}, end });
const manager = createBgpManager({
  start: (on) => startRoutingThread(`${folder}/routing`, { ...on, end }),
  connectBfd(thread) {
    const { link, ended } = engine.connectBfd(thread.wakeFd);
    thread.connectBfd(link);
    return ended;
  },
  changed: () => process.stdout.write(`${JSON.stringify(manager.peers().flatMap(({ report }) => report ?? []))}\n`),
  supervisor: { attempt: (_, work) => work() },
  log,
  clock: systemClock,
});
process.stdout.write('ready\n');
const groups = new Map<string, VipGroup>();
for await (const line of createInterface({ input: process.stdin })) {
  const object = JSON.parse(line) as { readonly conf?: unknown; readonly peers?: readonly unknown[] };
  if (object.peers === undefined) {
    const group = checked(validateVipGroup(object));
    groups.set(group.metadata.name, group);
    manager.groups(groups);
    manager.complete();
  } else {
    manager.configure({
      conf: checked(validateBgpConf(object.conf)),
      peers: new Map(
        object.peers.map((each) => checked(validateBgpPeer(each))).map((peer) => [peer.metadata.name, peer]),
      ),
      node: { name, labels: {}, internalIps: [] },
      secret: () => undefined,
      secretsIn: 'nowhere',
    });
  }
}
await manager.end();
process.exit();

function checked<T>(validation: Validation<T>): T {
  if (validation.ok) return validation.value;
  throw new Error(validation.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
}
