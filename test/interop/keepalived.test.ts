import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { monotonicMicros } from '../lab/clock.js';
import { type KeepalivedStatistics, keepalivedStatistics, keepalivedVersion } from '../lab/keepalived.js';
import { type Arena, answerers, instanceOf, openArena, type Sight } from './keepalived-arena.js';
import { type InteropCase, interopCases, obstacle, virtualAddress } from './keepalived-cases.js';
import { assertAdverts, assertAnnouncements } from './keepalived-frames.js';
import { oddLines } from './keepalived-log.js';
import { ourPriority, steps, takeOverMs } from './keepalived-steps.js';
import { requireTools } from './keepalived-tools.js';
import { type Capture, captureFrom, distinctFields } from './wire.js';

/** Longer than the Active_Down_Interval of a backup that hears nothing, in every case: 3 intervals and the skew of version 2. */
const patienceMs = 4200;
const version = await keepalivedVersion();
const cases = interopCases.filter((each) => version !== undefined && obstacle(each, version) === undefined);

describe(`with keepalived ${version ?? ''} in one virtual router`, function () {
  this.timeout(60_000);
  let arena: Arena;
  let capture: Capture;
  let file: string;
  /** When our agent ran and nothing happened, in seconds of the clock that frames are stamped by. */
  const quiet: (readonly [from: number, to: number])[] = [];

  before(async function () {
    await requireTools(this, version);
    for (const each of interopCases.filter((one) => !cases.includes(one))) {
      console.log(`    skipped: ${each.name}: ${obstacle(each, version!)}`);
    }
    arena = await openArena('oikeepalived', cases);
    capture = await captureFrom(arena.lab, arena.hosts.ours);
  });

  after(() => arena?.lab.close());

  afterEach(function () {
    if (this.currentTest?.state !== 'failed' || arena === undefined) return;
    console.log(tail(arena.keepalived().log()), tail(arena.agent().log()));
  });

  for (const step of steps) {
    describe(step.name, () => {
      let since: number;
      let seen: ReadonlyMap<InteropCase, Sight>;
      let answering: ReadonlyMap<InteropCase, readonly string[]>;

      before(async () => {
        since = monotonicMicros();
        await step.act(arena);
        seen = await arena.settle(step.leader, takeOverMs);
        if (step.nothingChanges) {
          const from = Date.now();
          await wait(patienceMs);
          quiet.push([from / 1000, Date.now() / 1000]);
          seen = await arena.look();
        }
        const asked = cases.map(
          async (each): Promise<[InteropCase, readonly string[]]> => [
            each,
            await answerers(arena.client, virtualAddress(each)),
          ],
        );
        answering = new Map(await Promise.all(asked));
      });

      for (const each of cases) {
        it(each.name, () => {
          const { holders, answeredBy, state } = seen.get(each)!;
          assert.deepEqual(holders, [step.leader], 'who has the address');
          assert.equal(answeredBy, arena.hosts[step.leader].name, 'who answered the client last');
          const expected = arena.agent().running() ? (step.leader === 'ours' ? 'Active' : 'Backup') : undefined;
          assert.equal(state, expected, 'what our agent says it is');
          assert.equal(answering.get(each)!.length, 1, `who answers for the address: ${answering.get(each)}`);
          if (step.loses === undefined) return;
          const lost = lostSince(arena, each, since);
          // Switches follow a virtual MAC to its first advert, which comes before the address does.
          const onTheWay = each.virtualMac === 'both' ? 1 : 0;
          assert.ok(lost <= step.loses[each.family] + onTheWay, `${lost} probes were lost`);
        });
      }
    });
  }

  describe('afterwards', () => {
    let statistics: Readonly<Record<string, KeepalivedStatistics>>;

    before(async () => {
      file = await capture.stop();
      statistics = await keepalivedStatistics(arena.hosts.theirs, arena.lab.folder);
    });

    for (const each of cases) {
      it(`keepalived had nothing to say against our adverts: ${each.name}`, async () => {
        const instance = instanceOf(each, arena);
        assert.deepEqual(oddLines(arena.keepalived().log(), instance), []);
        const counters = statistics[instance]!;
        assert.ok(counters['Advertisements.Received']! > 0, 'keepalived received none');
        const errors = Object.entries(counters).filter(([name, count]) => name.includes('Errors') && count > 0);
        assert.deepEqual(errors, []);
      });

      it(`tshark finds our adverts right: ${each.name}`, async () => assertAdverts(arena, each, ourPriority, file));
      it(`tshark finds our announcements right: ${each.name}`, async () => assertAnnouncements(arena, each, file));
    }

    it('the kernel under our agent answered no unicast advert by an ICMP error', async () => {
      const during = quiet.map(([from, to]) => `(frame.time_epoch > ${from} && frame.time_epoch < ${to})`).join(' || ');
      const seen = await distinctFields(file, `(icmp.type == 3 || icmpv6.type < 128) && (${during})`, [
        'frame.protocols',
      ]);
      assert.deepEqual([...seen.keys()], []);
    });

    it("our agent dropped none of keepalived's adverts", async () => {
      assert.deepEqual((await arena.ask()).drops, {});
    });
  });
});

function lostSince(arena: Arena, each: InteropCase, since: number): number {
  const until = monotonicMicros() - 500_000;
  const probes = arena.prober(each).probes();
  return probes.filter(({ sentAt, answeredAt }) => sentAt > since && sentAt < until && answeredAt === undefined).length;
}

function tail(log: string): string {
  return log.split('\n').slice(-40).join('\n');
}
