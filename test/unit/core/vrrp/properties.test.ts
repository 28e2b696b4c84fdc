import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Micros } from '../../../../src/core/time.js';
import {
  createVirtualRouter,
  type Input,
  type Output,
  step,
  type VirtualRouter,
  type VirtualRouterConfig,
} from '../../../../src/core/vrrp/virtual-router.js';
import { advert, config, ms } from './given.js';

describe('whatever happens to a virtual router', () => {
  it('its addresses are held if and only if it is Active', () => {
    everyHistory(({ held, router }) => assert.equal(held, router.state === 'Active'));
  });

  it('it claims nothing unless it is Active when the step ends, but for one last word to a better one', () => {
    everyHistory(({ before, input, router, outputs }) => {
      if (router.state === 'Active') return;
      const yields =
        before.state === 'Active' && !before.leaving && router.state === 'Backup' && input.type === 'advert';
      assert.ok(outputs.filter(claims).length <= (yields ? 1 : 0));
    });
  });

  const becoming = (check: (types: readonly string[]) => void, isVirtualMacGivenUp: boolean) =>
    everyHistory(({ before, router, outputs }) => {
      if (before.state === 'Active' || router.state !== 'Active') return;
      const { virtualMac, family } = before.config;
      const answers = { 'priority-zero': true, 'peer-lost': family === 4 }[before.takeOverReason as string] === true;
      const givenUp = virtualMac === true && answers;
      if (givenUp === isVirtualMacGivenUp) check(outputs.map((output) => output.type));
    });

  it('it becomes Active with an advert first, then its addresses, then announcements', () => {
    becoming((types) => assert.deepEqual(types, ['advertise', 'take-addresses', 'announce', 'transition']), false);
  });

  it('it has its addresses before it claims a virtual MAC from one that answers still', () => {
    becoming((types) => assert.deepEqual(types, ['take-addresses', 'advertise', 'announce', 'transition']), true);
  });

  it('it never advertises its priority while it is leaving', () => {
    everyHistory(({ before, router, outputs }) => {
      if (before.leaving && router.leaving) assert.deepEqual(outputs.filter(claims), []);
    });
  });

  it('it is silent from its release to its next start', () => {
    everyHistory(({ before, input, outputs }) => {
      if (before.life === 'released' && input.type !== 'startup') assert.deepEqual(outputs, []);
    });
  });

  it('an Active that missed its deadline by more than its peers wait drops its addresses before anything', () => {
    everyHistory(({ before, now, outputs }) => {
      const late = now - before.deadline;
      if (before.state === 'Active' && late > 3 * before.config.advertisementInterval) {
        assert.equal(outputs[0]?.type, 'drop-addresses');
      }
    });
  });

  it('what is said of a lost Active moves nobody but a Backup that follows it, and never makes it wait for longer', () => {
    everyHistory(({ before, input, now, router, outputs }) => {
      if (input.type !== 'peer-lost' || outputs.length > 0) return;
      if (before.state !== 'Backup') assert.equal(router, before);
      // One that was woken long after its deadline waits anew, whatever it is told.
      else if (router.takeOverReason === 'peer-lost' && now <= before.activeDownAt)
        assert.ok(router.activeDownAt <= before.activeDownAt);
    });
  });

  it('being asked early changes nothing', () => {
    everyHistory(({ router, now }) => {
      if (router.deadline <= now) return;
      assert.deepEqual(step(router, { type: 'time' }, now), { router, outputs: [] });
    });
  });

  it('it never asks for the same instant for ever: a few calls take its deadline into the future', () => {
    everyHistory(({ router, now }) => {
      let current = router;
      for (let call = 0; call < 3 && current.deadline <= now; call += 1)
        current = step(current, { type: 'time' }, now).router;
      assert.ok(current.deadline > now, `still due at ${current.deadline}, now ${now}`);
    });
  });

  it('it asks for time if and only if it takes part', () => {
    everyHistory(({ router }) => assert.equal(Number.isFinite(router.deadline), router.state !== 'Initialize'));
  });

  it('left alone with its link up it becomes Active within an Active_Down_Interval and a skew', () => {
    everyHistory(({ router, now }) => {
      if (router.state !== 'Backup') return;
      const { priority, version } = router.config;
      const skewed = version === 3 ? router.activeInterval : ms(1000);
      assert.ok(router.deadline - now <= 3 * router.activeInterval + ((256 - priority) * skewed) / 256 + 0.001);
      assert.equal(step(router, { type: 'time' }, Math.max(router.deadline, now)).router.state, 'Active');
    });
  });

  it('every transition it reports is one that happened', () => {
    everyHistory(({ before, router, outputs }) => {
      let state = before.state;
      for (const output of outputs) {
        if (output.type !== 'transition') continue;
        assert.equal(output.from, state);
        state = output.to;
      }
      assert.equal(state, router.state);
    });
  });

  it('its configuration, deadline and state are plain data', () => {
    everyHistory(({ router }) => assert.deepEqual(structuredClone(router), router));
  });
});

interface Moment {
  readonly before: VirtualRouter;
  readonly input: Input;
  readonly now: Micros;
  readonly router: VirtualRouter;
  readonly outputs: readonly Output[];
  /** Whether a driver that performs the outputs holds the addresses now. */
  readonly held: boolean;
}

/** Plays random histories and shows each moment of them to `check`. */
function everyHistory(check: (moment: Moment) => void): void {
  const moves = fc.array(fc.tuple(moveArbitrary, waitArbitrary), { maxLength: 40 });
  fc.assert(
    fc.property(configArbitrary, moves, (initial, history) => {
      let before = createVirtualRouter(initial);
      let now = 0;
      let held = false;
      for (const [move, wait] of [[{ type: 'startup' } as Input, 0] as const, ...history]) {
        now =
          wait === 'deadline' ? Math.max(now, Number.isFinite(before.deadline) ? before.deadline : now) : now + wait;
        const input = suited(move, before.config);
        const { router, outputs } = step(before, input, now);
        for (const output of outputs) {
          if (output.type === 'take-addresses') held = true;
          if (output.type === 'drop-addresses') held = false;
        }
        check({ before, input, now, router, outputs, held });
        before = router;
      }
    }),
    { numRuns: 400 },
  );
}

const intervals = fc.constantFrom(ms(10), ms(250), ms(1000), ms(7000));
const configArbitrary: fc.Arbitrary<VirtualRouterConfig> = fc
  .record({
    version: fc.constantFrom<2 | 3>(2, 3),
    priority: fc.integer({ min: 1, max: 255 }),
    advertisementInterval: intervals,
    preempt: fc.boolean(),
    preemptDelay: fc.constantFrom(0, ms(5000)),
    virtualMac: fc.boolean(),
  })
  .map(config);
const moveArbitrary: fc.Arbitrary<Input> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Input>({ type: 'time' }) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.integer({ min: 0, max: 255 }), intervals, fc.integer({ min: 1, max: 254 }))
      .map(([priority, interval, host]) => advert(priority, { interval, source: Uint8Array.of(192, 0, 2, host) })),
  },
  fc.constantFrom<Input>({ type: 'startup' }, { type: 'link-down' }, { type: 'link-up' }, { type: 'hand-over' }),
  fc.tuple(fc.integer({ min: 1, max: 254 }), intervals, fc.boolean()).map(
    ([host, spread, patient]): Input => ({
      type: 'peer-lost',
      source: Uint8Array.of(192, 0, 2, host),
      spread,
      patient,
    }),
  ),
  fc.boolean().map((immediate): Input => ({ type: 'shutdown', immediate })),
  fc.integer({ min: 0, max: 10_000 }).map((late): Input => ({ type: 'slept', lateness: ms(late) })),
  fc
    .tuple(configArbitrary, fc.boolean())
    .map(([changed, handOver]): Input => ({ type: 'configure', config: changed, handOver })),
);
const waitArbitrary = fc.oneof(
  fc.constant('deadline' as const),
  fc.integer({ min: 0, max: 300 }).map(ms),
  fc.integer({ min: 0, max: 10_000 }).map(ms),
);

/** The version of a virtual router never changes. */
function suited(input: Input, own: VirtualRouterConfig): Input {
  return input.type === 'configure' ? { ...input, config: { ...input.config, version: own.version } } : input;
}

function claims(output: Output): boolean {
  return (
    (output.type === 'advertise' && output.priority > 0) ||
    output.type === 'take-addresses' ||
    output.type === 'announce'
  );
}
