import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCheckpoint as readRoutingCheckpoint } from '../../../src/agent/engine/routing/checkpoint.js';
import { parseBgpCheckpoint } from '../../../src/agent/sources/bgp-checkpoint.js';
import { parseCheckpoint } from '../../../src/agent/sources/checkpoint.js';
import { validateBgpPeer, validateVipGroup } from '../../../src/api/validate.js';
import { checkpointFault, resumeSession } from '../../../src/core/bfd/restart.js';
import { defaultTiming } from '../../../src/core/bfd/timing.js';
import { openSysctlJournal } from '../../../src/platform/linux/sysctl-journal.js';
import { textForm } from '../forms/text.js';
import type { Target } from '../fuzzer.js';

const group = {
  metadata: { name: 'lan-0' },
  spec: {
    protocol: 'vip',
    interface: 'eth0',
    addresses: ['192.0.2.1'],
    vrrp: { virtualRouterId: 51 },
    members: [{ node: 'n1', priority: 254 }],
  },
};
const peer = { metadata: { name: 'tor' }, spec: { conf: { neighborAddress: '192.0.2.1', peerAs: 50_001 } } };
const conf = { metadata: { name: 'default' }, spec: { as: 50_000 } };
const node = { name: 'n1', labels: { rack: 'a' }, internalIps: ['192.0.2.11'], leaving: 'Cordoned' };
const timing = { desiredMinTx: 300_000, requiredMinRx: 300_000, detectMult: 3 };
const session = { localDiscriminator: 7, sourcePort: 49_152, neighborDiscriminator: 9 };
const bfd = { tor: { advertised: timing, neighborTiming: timing, ...session } };
const setting = { path: 'ipv4/conf/eth0/arp_ignore', before: '0', after: '1' };

const seeds = [
  { form: 1, savedAt: '2026-01-01T00:00:00.000Z', groups: [group] },
  { form: 1, savedAt: '2026-01-01T00:00:00.000Z', conf, peers: [peer], node },
  { bootId: 'b', bfd },
  { boot: 'b', changes: [setting] },
].map((each) => `${JSON.stringify(each)}\n`);

const words = [
  '"form":1',
  '"groups":[',
  '"peers":[',
  '"node":{',
  '"bootId":"b"',
  '"changes":[',
  '..',
  '/',
  '{}',
  '[]',
  'null',
];

const folder = mkdtempSync(join(tmpdir(), 'openelb-fuzz-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'checkpoint');

/** Any file is what an earlier life left, as far as it is valid, or refused; nothing outside of the settings of NICs comes out of it. */
export const target: Target<string> = {
  form: textForm({ words, longest: 4_000 }),
  seeds,

  run(text) {
    const groups = unlessDamaged(() => parseCheckpoint(text));
    for (const each of groups?.groups.values() ?? []) assert.ok(validateVipGroup(each).ok);
    const bgp = unlessDamaged(() => parseBgpCheckpoint(text));
    for (const each of bgp?.peers.values() ?? []) assert.ok(validateBgpPeer(each).ok);
    writeFileSync(file, text);
    const said: string[] = [];
    const routing = readRoutingCheckpoint(file, (event) => void said.push(event.type));
    for (const checkpoint of Object.values(routing?.bfd ?? {}))
      if (checkpointFault(checkpoint) === undefined)
        resumeSession({ checkpoint, config: defaultTiming, now: 1, random: 0 });
    assert.ok(routing === undefined ? said.length === 1 : typeof routing.bootId === 'string' && said.length === 0);
    for (const { path } of openSysctlJournal(file, 'b').read()) assert.match(path, /^ipv[46]\/conf\/[^/]+\/[a-z_]+$/);
  },
};

/** A file that is none is damaged, which whoever reads it says: what it is told of that is meant for people. */
function unlessDamaged<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    assert.ok(error instanceof Error && !(error instanceof TypeError), String((error as Error).stack));
    return undefined;
  }
}
