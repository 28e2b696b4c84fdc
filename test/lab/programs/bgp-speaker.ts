/**
 * The thread of routing protocols in a process of its own: commands come as lines of JSON, events go out as such. In strings, `ip:` stands
 * before an address and `secret:` before a password.
 *
 * Arguments: the checkpoint file; `bfd` to have BFD, which takes an engine.
 */
import { createSecretKey } from 'node:crypto';
import { createInterface } from 'node:readline';
import { startEngineThread } from '../../../src/agent/engine-thread.js';
import { type RoutingThread, startRoutingThread } from '../../../src/agent/routing-thread.js';
import { ipToBytes, parseIp } from '../../../src/core/ip/address.js';

const say = (what: unknown) => process.stdout.write(`${JSON.stringify(what)}\n`);
const thread = await startRoutingThread(process.argv[2]!, {
  event: say,
  end(reason) {
    throw reason;
  },
});
if (process.argv[3] === 'bfd') {
  const engine = await startEngineThread(`${process.argv[2]}.settings`, {
    event: () => {},
    end(reason) {
      throw reason;
    },
  });
  thread.connectBfd(engine.connectBfd(thread.wakeFd).link);
}
say({ type: 'ready' });
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'end') await thread.end();
  else if (line === 'memory') say({ type: 'memory', ...process.memoryUsage() });
  else thread.command(JSON.parse(line, revived) as Parameters<RoutingThread['command']>[0]);
}
await thread.end();
process.exit();

function revived(_: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (value.startsWith('ip:')) return ipToBytes(parseIp(value.slice(3))!);
  return value.startsWith('secret:') ? createSecretKey(value.slice(7), 'utf8') : value;
}
