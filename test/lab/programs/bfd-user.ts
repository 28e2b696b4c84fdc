/**
 * A user of BFD on a host: the real engine on its thread. Takes commands (bfd/contract) as lines of JSON, addresses as text; writes events the
 * same way. Ends when its stdin does, without a word to any neighbour.
 */
import { createInterface } from 'node:readline';
import { createBfdClient } from '../../../src/agent/engine/bfd/client.js';
import type { BfdCommand } from '../../../src/agent/engine/bfd/contract.js';
import { startEngineThread } from '../../../src/agent/engine-thread.js';
import { ipToBytes, parseIp } from '../../../src/core/ip/address.js';

const [settingsFile] = process.argv.slice(2);
const thread = await startEngineThread(settingsFile!, {
  event() {},
  end(reason) {
    process.stderr.write(`${reason.stack}\n`);
    process.exit(1);
  },
});
const { link } = thread.connectBfd();
const client = createBfdClient(link, (event) => process.stdout.write(`${JSON.stringify(event)}\n`));
process.stdout.write('ready\n');
const addresses = new Set(['remote', 'local']);
for await (const line of createInterface({ input: process.stdin })) {
  client.send(
    JSON.parse(line, (key, value) => (addresses.has(key) ? ipToBytes(parseIp(value)!) : value)) as BfdCommand,
  );
}
process.exit(0);
