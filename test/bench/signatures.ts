/**
 * What signing costs the engine: microseconds for each advert sent and received, without and with the trailer, in one run on one
 * machine. `node --import=tsx test/bench/signatures.ts`
 */
import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import { advertFrames } from '../../src/agent/engine/election/advert-frames.js';
import { faultOf, newStamps, signerOf } from '../../src/agent/engine/election/signing.js';
import type { GroupAuthentication } from '../../src/agent/engine/messages.js';
import { decodeAdvertFrame } from '../../src/core/wire/vrrp-frame.js';
import { utcMicros } from '../../src/platform/linux/clock.js';
import { groupOf } from '../unit/agent/engine/lan.js';

const rounds = 20_000;
const key = { id: 1, key: createSecretKey(randomBytes(32)) };
const authentication: GroupAuthentication = { mode: 'enforce', window: 5, signing: key, accepted: [key] };

/** The median of nine rounds, of microseconds for each call. */
function measure(what: () => void): number {
  const each: number[] = [];
  for (let round = 0; round < 9; round++) {
    const from = process.hrtime.bigint();
    for (let i = 0; i < rounds; i++) what();
    each.push(Number(process.hrtime.bigint() - from) / 1000 / rounds);
  }
  return each.toSorted((a, b) => a - b)[4]!;
}

for (const [name, family, count, peers] of [
  ['IPv4, 1 address, multicast', 4, 1, 1],
  ['IPv4, 63 addresses, multicast', 4, 63, 1],
  ['IPv6, 63 addresses, multicast', 6, 63, 1],
  ['IPv4, 1 address, unicast to 9', 4, 1, 9],
] as const) {
  const members = Array.from({ length: peers + 1 }, (_, i) => i + 1);
  const addresses = Array.from({ length: count }, (_, i) =>
    family === 4
      ? Uint8Array.of(198, 51, 100, i + 1)
      : Uint8Array.of(0x20, 1, 0xd, 0xb8, ...new Array(11).fill(0), i + 1),
  );
  const config = groupOf(members, 1, { family, addresses, transport: peers === 1 ? 'multicast' : 'unicast' });
  const sender = { mac: Uint8Array.of(2, 0, 0, 0, 0, 1), source: config.source!, mtu: 1500, peerMacs: new Map() };
  const signer = signerOf(authentication, newStamps(), utcMicros);
  const plain = advertFrames(config, { ...sender, signer: undefined });
  const signed = advertFrames({ ...config, authentication }, { ...sender, signer });
  const frames = Array.from({ length: 2 }, (_, i) => (i === 0 ? plain : signed).of(254)[0]!.slice());
  const stamps = newStamps();
  const received = (frame: Uint8Array, checked: boolean) => () => {
    const decoded = decodeAdvertFrame(frame, frame.length);
    if (!decoded.ok) throw new Error(decoded.reason);
    stamps.heard.clear();
    if (checked && faultOf(decoded.received, authentication, stamps, utcMicros()) === 'hmac-mismatch')
      throw new Error('forged');
  };
  const figures = {
    'sent, plain': measure(() => void plain.of(254)),
    'sent, signed': measure(() => void signed.of(254)),
    'received, plain': measure(received(frames[0]!, false)),
    'received, signed': measure(() => {
      const fresh = signed.of(254)[0]!;
      received(fresh, true)();
    }),
  };
  figures['received, signed'] -= figures['sent, signed'];
  console.log(name, Object.fromEntries(Object.entries(figures).map(([k, v]) => [k, `${v.toFixed(2)} us`])));
}
const bytes = randomBytes(60);
console.log(
  'one HMAC of 60 bytes',
  `${measure(() => void createHmac('sha256', key.key).update(bytes).digest()).toFixed(2)} us`,
);
