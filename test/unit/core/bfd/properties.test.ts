import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  createSession,
  type Input,
  type Output,
  type Session,
  step,
  type Timing,
} from '../../../../src/core/bfd/session.js';
import { slowInterval } from '../../../../src/core/bfd/timers.js';
import type { Micros } from '../../../../src/core/time.js';
import { bfdStates, encodeControlPacket } from '../../../../src/core/wire/bfd.js';
import { identity, ms } from './given.js';

describe('whatever happens to a BFD session', () => {
  it('what it sends can be sent, and never both asks and answers', () => {
    everyHistory(({ outputs }) => {
      for (const output of outputs)
        if (output.type === 'send') assert.equal(encodeControlPacket(output.packet).length, 24);
    });
  });

  it('it sends one packet in a step at the most', () => {
    everyHistory(({ outputs }) => assert.ok(outputs.filter(({ type }) => type === 'send').length <= 1));
  });

  it('it offers and uses nothing faster than a second unless it is Up', () => {
    everyHistory(({ session }) => {
      if (session.state === 'Up') return;
      assert.ok(session.advertised.desiredMinTx >= slowInterval);
      assert.ok(session.inUse.desiredMinTx >= slowInterval);
    });
  });

  it('it sends a neighbour that wants no packets nothing but answers', () => {
    everyHistory(({ session, outputs }) => {
      if (session.neighbor.requiredMinRx !== 0) return;
      for (const output of outputs) assert.ok(output.type !== 'send' || output.packet.final);
    });
  });

  it('it tells its neighbour of each change of state in the same step, if that wants packets', () => {
    everyHistory(({ before, session, outputs }) => {
      if (session.state === before.state || session.neighbor.requiredMinRx === 0) return;
      const [first] = outputs;
      assert.ok(first?.type === 'send' && first.packet.state === session.state);
    });
  });

  it('it answers each poll at once unless it is switched off', () => {
    everyHistory(({ session, input, outputs }) => {
      if (input.type !== 'packet' || !input.packet.poll) return;
      const answers = outputs.filter((output) => output.type === 'send' && output.packet.final);
      assert.equal(answers.length, session.state === 'AdminDown' ? 0 : 1);
    });
  });

  it('it never calls a neighbour silent by a socket that was not read', () => {
    everyHistory(({ before, input, outputs }) => {
      if (input.type !== 'time') return;
      const expired = outputs.some((output) => output.type === 'transition');
      const { neighbor, heardAt, inUse } = before;
      const due = heardAt + neighbor.detectMult * Math.max(neighbor.desiredMinTx, inUse.requiredMinRx);
      if (expired) assert.ok(input.drainedAt >= due);
    });
  });

  it('only silence, the neighbour, the operator or the path take it down', () => {
    everyHistory(({ before, session, input }) => {
      if (before.state !== 'Up' || session.state === 'Up') return;
      assert.notEqual(input.type, 'configure');
      assert.notEqual(input.type, 'admin-up');
      if (input.type === 'packet') assert.ok(['Down', 'AdminDown'].includes(input.packet.state));
    });
  });

  it('every transition it reports is one that happened', () => {
    everyHistory(({ before, session, outputs }) => {
      const transitions = outputs.filter((output) => output.type === 'transition');
      assert.ok(transitions.length <= 1);
      const [transition] = transitions;
      assert.deepEqual(
        [transition?.from ?? before.state, transition?.to ?? before.state],
        [before.state, session.state],
      );
      if (transition) assert.equal(transition.diagnostic, session.diagnostic);
    });
  });

  it('being asked early changes nothing', () => {
    everyHistory(({ session, now }) => {
      if (session.deadline <= now) return;
      const early = step(session, { type: 'time', drainedAt: now, random: 0.5 }, now);
      assert.deepEqual(early, { session, outputs: [] });
    });
  });

  it('it never asks for the same instant for ever: a few calls with a socket that is read take its deadline into the future', () => {
    everyHistory(({ session, now }) => {
      let current = session;
      for (let call = 0; call < 3 && current.deadline <= now; call++)
        current = step(current, { type: 'time', drainedAt: now, random: 0 }, now).session;
      assert.ok(current.deadline > now, `still due at ${current.deadline}, now ${now}`);
    });
  });

  it('it is plain data', () => {
    everyHistory(({ session }) => assert.deepEqual(structuredClone(session), session));
  });
});

interface Moment {
  readonly before: Session;
  readonly input: Input;
  readonly now: Micros;
  readonly session: Session;
  readonly outputs: readonly Output[];
}

const interval = fc.constantFrom(50, 300, 1000, 5000).map(ms);
const timing: fc.Arbitrary<Timing> = fc.record(
  { desiredMinTx: interval, requiredMinRx: interval, detectMult: fc.integer({ min: 1, max: 255 }) },
  { noNullPrototype: true },
);
/** What a neighbour may claim, which is anything. */
const claimed = fc.oneof(
  fc.constantFrom(0, 1, 300_000, 1_000_000, 0xffff_ffff),
  fc.integer({ min: 0, max: 0xffff_ffff }),
);

const input: fc.Arbitrary<(now: Micros) => Input> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.integer({ min: 0, max: 2_000_000 }), fc.boolean(), fc.double({ min: 0, max: 0.999, noNaN: true }))
      .map(
        ([age, isRead, random]) =>
          (now: Micros): Input => ({ type: 'time', drainedAt: isRead ? now : now - age, random }),
      ),
  },
  {
    weight: 6,
    arbitrary: fc
      .record({
        state: fc.constantFrom(...bfdStates),
        diagnostic: fc.nat(31),
        poll: fc.boolean(),
        final: fc.boolean(),
        demand: fc.boolean(),
        controlPlaneIndependent: fc.boolean(),
        detectMult: fc.constantFrom(1, 3, 255),
        myDiscriminator: fc.constantFrom(1, 0xffff_ffff),
        yourDiscriminator: fc.constantFrom(0, identity.localDiscriminator),
        desiredMinTx: claimed,
        requiredMinRx: claimed,
        requiredMinEchoRx: claimed,
        age: fc.constantFrom(0, 1000, 900_000, -1000),
      })
      .map(
        ({ age, ...packet }) =>
          (now: Micros): Input => ({ type: 'packet', packet, at: now - age }),
      ),
  },
  { weight: 1, arbitrary: timing.map((config) => (): Input => ({ type: 'configure', config })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('admin-down', 'admin-up', 'path-down').map((type) => (): Input => ({ type }) as Input),
  },
);
const wait = fc.oneof(fc.constant('deadline' as const), fc.constantFrom(0, 1, 200_000, 1_000_000, 100_000_000));

/** Plays random histories and shows each moment of them to `check`. */
function everyHistory(check: (moment: Moment) => void): void {
  const seen = new Set<string>();
  fc.assert(
    fc.property(timing, fc.array(fc.tuple(input, wait), { maxLength: 40 }), (config, history) => {
      let before = createSession({ ...identity, config, now: 0, random: 0 });
      let now = 0;
      for (const [make, waited] of history) {
        const until = waited === 'deadline' ? before.deadline : now + waited;
        now = Number.isFinite(until) ? Math.max(now, until) : now;
        const given = make(now);
        const { session, outputs } = step(before, given, now);
        check({ before, input: given, now, session, outputs });
        seen.add(session.state);
        before = session;
      }
    }),
    { numRuns: 500 },
  );
  assert.equal(seen.size, 4, `only these states were tried: ${[...seen].join(', ')}`);
}
