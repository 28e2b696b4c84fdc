/**
 * The thread of routing protocols in a process of its own: commands come as lines of JSON, events go out as such. In strings, `ip:` stands
 * before an address and `secret:` before a password.
 *
 * Arguments: the checkpoint file.
 */
import { createSecretKey } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { RoutingCommand } from '../../../src/agent/engine/routing/contract.js';
import { startRoutingThread } from '../../../src/agent/routing-thread.js';
import { ipToBytes, parseIp } from '../../../src/core/ip/address.js';

const say = (what: unknown) => process.stdout.write(`${JSON.stringify(what)}\n`);
const thread = await startRoutingThread(process.argv[2]!, {
  event: say,
  end(reason) {
    throw reason;
  },
});
say({ type: 'ready' });
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'end') await thread.end();
  else if (line === 'memory') say({ type: 'memory', ...process.memoryUsage() });
  else thread.command(JSON.parse(line, revived) as RoutingCommand);
}
await thread.end();

function revived(_: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (value.startsWith('ip:')) return ipToBytes(parseIp(value.slice(3))!);
  return value.startsWith('secret:') ? createSecretKey(value.slice(7), 'utf8') : value;
}
