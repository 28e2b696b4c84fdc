import assert from 'node:assert/strict';
import { receiveDatagram, receptionDrops } from '../../../src/core/bfd/receive.js';
import { answerTo, isAnswerTo, question } from '../../../src/core/bfd/seamless.js';
import { createSession, type Input, type Session, step } from '../../../src/core/bfd/session.js';
import { defaultTiming } from '../../../src/core/bfd/timing.js';
import { type BfdState, type ControlPacket, encodeControlPacket } from '../../../src/core/wire/bfd.js';
import { decodeControlPacket } from '../../../src/core/wire/bfd-checks.js';
import { readVector } from '../../vectors/vector.js';
import { octets } from '../forms/bytes.js';
import type { Target } from '../fuzzer.js';

const localDiscriminator = 0x0c00_0001;
const reflector = 0xc000_0201;
const source = Uint8Array.of(192, 0, 2, 1);

/**
 * Any bytes are a packet or a named reason; a packet is the same after being encoded again, and a session in any state that hears it
 * sends only what can be sent, and asks for a time to come.
 */
export const target: Target<Uint8Array> = {
  form: octets,
  seeds: [
    readVector('bfd/down').bytes,
    readVector('bfd/up-poll').bytes,
    encodeControlPacket(
      question({ myDiscriminator: 7, reflector, interval: 50_000, detectMult: 3, wantsStream: true }),
    ),
  ],

  run(input) {
    const datagram = { payload: input, hopLimit: 255, source, sourcePort: 49_152, nic: 1 };
    for (const session of sessions) {
      const found = {
        byDiscriminator: (n: number) => (n === localDiscriminator ? session : undefined),
        byNeighbor: () => session,
      };
      const received = receiveDatagram(datagram, found);
      if (received.ok) hear(received.session, received.packet);
      else assert.ok(receptionDrops.includes(received.reason), `unnamed reason ${received.reason}`);
    }
    const decoded = decodeControlPacket(input);
    if (!decoded.ok) return;
    const { packet } = decoded;
    const answered = answerTo(packet, reflector, 50_000);
    if (answered.ok) {
      const answer = decodeControlPacket(encodeControlPacket(answered.answer));
      assert.ok(answer.ok && isAnswerTo(answer.packet, { myDiscriminator: packet.myDiscriminator, reflector }));
      assert.ok(!answerTo(answer.packet, reflector, 50_000).ok, 'an answer would be answered');
    }
    const mayBeSent = { ...packet, final: packet.final && !packet.poll };
    assert.deepEqual(decodeControlPacket(encodeControlPacket(mayBeSent)), { ok: true, packet: mayBeSent });
  },
};

/** A session in each state. */
const sessions: readonly Session[] = [
  after(),
  after(heard('Down')),
  after(heard('Init')),
  after({ type: 'admin-down' }),
];

function hear(session: Session, packet: ControlPacket): void {
  let current = session;
  const inputs: readonly Input[] = [
    { type: 'packet', packet, at: 2_000_000 },
    { type: 'packet', packet, at: 2_000_000 },
    { type: 'time', drainedAt: 2_000_000, random: 0.5 },
    { type: 'time', drainedAt: 2_000_000, random: 0.5 },
    { type: 'time', drainedAt: 2_000_000, random: 0.5 },
  ];
  for (const input of inputs) {
    const { session: next, outputs } = step(current, input, 2_000_000);
    for (const output of outputs) if (output.type === 'send') encodeControlPacket(output.packet);
    current = next;
  }
  assert.ok(current.deadline > 2_000_000, `still due at ${current.deadline}`);
}

function after(...inputs: readonly Input[]): Session {
  const fresh = createSession({
    localDiscriminator,
    sourcePort: 49_152,
    config: defaultTiming,
    now: 0,
    random: 0,
  });
  return inputs.reduce((session, input) => step(session, input, 1_000_000).session, fresh);
}

function heard(state: BfdState): Input {
  const decoded = decodeControlPacket(readVector('bfd/init').bytes);
  assert.ok(decoded.ok);
  return { type: 'packet', packet: { ...decoded.packet, state }, at: 1_000_000 };
}
