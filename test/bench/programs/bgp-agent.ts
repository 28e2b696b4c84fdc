/**
 * The BGP of an agent from its objects on, with an engine for BFD: what the agent is without its source of objects. Lines of JSON come in,
 * `{conf, peers}` or `{groups}`, and are checked as those of files are; how sessions stand goes out whenever that has changed.
 *
 * arguments: the folder of its state, the node's name. Ends with its stdin.
 */
import { createInterface } from 'node:readline';
import { createBgpDesk } from '../../../src/agent/bgp/desk.js';
import { startEngineThread } from '../../../src/agent/engine-thread.js';
import { startRoutingThread } from '../../../src/agent/routing-thread.js';
import { type Validation, validateBgpConf, validateBgpPeer, validateVipGroup } from '../../../src/api/validate.js';
import { systemClock } from '../../../src/platform/kubernetes/clock.js';

const [, , folder, name] = process.argv as [string, string, string, string];
const end = (reason: Error) => {
  throw reason;
};
const log = { debug() {}, info() {}, warn: console.error, error: console.error };
const engine = await startEngineThread(`${folder}/settings`, { event() {}, end });
const desk = createBgpDesk({
  start: (on) => startRoutingThread(`${folder}/routing`, { ...on, end }),
  connectBfd(thread) {
    const { link, ended } = engine.connectBfd(thread.wakeFd);
    thread.connectBfd(link);
    return ended;
  },
  changed: () => process.stdout.write(`${JSON.stringify(desk.peers().flatMap(({ report }) => report ?? []))}\n`),
  supervisor: { attempt: (_, work) => work() },
  log,
  clock: systemClock,
});
process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  const { conf, peers, groups } = JSON.parse(line) as { conf?: unknown; peers?: unknown[]; groups?: unknown[] };
  if (groups) {
    desk.groups(named(groups.map((each) => checked(validateVipGroup(each, { strict: true })))));
    desk.complete();
  } else {
    desk.configure({
      conf: checked(validateBgpConf(conf, { strict: true })),
      peers: named(peers!.map((each) => checked(validateBgpPeer(each, { strict: true })))),
      node: { name, labels: {}, internalIps: [] },
      secret: () => undefined,
      secretsIn: 'nowhere',
    });
  }
}
process.exit();

function checked<T>(validation: Validation<T>): T {
  if (validation.ok) return validation.value;
  throw new Error(validation.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
}

function named<T extends { readonly metadata: { readonly name: string } }>(all: readonly T[]): ReadonlyMap<string, T> {
  return new Map(all.map((each) => [each.metadata.name, each]));
}
