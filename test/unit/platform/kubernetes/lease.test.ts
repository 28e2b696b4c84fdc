import assert from 'node:assert/strict';
import { leases } from '../../../../src/platform/kubernetes/builtin-resources.js';
import { type ApiClient, openClient } from '../../../../src/platform/kubernetes/client.js';
import { fixedConnection } from '../../../../src/platform/kubernetes/connection.js';
import { type Fence, FencedError } from '../../../../src/platform/kubernetes/fence.js';
import { type Election, type ElectionOptions, runElection } from '../../../../src/platform/kubernetes/lease.js';
import type { Lease } from '../../../../src/platform/kubernetes/lease-record.js';
import { pathOf } from '../../../../src/platform/kubernetes/resource.js';
import { eventually, turns } from './eventually.js';
import { answer, type FaultServer, type Held, type Seen, startFaultServer, status } from './fault-server.js';
import { createManualClock, type ManualClock } from './manual-clock.js';

const collection = pathOf(leases, { namespace: 'system' });

describe('an election', () => {
  let server: FaultServer;
  let clock: ManualClock;
  let client: ApiClient;
  let elections: Election[];
  let happened: string[];

  beforeEach(async () => {
    server = await startFaultServer();
    server.fault(store);
    clock = createManualClock();
    client = openClient(fixedConnection({ server: server.url }), { clock });
    elections = [];
    happened = [];
  });

  afterEach(async () => {
    const released = Promise.all(elections.map((each) => each.release()));
    await settled(released);
    client.close();
    await server.stop();
  });

  /** One Lease, created and replaced as kube-apiserver does: never over a version that is not the last. */
  function store(request: Seen, response: Parameters<typeof answer>[0]): boolean {
    const { method, path } = request;
    if (path === collection && method === 'POST') {
      if (server.get('system/it')) return answer(response, 409, status(409, 'AlreadyExists', 'exists'));
      return answer(response, 201, server.put(JSON.parse(request.body)));
    }
    if (path !== `${collection}/it`) return false;
    const held = server.get('system/it');
    if (!held) return answer(response, 404, status(404, 'NotFound', 'leases "it" not found'));
    if (method === 'GET') return answer(response, 200, held);
    const body = JSON.parse(request.body);
    if (body.metadata.resourceVersion !== held.metadata.resourceVersion) {
      return answer(response, 409, status(409, 'Conflict', 'the object has been modified'));
    }
    return answer(response, 200, server.put(body));
  }

  const lease = () => server.get('system/it') as (Held & Lease) | undefined;
  const spec = () => lease()?.spec;
  const writes = () => server.requests.filter(({ method }) => method !== 'GET').length;

  function candidate(identity: string, o: Partial<ElectionOptions> = {}): Election {
    const election = runElection(client, {
      namespace: 'system',
      name: 'it',
      identity,
      clock,
      onStarted(signal) {
        happened.push(`${identity} leads`);
        signal.addEventListener('abort', () => happened.push(`${identity} stops`));
      },
      onLost: () => happened.push(`${identity} lost`),
      ...o,
    });
    elections.push(election);
    return election;
  }

  const leads = (election: Election) => eventually('it leads', () => election.isLeader());
  /** Moves time on in small steps while the network does its work. */
  async function live(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 250) {
      clock.advance(250);
      await turns(30);
    }
  }
  async function settled(promise: Promise<unknown>): Promise<void> {
    let done = false;
    void promise.finally(() => {
      done = true;
    });
    await eventually('it has ended', () => {
      if (!done) clock.advance(10);
      return done;
    });
  }

  it('makes the Lease when there is none', async () => {
    const election = candidate('a');
    await leads(election);
    assert.deepEqual(spec(), {
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-02T03:04:05.000000Z',
      renewTime: '2026-01-02T03:04:05.000000Z',
      leaseTransitions: 0,
    });
    assert.equal(election.leader(), 'a');
    assert.deepEqual(happened, ['a leads']);
  });

  it('renews every two seconds, moving only renewTime', async () => {
    await leads(candidate('a'));
    const { acquireTime } = spec()!;
    for (const renewTime of ['2026-01-02T03:04:07.000000Z', '2026-01-02T03:04:09.000000Z']) {
      await eventually('it rests', () => clock.pending().includes(2000));
      clock.advance(2000);
      await eventually('it has renewed', () => spec()?.renewTime === renewTime);
      assert.equal(spec()?.acquireTime, acquireTime);
      assert.equal(spec()?.leaseTransitions, 0);
    }
    assert.equal(writes(), 3, 'one write each, and no reading in between');
  });

  it('leaves a candidate waiting while the holder renews', async () => {
    const first = candidate('a');
    await leads(first);
    const second = candidate('b');
    await live(60_000);
    assert.deepEqual([first.isLeader(), second.isLeader()], [true, false]);
    assert.equal(second.leader(), 'a');
    assert.deepEqual(happened, ['a leads']);
  });

  it("lets a candidate take over only a whole lease after it last saw it change, whatever the holder's clock says", async () => {
    server.put({
      metadata: { name: 'it', namespace: 'system' },
      spec: {
        holderIdentity: 'dead',
        leaseDurationSeconds: 15,
        renewTime: '1999-01-01T00:00:00.000000Z',
        leaseTransitions: 4,
      },
    });
    const election = candidate('a');
    await eventually('it has seen the holder', () => election.leader() === 'dead');
    await live(14_500);
    assert.equal(election.isLeader(), false);
    await live(5000);
    assert.equal(election.isLeader(), true);
    assert.equal(spec()?.leaseTransitions, 5);
  });

  it('lets a candidate take over once the claim has run out, not at the next of its tries', async () => {
    clock.chance = 0.9; // a try each 4.2 s: the last before the end is at 12.5 s
    server.put({
      metadata: { name: 'it', namespace: 'system' },
      spec: { holderIdentity: 'dead', leaseDurationSeconds: 15 },
    });
    const election = candidate('a');
    await eventually('it has seen the holder', () => election.leader() === 'dead');
    await live(14_500);
    assert.equal(election.isLeader(), false);
    await live(1000);
    assert.equal(election.isLeader(), true);
  });

  it('takes at once what it held in a life before', async () => {
    server.put({
      metadata: { name: 'it', namespace: 'system' },
      spec: { holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 2 },
    });
    await leads(candidate('a'));
    assert.equal(spec()?.leaseTransitions, 2);
  });

  it("respects the holder's own lease duration", async () => {
    server.put({
      metadata: { name: 'it', namespace: 'system' },
      spec: { holderIdentity: 'slow', leaseDurationSeconds: 60 },
    });
    const election = candidate('a');
    await live(55_000);
    assert.equal(election.isLeader(), false);
    await live(10_000);
    assert.equal(election.isLeader(), true);
  });

  it('has one winner when many try at once', async () => {
    const all = Array.from({ length: 8 }, (_, i) => candidate(`c${i}`));
    await eventually('one leads', () => all.some((each) => each.isLeader()));
    await live(20_000);
    assert.equal(all.filter((each) => each.isLeader()).length, 1);
    assert.equal(happened.length, 1);
  });

  it('hands over at once when released', async () => {
    const first = candidate('a');
    await leads(first);
    const second = candidate('b');
    await eventually('the second waits and watches', () => second.leader() === 'a' && server.watchers.length === 2);
    const before = clock.now();
    await first.release();
    assert.equal(spec()?.holderIdentity === 'a', false);
    await leads(second);
    assert.equal(clock.now(), before, 'not a moment has passed');
    assert.deepEqual(happened, ['a leads', 'a stops', 'b leads']);
    assert.equal(spec()?.leaseTransitions, 1);
    assert.equal(first.isLeader(), false);
  });

  it('gives the lease back as nobody’s, once the work of the leader has ended', async () => {
    let endWork = () => {};
    const election = candidate('a', {
      onStarted: () =>
        new Promise<void>((resolve) => {
          endWork = resolve;
        }),
    });
    await leads(election);
    const released = election.release();
    await turns();
    assert.equal(spec()?.holderIdentity, 'a');
    endWork();
    await released;
    assert.equal(spec()?.holderIdentity, '');
    assert.equal(spec()?.leaseDurationSeconds, 1);
    assert.deepEqual(happened, [], 'a release is no loss');
  });

  it('does not wait for ever for the work of the leader to end', async () => {
    const election = candidate('a', { onStarted: () => new Promise(() => {}) });
    await leads(election);
    const released = election.release();
    await eventually('it waits', () => clock.pending().includes(5000));
    clock.advance(5000);
    await released;
    assert.equal(spec()?.holderIdentity, '');
  });

  it('ends with the work of the leader, however that came about, and lets others lead at once', async () => {
    let fail = (_: Error) => {};
    const election = candidate('a', {
      onStarted: () =>
        new Promise<void>((_, reject) => {
          fail = reject;
        }),
    });
    await leads(election);
    fail(new Error('a defect'));
    await eventually('it is over', () => happened.length > 0);
    assert.deepEqual(happened, ['a lost']);
    assert.equal(election.isLeader(), false);
    assert.equal(spec()?.holderIdentity, '');
  });

  describe('fences the work of the leader', () => {
    let fence: Fence;
    const fenced: Pick<ElectionOptions, 'onStarted'> = {
      onStarted: (_, given) => {
        fence = given;
      },
    };

    it('open while it leads', async () => {
      await leads(candidate('a', fenced));
      fence.check();
      assert.equal(fence.signal.aborted, false);
    });

    it('shut once the deadline has passed, even before anything ran: the process was stopped meanwhile', async () => {
      let now = 0;
      const stopped = { ...clock, now: () => clock.now() + now };
      await leads(candidate('a', { ...fenced, clock: stopped }));
      now = 9_999;
      fence.check();
      now = 10_000;
      assert.throws(() => fence.check(), FencedError);
    });

    it('shut, and breaking off what is under way, as soon as the watch brings the claim of another', async () => {
      const hanging: unknown[] = [];
      await leads(candidate('a', fenced));
      await eventually('it watches', () => server.watchers.length === 1);
      server.fault((_, response) => hanging.push(response) > 0);
      server.put({ ...lease()!, spec: { ...spec(), holderIdentity: 'b' } });
      await eventually('it notices', () => fence.signal.aborted);
      assert.throws(() => fence.check(), /another candidate holds it/);
      assert.deepEqual(hanging, [], 'without having asked anybody');
    });

    it('open for the last writes of one that gives the lease back, for as long as it waits for them', async () => {
      const election = candidate('a', {
        onStarted: (_, given) => {
          fence = given;
          return new Promise(() => {});
        },
      });
      await leads(election);
      const released = election.release();
      await eventually('it waits', () => clock.pending().includes(5000));
      fence.check();
      clock.advance(5000);
      await released;
      assert.throws(() => fence.check(), /given back/);
    });
  });

  it('ends with work that fails before it is under way', async () => {
    candidate('a', { onStarted: () => assert.fail('broken') });
    await eventually('it is over', () => happened.length > 0);
    assert.deepEqual(happened, ['a lost']);
    assert.equal(spec()?.holderIdentity, '');
  });

  for (const spec of [null, 7, 'x', { holderIdentity: 7, leaseDurationSeconds: 'long', leaseTransitions: null }]) {
    it(`takes a Lease that says ${JSON.stringify(spec)} for one that nobody holds`, async () => {
      server.put({ metadata: { name: 'it', namespace: 'system' }, spec });
      await leads(candidate('a'));
      assert.equal(lease()?.spec?.holderIdentity, 'a');
    });
  }

  it('is lost when it cannot be renewed within ten seconds, and not before', async () => {
    const election = candidate('a');
    await leads(election);
    await eventually('it rests', () => clock.pending().includes(2000));
    const heal = server.fault((request, response) =>
      answer(response, 500, status(500, 'InternalError', request.method)),
    );
    server.fault(() => false);
    heal();
    await server.stop();
    await live(9750);
    assert.equal(election.isLeader(), true);
    assert.deepEqual(happened, ['a leads']);
    await live(250);
    assert.equal(election.isLeader(), false);
    assert.deepEqual(happened, ['a leads', 'a stops', 'a lost']);
    await server.start();
    await live(30_000);
    assert.deepEqual(happened, ['a leads', 'a stops', 'a lost'], 'the election is over');
  });

  it('counts the deadline from when a renewal was sent, however late its answer came', async () => {
    const election = candidate('a');
    await leads(election);
    let respond = () => {};
    server.fault((request, response) => {
      if (request.method !== 'PUT') return false;
      respond = () => answer(response, 200, server.put(JSON.parse(request.body)));
      return true;
    });
    await eventually('it rests', () => clock.pending().includes(2000));
    clock.advance(2000);
    await eventually('the renewal is sent', () => server.requests.at(-1)?.method === 'PUT');
    clock.advance(4000);
    respond();
    await eventually('the answer has come', () => clock.pending().includes(6000));
    clock.advance(5999);
    assert.deepEqual(happened, ['a leads']);
    clock.advance(1);
    assert.deepEqual(happened, ['a leads', 'a stops', 'a lost']);
  });

  it('is not lost to a short outage', async () => {
    const election = candidate('a');
    await leads(election);
    await server.stop();
    await live(7000);
    await server.start();
    await live(20_000);
    assert.equal(election.isLeader(), true);
    assert.deepEqual(happened, ['a leads']);
  });

  it('does not count as leading any more once the deadline has passed, even before anything ran', async () => {
    const election = candidate('a');
    await leads(election);
    await eventually('it rests', () => clock.pending().includes(2000));
    server.fault(() => true);
    clock.advance(10_000);
    assert.equal(election.isLeader(), false);
  });

  it('is lost at once when another has taken the lease', async () => {
    const election = candidate('a');
    await leads(election);
    await eventually('it watches', () => server.watchers.length === 1);
    const held = lease()!;
    server.put({ metadata: { ...held.metadata }, spec: { ...held.spec, holderIdentity: 'usurper' } });
    await eventually('it is lost', () => happened.includes('a lost'));
    assert.equal(election.isLeader(), false);
    assert.equal(spec()?.holderIdentity, 'usurper', 'and is not taken back');
  });

  it('is won by who waits, also where the store has gone back in time meanwhile', async () => {
    const early = server.put({
      metadata: { namespace: 'system', name: 'it', uid: 'it' },
      spec: { holderIdentity: 'gone', leaseDurationSeconds: 1 },
    });
    server.tick(1_000);
    server.put({
      metadata: { namespace: 'system', name: 'it', uid: 'it' },
      spec: { holderIdentity: 'other', leaseDurationSeconds: 3600 },
    });
    const waiting = candidate('a');
    await eventually('it knows who leads', () => waiting.leader() === 'other');
    await eventually('it watches', () => server.watchers.length === 1);
    server.restore(101, [early]);
    for (const watcher of [...server.watchers]) watcher.reset();
    await live(20_000);
    await leads(waiting);
  });

  for (const leaseTransitions of [2 ** 31 - 1, -5]) {
    it(`is won over a Lease that says it changed hands ${leaseTransitions} times, in numbers that a server takes`, async () => {
      server.put({
        metadata: { namespace: 'system', name: 'it' },
        spec: { holderIdentity: 'gone', leaseDurationSeconds: 1, leaseTransitions },
      });
      const election = candidate('a');
      await live(10_000);
      await leads(election);
      const written = spec()?.leaseTransitions ?? -1;
      assert.ok(written >= 0 && written < 2 ** 31, String(written));
    });
  }

  it('survives somebody else writing to the Lease without claiming it', async () => {
    const election = candidate('a');
    await leads(election);
    await live(3000);
    const held = lease()!;
    server.put({ metadata: { ...held.metadata, annotations: { note: 'x' } } as never, spec: held.spec });
    await live(10_000);
    assert.equal(election.isLeader(), true);
    assert.deepEqual((lease()!.metadata as { annotations?: object }).annotations, { note: 'x' });
  });

  describe('without the right to watch the Lease', () => {
    beforeEach(() => {
      server.fault(({ path, query }, response) =>
        path === collection && query.get('fieldSelector')
          ? answer(response, 403, status(403, 'Forbidden', 'no'))
          : false,
      );
    });

    it('still survives others writing to it', async () => {
      const election = candidate('a');
      await leads(election);
      await live(3000);
      server.put({ ...lease()! });
      await live(10_000);
      assert.equal(election.isLeader(), true);
      assert.deepEqual(happened, ['a leads']);
    });

    it('still hands over, within the time of a retry', async () => {
      const [first, second] = [candidate('a'), candidate('b')];
      await eventually('one leads', () => first.isLeader() || second.isLeader());
      const [leader, other] = first.isLeader() ? [first, second] : [second, first];
      await live(3000);
      await settled(leader.release());
      await live(2500);
      assert.equal(other.isLeader(), true);
    });

    it('still loses to another who has taken it', async () => {
      const election = candidate('a');
      await leads(election);
      server.put({ ...lease()!, spec: { ...spec(), holderIdentity: 'usurper' } });
      await live(2500);
      assert.equal(election.isLeader(), false);
      assert.deepEqual(happened, ['a leads', 'a stops', 'a lost']);
    });
  });

  it('makes the Lease anew when somebody deletes it', async () => {
    const election = candidate('a');
    await leads(election);
    server.remove('system/it');
    await live(3000);
    assert.equal(election.isLeader(), true);
    assert.equal(spec()?.holderIdentity, 'a');
    assert.deepEqual(happened, ['a leads']);
  });

  it('renews on a connection of its own, past a client whose every connection hangs', async () => {
    server.fault(({ path }) => path === '/hang');
    const hanging = Array.from({ length: 20 }, () =>
      client.request({ method: 'GET', path: '/hang', timeoutMs: 1e9 }).catch(() => {}),
    );
    const election = candidate('a');
    await live(20_000);
    assert.equal(election.isLeader(), true);
    client.close();
    await Promise.all(hanging);
  });

  it('refuses durations that cannot work', () => {
    assert.throws(() => candidate('a', { leaseDurationMs: 5000 }), /5000 \(lease\) > 10000 \(renew deadline\)/);
  });
});
