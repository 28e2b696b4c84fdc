import assert from 'node:assert/strict';
import { type Cache, type CacheOptions, startCache } from '../../../../src/platform/kubernetes/cache.js';
import { type ApiClient, openClient } from '../../../../src/platform/kubernetes/client.js';
import type { Clock } from '../../../../src/platform/kubernetes/clock.js';
import { fixedConnection } from '../../../../src/platform/kubernetes/connection.js';
import type { KubernetesObject, Resource } from '../../../../src/platform/kubernetes/resource.js';
import { outOfTouch } from '../../../../src/platform/kubernetes/touch.js';
import { usualSilence } from '../../../../src/platform/kubernetes/watch-silence.js';
import { eventually, turns } from './eventually.js';
import { answer, type FaultServer, type Held, startFaultServer, status } from './fault-server.js';
import { createManualClock, type ManualClock } from './manual-clock.js';

const widgets: Resource = { group: 'example.com', version: 'v1', plural: 'widgets', kind: 'Widget', namespaced: false };

const callLimitMs = 10_000;

interface Widget extends KubernetesObject {
  readonly spec?: unknown;
}

describe('a cache', () => {
  let server: FaultServer;
  let clock: ManualClock;
  let client: ApiClient;
  let stops: (() => Promise<void>)[];

  beforeEach(async () => {
    server = await startFaultServer();
    clock = createManualClock();
    client = openClient(fixedConnection({ server: server.url }), { clock });
    stops = [];
  });

  afterEach(async () => {
    for (const stop of stops) await stop();
    client.close();
    await server.stop();
  });

  /** A cache of the server's widgets, and what it told: `+a1` came, `a2` changed, `-a` went (names with versions). */
  function cacheOf(o: Partial<CacheOptions<Widget>> & { clock?: Clock } = {}) {
    const told: string[] = [];
    const log: { level: string; message: string; fields: object | undefined }[] = [];
    const say = (level: string) => (message: string, fields?: object) => log.push({ level, message, fields });
    const cache = startCache<Widget>(client, widgets, {
      clock,
      log: { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') },
      onChange: (key, object, previous) =>
        told.push(
          `${previous ? (object ? '~' : '-') : '+'}${key}${object ? `@${object.metadata.resourceVersion}` : ''}`,
        ),
      ...o,
    });
    stops.push(cache.stop);
    return {
      cache,
      told,
      log,
      versions: () => [...cache.list()].map((w) => `${w.metadata.name}@${w.metadata.resourceVersion}`),
    };
  }

  const watching = (n = 1) => eventually(`${n} watches are open`, () => server.watchers.length === n);
  const lists = () => server.requests.filter((r) => r.query.get('watch') === null && r.query.get('limit') !== '1');
  const probes = () => server.requests.filter((r) => r.query.get('limit') === '1');
  /** The delay before the next retry; other things that the clock has pending are the limits of calls under way. */
  const retryDelay = () =>
    eventually('a retry is due', () => {
      const ms = clock.pending().find((each) => each < 30_000 && Math.round(each) !== callLimitMs);
      return ms === undefined ? undefined : { ms };
    });
  const retry = async () => clock.advance((await retryDelay()).ms);

  describe('on a healthy server', () => {
    it('lists what the server has at hand, tells it, and only then is synced', async () => {
      server.put({ metadata: { name: 'a' } });
      server.put({ metadata: { name: 'b', namespace: 'n' } });
      const { cache, told } = cacheOf();
      assert.equal(cache.isSynced(), false);
      await cache.synced;
      assert.deepEqual(told, ['+a@101', '+n/b@102']);
      assert.equal(server.requests[0]?.path, '/apis/example.com/v1/widgets');
      assert.equal(server.requests[0]?.query.get('resourceVersion'), '0');
      assert.equal(cache.get('n/b')?.metadata.name, 'b');
    });

    it('watches from the version of the list, asking for bookmarks and an end after 290 to 350 s', async () => {
      server.put({ metadata: { name: 'a' } });
      for (const [chance, seconds] of [
        [0, '290'],
        [0.999, '350'],
      ] as const) {
        clock.chance = chance;
        const { cache } = cacheOf();
        const [watcher] = await eventually('it watches', () =>
          server.watchers.length === 1 ? server.watchers : undefined,
        );
        assert.equal(watcher?.query.get('resourceVersion'), '101');
        assert.equal(watcher?.query.get('allowWatchBookmarks'), 'true');
        assert.equal(watcher?.query.get('timeoutSeconds'), seconds);
        await cache.stop();
        await watching(0);
      }
    });

    it('tells what is added, changed and deleted, with what was there before', async () => {
      const { told, versions } = cacheOf();
      await watching();
      server.put({ metadata: { name: 'a' } });
      server.put({ metadata: { name: 'a' }, spec: 1 });
      server.put({ metadata: { name: 'b' } });
      server.remove('a');
      await eventually('all is told', () => told.length === 4);
      assert.deepEqual(told, ['+a@101', '~a@102', '+b@103', '-a']);
      assert.deepEqual(versions(), ['b@103']);
    });

    it('passes its selectors and namespace on to list, probe and watch', async () => {
      const pods: Resource = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };
      const cache = startCache(client, pods, {
        clock,
        namespace: 'n',
        labelSelector: 'a=b',
        fieldSelector: 'c=d',
        onChange() {},
      });
      stops.push(cache.stop);
      await watching();
      server.watchers[0]?.cut();
      await retry();
      await watching();
      for (const { path, query } of server.requests) {
        assert.equal(path, '/api/v1/namespaces/n/pods');
        assert.deepEqual([query.get('labelSelector'), query.get('fieldSelector')], ['a=b', 'c=d']);
      }
      assert.equal(server.requests.length, 4);
    });

    describe('of what is wrong', () => {
      const problems: string[] = [];
      const checked = () => {
        problems.length = 0;
        return cacheOf({
          admit: (object) => {
            const { spec } = object as Widget;
            if (spec === 'throws') throw new Error('a check that is wrong itself');
            return spec === 'bad' ? { problem: 'it is bad' } : { object: object as Widget };
          },
          onProblem: ({ name, resourceVersion }, problem, refused) =>
            problems.push(`${name}@${resourceVersion}: ${problem}${refused ? ' (refused)' : ''}`),
        });
      };

      it('keeps what it held of an object that is refused, says so once for each version, and when it is right again', async () => {
        server.put({ metadata: { name: 'a' }, spec: 'good' });
        const { told, versions } = checked();
        await watching();
        server.put({ metadata: { name: 'a' }, spec: 'bad' });
        server.put({ metadata: { name: 'a' }, spec: 'bad' });
        server.put({ metadata: { name: 'b' }, spec: 'good' });
        await eventually('b came', () => told.length === 2);
        assert.deepEqual(versions(), ['a@101', 'b@104']);
        assert.deepEqual(problems, ['a@102: it is bad (refused)', 'a@103: it is bad (refused)']);
        server.put({ metadata: { name: 'a' }, spec: 'good' });
        await eventually('a is right', () => told.length === 3);
        assert.deepEqual(told, ['+a@101', '+b@104', '~a@105']);
        assert.equal(problems.at(-1), 'a@105: undefined');
      });

      it('lists and watches all others when one is refused, has no name, or its check throws', async () => {
        server.put({ metadata: { name: 'a' }, spec: 'bad' });
        server.put({ metadata: { name: 'b' }, spec: 'throws' });
        server.put({ metadata: { name: 'c' }, spec: 'good' });
        const { cache, told, versions, log } = checked();
        await watching();
        for (const object of [null, 7, {}, { metadata: null }, { metadata: { name: 7 } }, { metadata: [] }])
          if (typeof object === 'object' && object !== null) server.watchers[0]?.send('ADDED', object);
        server.put({ metadata: { name: 'd' }, spec: 'good' });
        await eventually('d came', () => told.length === 2);
        assert.deepEqual(versions(), ['c@103', 'd@104']);
        assert.equal(cache.health().refused, 6);
        assert.equal(log.filter(({ message }) => message.includes('without a name')).length, 1);
      });

      it('lets go of what it held when another object by that name is refused', async () => {
        server.put({ metadata: { name: 'a' }, spec: 'good' });
        const { told, versions } = checked();
        await watching();
        server.watchers[0]?.send('MODIFIED', {
          metadata: { name: 'a', uid: 'another', resourceVersion: '300' },
          spec: 'bad',
        });
        await eventually('a went', () => told.length === 2);
        assert.deepEqual(told, ['+a@101', '-a']);
        assert.deepEqual(versions(), []);
      });

      it('goes on watching over a refused object, without listing again', async () => {
        server.put({ metadata: { name: 'a' }, spec: 'bad' });
        const { cache } = checked();
        await watching();
        server.watchers[0]?.end();
        await retry();
        await watching();
        assert.equal(cache.health().lists, 1);
      });

      it('says that nothing is wrong any more when the object is deleted', async () => {
        server.put({ metadata: { name: 'a' }, spec: 'bad' });
        checked();
        await watching();
        server.remove('a');
        await eventually('it is said', () => problems.at(-1)?.endsWith('undefined'));
      });
    });

    it('drops managedFields and keeps what its check leaves of an object, in lists and in events', async () => {
      const managedFields = [{ manager: 'x' }];
      server.put({ metadata: { name: 'a', managedFields } as never, spec: { big: 'x', small: 1 } });
      const { cache, told } = cacheOf({ admit: ({ metadata }) => ({ object: { metadata, spec: 'slim' } }) });
      await watching();
      server.put({ metadata: { name: 'b', managedFields } as never, spec: { big: 'x' } });
      await eventually('b is told', () => told.length === 2);
      for (const key of ['a', 'b']) {
        assert.equal(cache.get(key)?.spec, 'slim');
        assert.ok(!('managedFields' in cache.get(key)!.metadata));
      }
    });

    it('sees an object made anew under its name as gone and come', async () => {
      server.put({ metadata: { name: 'a', uid: 'one' } });
      const { told } = cacheOf();
      await watching();
      server.put({ metadata: { name: 'a', uid: 'two' } });
      await eventually('it is told', () => told.length === 3);
      assert.deepEqual(told, ['+a@101', '-a', '+a@102']);
    });

    it('never goes back to an older object within a watch', async () => {
      server.put({ metadata: { name: 'a' } });
      const { told, versions, cache } = cacheOf();
      await watching();
      const old = server.put({ metadata: { name: 'a' }, spec: 'old' });
      server.put({ metadata: { name: 'a' }, spec: 'new' });
      server.watchers[0]?.send('MODIFIED', old);
      server.watchers[0]?.send('DELETED', old);
      server.put({ metadata: { name: 'last' } });
      await eventually('the last is told', () => told.includes('+last@104'));
      assert.deepEqual(versions(), ['a@103', 'last@104']);
      assert.equal(cache.health().staleEvents, 2);
    });

    it('keeps going when a handler throws, and counts it', async () => {
      server.put({ metadata: { name: 'a' } });
      let calls = 0;
      const { cache, log } = cacheOf({
        onChange() {
          calls += 1;
          throw new Error('a mistake of ours');
        },
      });
      await watching();
      server.put({ metadata: { name: 'b' } });
      await eventually('it is called for both', () => calls === 2);
      assert.equal(cache.health().handlerErrors, 2);
      assert.equal(cache.health().objects, 2);
      assert.match(JSON.stringify(log), /a mistake of ours/);
      assert.equal(server.watchers.length, 1);
    });

    it('reads characters and lines that are torn over chunks', async () => {
      const { cache } = cacheOf();
      await watching();
      const object = { metadata: { name: 'ü', resourceVersion: '200', uid: 'u' }, spec: '€🎈' };
      const bytes = Buffer.from(`${JSON.stringify({ type: 'ADDED', object })}\n`);
      for (const byte of bytes) {
        server.watchers[0]?.write(Uint8Array.of(byte));
        await turns(2);
      }
      await eventually('it is there', () => cache.get('ü'));
      assert.equal(cache.get('ü')?.spec, '€🎈');
    });

    it('pages through a list that does not come from the watch cache', async () => {
      for (let i = 0; i < 1234; i += 1) server.put({ metadata: { name: `w${String(i).padStart(4, '0')}` } });
      const { cache } = cacheOf();
      await watching();
      server.compact();
      server.watchers[0]?.send('ERROR', status(410, 'Expired', 'too old'));
      await retry();
      await eventually('it has listed again', () => cache.health().lists === 2);
      assert.deepEqual(
        lists().map(({ query }) => [query.get('resourceVersion'), query.get('limit'), query.get('continue')]),
        [
          ['0', '500', null],
          [null, '500', null],
          [null, '500', '500'],
          [null, '500', '1000'],
        ],
      );
      assert.equal(cache.health().objects, 1234);
    });

    it('reads everything anew when more is kept of objects, though they are as they were, and goes on watching', async () => {
      const kept = new Set<string>();
      const admit = ({ metadata, spec }: Widget) => ({
        object: { metadata, spec: [...kept].map((key) => (spec as Record<string, string>)[key]) },
      });
      server.put({ metadata: { name: 'a' }, spec: { colour: 'red' } });
      const anew: boolean[] = [];
      const { cache, told, log } = cacheOf({ admit, onList: () => anew.push(cache.isReadAnew()) });
      await watching();
      assert.deepEqual(cache.get('a')?.spec, []);
      kept.add('colour');
      cache.readAnew();
      assert.equal(cache.isReadAnew(), false);
      await eventually('it has listed again', () => cache.health().lists === 2);
      assert.deepEqual(cache.get('a')?.spec, ['red']);
      assert.deepEqual(anew, [true, true]);
      assert.deepEqual(lists().at(-1)?.query.get('resourceVersion'), null);
      await watching();
      server.put({ metadata: { name: 'b' }, spec: { colour: 'blue' } });
      await eventually('the next change', () => cache.get('b') !== undefined);
      assert.deepEqual(cache.get('b')?.spec, ['blue']);
      assert.deepEqual(
        told.map((each) => each.slice(0, 2)),
        ['+a', '+b'],
      );
      assert.deepEqual(log, []);
    });

    it('reads everything anew once more where more is kept in the middle of a list', async () => {
      let listed = 0;
      server.put({ metadata: { name: 'a' } });
      const { cache } = cacheOf({
        admit: (object) => {
          listed += 1;
          if (listed === 1) cache.readAnew();
          return { object };
        },
      });
      await eventually('two lists', () => cache.health().lists === 2);
      assert.equal(cache.isReadAnew(), true);
      await watching();
    });

    it('of very many objects reads pages from the start, and slims each page before the next comes', async () => {
      for (let i = 0; i < 1234; i += 1) server.put({ metadata: { name: `w${i}` }, spec: 'long' });
      const requestsSeen: number[] = [];
      const admit = ({ metadata }: Widget) => {
        requestsSeen.push(lists().length);
        return { object: { metadata } };
      };
      const { cache } = cacheOf({ many: true, admit });
      await cache.synced;
      assert.deepEqual(
        lists().map(({ query }) => [query.get('resourceVersion'), query.get('continue')]),
        [
          [null, null],
          [null, '500'],
          [null, '1000'],
        ],
      );
      assert.deepEqual([requestsSeen[499], requestsSeen[999], requestsSeen[1233]], [1, 2, 3]);
      assert.ok([...cache.list()].every(({ spec }) => spec === undefined));
    });

    it('lists in one piece when the pages expire half-way', async () => {
      for (let i = 0; i < 700; i += 1) server.put({ metadata: { name: `w${i}` } });
      server.fault(({ query }, response) =>
        query.get('continue')
          ? answer(response, 410, status(410, 'Expired', 'the provided continue parameter is too old'))
          : false,
      );
      const found = await client.list<Widget>(widgets);
      assert.equal(found.items.length, 700);
      assert.deepEqual(
        lists().map(({ query }) => query.get('limit')),
        ['500', '500', null],
      );
    });
  });

  describe('when a watch ends', () => {
    it('goes on at once from the last version when the server closes it as announced', async () => {
      server.put({ metadata: { name: 'a' } });
      const { told } = cacheOf();
      await watching();
      server.put({ metadata: { name: 'b' } });
      await eventually('b is told', () => told.length === 2);
      server.watchers[0]?.end();
      await watching(0);
      await watching(1);
      assert.equal(server.watchers[0]?.query.get('resourceVersion'), '102');
      assert.equal(lists().length, 1);
    });

    it('goes on from a bookmark although no object changed', async () => {
      const { cache } = cacheOf();
      await watching();
      server.tick(1000);
      server.bookmark();
      await eventually('the bookmark has arrived', () => cache.health().events === 1);
      server.watchers[0]?.end();
      await watching(0);
      await watching(1);
      assert.equal(server.watchers[0]?.query.get('resourceVersion'), '1100');
    });

    for (const how of ['cut', 'reset'] as const) {
      it(`misses nothing when the connection is ${how === 'cut' ? 'closed in mid-stream' : 'reset'}`, async () => {
        server.put({ metadata: { name: 'a' } });
        const { told, log } = cacheOf();
        await watching();
        server.put({ metadata: { name: 'z' } });
        await eventually('z is told', () => told.length === 2);
        server.watchers[0]?.[how]();
        await watching(0);
        server.put({ metadata: { name: 'b' } });
        await retry();
        await eventually('b is told', () => told.includes('+b@103'));
        assert.equal(lists().length, 1);
        assert.deepEqual(
          log.map((l) => `${l.level} ${l.message}`),
          ['warn cannot watch, retrying', 'info watching again'],
        );
      });
    }

    it('gives up a half-open connection that stays silent past the promised end', async () => {
      const { cache } = cacheOf();
      await watching();
      clock.advance(290_000 + 29_000);
      await turns();
      assert.equal(cache.health().connected, true);
      clock.advance(2000);
      await eventually('the silence is noticed', () => !cache.health().connected);
      assert.match(cache.health().lastError ?? '', /no answer within 320000 ms/);
      await retry();
      await eventually('it watches again', () => cache.health().connected);
    });

    it('retries after an ERROR event of 500, keeping its place', async () => {
      server.put({ metadata: { name: 'a' } });
      const { told, cache } = cacheOf();
      await watching();
      server.watchers[0]?.send('ERROR', status(500, 'InternalError', 'etcdserver: leader changed'));
      await eventually('it is noticed', () => cache.health().lastError);
      assert.match(cache.health().lastError ?? '', /leader changed/);
      await retry();
      await eventually('it watches again', () => cache.health().connected);
      assert.equal(lists().length, 1);
      assert.deepEqual(told, ['+a@101']);
    });

    for (const [how, gone] of [
      ['an ERROR event', (s: FaultServer) => s.compact()],
      [
        'an HTTP status',
        (s: FaultServer) => {
          const remove = s.fault(({ query }, response) => {
            if (query.get('watch') === null) return false;
            remove();
            return answer(response, 410, status(410, 'Gone', 'too old resource version'));
          });
        },
      ],
    ] as const) {
      it(`lists again, from the store, after 410 as ${how}, and tells only what differs`, async () => {
        server.put({ metadata: { name: 'a' } });
        server.put({ metadata: { name: 'b' } });
        const { told, log } = cacheOf();
        await watching();
        server.watchers[0]?.cut();
        await watching(0);
        server.remove('b');
        server.put({ metadata: { name: 'c' } });
        gone(server);
        told.length = 0;
        await retry();
        await retry();
        await watching();
        assert.deepEqual(told, ['+c@104', '-b']);
        assert.deepEqual(
          lists().map(({ query }) => query.get('resourceVersion')),
          ['0', null],
        );
        assert.ok(!log.some((l) => /: 410 /.test(JSON.stringify(l))), 'ordinary housekeeping is not worth a line');
      });
    }

    it('survives lines that are no events', async () => {
      const { told, cache } = cacheOf();
      for (const line of ['{"type":\n', '{"type":"ADDED"}\n', 'null\n', '[]\n']) {
        await watching();
        server.watchers[0]?.write(line);
        await watching(0);
        await retry();
      }
      await watching();
      server.put({ metadata: { name: 'a' } });
      await eventually('a is told', () => told.length === 1);
      assert.equal(cache.health().handlerErrors, 0);
    });
  });

  describe('when a watch says nothing for long', () => {
    const { quietMs } = usualSilence;
    const silentServer = () => server.fault(({ query }) => query.get('watch') === null);
    /** The clock goes on, and with it what was said, and what is answered. */
    const pass = async (ms: number) => {
      clock.advance(ms);
      await turns();
    };

    const open = (cache: Cache<Widget>) => eventually('it watches', () => cache.health().connected);

    it('asks for one object, and goes on as before when the answer is what it has', async () => {
      server.put({ metadata: { name: 'a' } });
      server.put({ metadata: { name: 'b' } });
      const { cache, told, log } = cacheOf();
      await open(cache);
      await pass(quietMs - 1);
      assert.equal(probes().length, 0);
      for (const n of [1, 2, 3]) {
        await pass(quietMs);
        await eventually('it has asked', () => probes().length === n && cache.health().silentMs === 0);
        assert.equal(cache.health().lastWordAt, clock.wall());
      }
      assert.equal(server.watchers.length, 1);
      assert.deepEqual(told, ['+a@101', '+b@102']);
      assert.deepEqual(log, []);
      assert.equal(outOfTouch('widgets', cache.health()), undefined);
    });

    for (const [what, say] of [
      ['a bookmark', (s: FaultServer) => s.bookmark()],
      ['an event', (s: FaultServer) => void s.put({ metadata: { name: 'b' } })],
    ] as const) {
      it(`${what} is something said`, async () => {
        const { cache } = cacheOf();
        await open(cache);
        for (const n of [1, 2, 3]) {
          await pass(50_000);
          say(server);
          await eventually('it has heard', () => cache.health().events === n);
          assert.equal(cache.health().silentMs, 0);
        }
        assert.equal(probes().length, 0);
      });
    }

    it('ends the watch of a server that does not answer within 10 s, says since when, and is back when that is', async () => {
      server.put({ metadata: { name: 'a' } });
      const { cache, told, log } = cacheOf();
      await open(cache);
      const since = new Date(clock.wall()).toISOString().replace('.000', '');
      const wakes = silentServer();
      await pass(quietMs);
      await eventually('it has asked', () => probes().length === 1);
      await pass(9_999);
      assert.equal(cache.health().connected, true);
      await pass(1);
      await watching(0);
      assert.equal(
        outOfTouch('widgets', cache.health()),
        `nothing heard of widgets from the API server since ${since} (1 min 25 s ago): no answer within 10000 ms from the ` +
          `API server ${server.url} (from a fixed address). Check that it is healthy and that nothing on the way drops its ` +
          'packets; going by what was known then',
      );
      assert.deepEqual(
        log.map((l) => `${l.level} ${l.message}`),
        ['warn cannot watch, retrying'],
      );
      await retry();
      await eventually('it asks anew', () => probes().length === 2);
      await pass(10_000);
      wakes();
      server.put({ metadata: { name: 'b' } });
      await retry();
      await watching();
      await eventually('b is told', () => told.includes('+b@102'));
      assert.equal(lists().length, 1);
      assert.equal(outOfTouch('widgets', cache.health()), undefined);
    });

    it('ends a watch that was never answered as well', async () => {
      const { cache } = cacheOf();
      server.fault(({ query }) => query.get('watch') === 'true');
      await eventually('it wants to watch', () => server.requests.some(({ query }) => query.get('watch')));
      silentServer();
      await pass(quietMs);
      await pass(10_000);
      await eventually('it has noticed', () => cache.health().lastError);
      assert.match(cache.health().lastError!, /no answer within 10000 ms/);
    });

    it('lists anew when the answer is another history', async () => {
      server.put({ metadata: { name: 'a' } });
      const { told, cache } = cacheOf();
      await open(cache);
      server.watchers[0]!.mute(); // it is of a server that is gone
      server.restore();
      server.put({ metadata: { name: 'b' } });
      told.length = 0;
      await pass(quietMs);
      await pass(5_000);
      await eventually('it has noticed', () => cache.health().lastError);
      await retry();
      await eventually('it has listed', () => cache.health().lists === 2);
      assert.deepEqual(told, ['+b@2', '-a']);
    });

    for (const [what, change, told] of [
      ['the first object is newer', (s: FaultServer) => void s.put({ metadata: { name: 'a' } }), ['~a@103']],
      ['another object is gone', (s: FaultServer) => s.remove('b'), ['-b']],
      ['there is one more', (s: FaultServer) => void s.put({ metadata: { name: 'c' } }), ['+c@103']],
    ] as const) {
      it(`watches anew when ${what}, and the watch did not tell`, async () => {
        server.put({ metadata: { name: 'a' } });
        server.put({ metadata: { name: 'b' } });
        const { cache, told: heard } = cacheOf();
        await open(cache);
        heard.length = 0;
        server.watchers[0]!.mute();
        change(server);
        await pass(quietMs);
        await eventually('it has asked', () => probes().length === 1);
        await pass(4_999);
        assert.equal(cache.health().connected, true, 'the event may be on its way');
        await pass(1);
        await eventually('it has noticed', () => cache.health().lastError);
        assert.match(cache.health().lastError!, /the watch of widgets missed changes/);
        await retry();
        await eventually('it is told', () => heard.length > 0);
        assert.deepEqual(heard, told);
      });
    }

    it('leaves a watch alone that tells what the answer has shown, a moment later', async () => {
      server.put({ metadata: { name: 'a' } });
      const { cache, told } = cacheOf();
      await open(cache);
      const [watcher] = server.watchers;
      watcher!.mute();
      const changed = server.put({ metadata: { name: 'a' } });
      await pass(quietMs);
      await eventually('it has asked', () => probes().length === 1);
      await pass(1_000);
      watcher!.write(`${JSON.stringify({ type: 'MODIFIED', object: changed })}\n`);
      await eventually('it is told', () => told.length === 2);
      await pass(30_000);
      assert.equal(cache.health().watches, 1);
      assert.equal(server.watchers.length, 1);
    });

    it('lists anew when watching anew does not bring the number of objects that the server has', async () => {
      server.put({ metadata: { name: 'a' } });
      server.put({ metadata: { name: 'b' } });
      const { cache } = cacheOf();
      await open(cache);
      server.watchers[0]!.mute();
      server.remove('b');
      for (const lists of [1, 2]) {
        await pass(quietMs);
        await pass(5_000);
        await eventually('it has noticed', () => cache.health().lastError);
        server.forgetHistory();
        await retry();
        await watching();
        assert.equal(cache.health().lists, lists);
      }
      assert.equal(cache.health().objects, 1);
    });
  });

  describe('when the server is in trouble', () => {
    it('waits between tries, longer each time up to 30 s, and quickly again after the first event', async () => {
      clock.chance = 0.999;
      const { cache } = cacheOf();
      await watching();
      const heal = server.fault((_, response) => answer(response, 500, status(500, 'InternalError', 'no')));
      server.watchers[0]?.cut();
      const delays: number[] = [];
      for (let i = 0; i < 10; i += 1) {
        const { ms } = await retryDelay();
        delays.push(ms);
        clock.advance(ms);
      }
      assert.deepEqual(
        delays.map((ms) => Math.round(ms / 100)),
        [2, 4, 8, 16, 32, 64, 128, 256, 300, 300],
      );
      await retryDelay();
      heal();
      await retry();
      await watching();
      server.put({ metadata: { name: 'a' } });
      await eventually('an event has come', () => cache.health().events === 1);
      server.watchers[0]?.cut();
      assert.equal(Math.round((await retryDelay()).ms / 100), 2);
    });

    it('retries quickly after a watch in which nothing happened for a while', async () => {
      clock.chance = 0.9991;
      let refusals = 0;
      server.fault(({ query }, response) => {
        if (query.get('watch') === null || refusals === 3) return false;
        refusals += 1;
        return answer(response, 500, status(500, 'InternalError', 'no'));
      });
      const { cache } = cacheOf();
      const delays: number[] = [];
      for (let i = 0; i < 3; i += 1) {
        const { ms } = await retryDelay();
        delays.push(Math.round(ms / 100));
        clock.advance(ms);
      }
      await eventually('it watches', () => cache.health().connected);
      clock.advance(10_000);
      server.watchers[0]?.cut();
      delays.push(Math.round((await retryDelay()).ms / 100));
      assert.deepEqual(delays, [2, 4, 8, 2]);
    });

    it('leaves a server alone for as long as it asks (429 with Retry-After)', async () => {
      let refused = 0;
      const heal = server.fault((_, response) => {
        refused += 1;
        return answer(response, 429, status(429, 'TooManyRequests', 'slow down'), { 'retry-after': '7' });
      });
      const { cache } = cacheOf();
      await eventually('it was refused', () => clock.pending().includes(7000));
      clock.advance(6999);
      await turns();
      assert.equal(refused, 1);
      heal();
      clock.advance(1);
      await cache.synced;
    });

    it('waits for a resource that is not there yet and says so once', async () => {
      const install = server.fault((_, response) => answer(response, 404, '404 page not found\n'));
      const { cache, log } = cacheOf();
      for (let i = 0; i < 5; i += 1) {
        await eventually('it has asked', () => server.requests.length === i + 1 && cache.health().lastError);
        await retry();
      }
      assert.equal(log.length, 1);
      assert.match(log[0]!.message, /does not have yet/);
      assert.equal(cache.isSynced(), false);
      install();
      await eventually('it has asked again', () => {
        clock.advance(1000);
        return cache.isSynced();
      });
    });

    it('keeps what it has while a server that just started does not know the resource', async () => {
      server.put({ metadata: { name: 'a' } });
      const { told, versions } = cacheOf();
      await watching();
      const installed = server.fault((_, response) => answer(response, 404, status(404, 'NotFound', 'no such')));
      server.watchers[0]?.cut();
      await retry();
      await retry();
      await retryDelay();
      assert.deepEqual(versions(), ['a@101']);
      installed();
      await retry();
      await watching();
      assert.deepEqual(told, ['+a@101']);
    });

    it('comes back after a restart of the server without listing again when nothing was lost', async () => {
      server.put({ metadata: { name: 'a' } });
      const { told, cache } = cacheOf();
      await watching();
      await server.stop();
      await retry();
      await eventually('it is refused', () => /ECONNREFUSED/.test(cache.health().lastError ?? ''));
      await retryDelay();
      await server.start();
      server.put({ metadata: { name: 'b' } });
      await retry();
      await eventually('b is told', () => told.includes('+b@102'));
      assert.equal(lists().length, 1);
      assert.ok(probes().length > 0);
    });

    it('is back within two seconds of when the server answers anybody else', async () => {
      clock.chance = 0.999;
      const { cache } = cacheOf();
      await watching();
      await server.stop();
      for (let i = 0; i < 8; i += 1) await retry();
      assert.ok((await retryDelay()).ms > 25_000);
      await server.start();
      await client.reopen().get(widgets, 'any');
      const { ms } = await retryDelay();
      assert.ok(ms < 2_000, `${ms} ms`);
      clock.advance(ms);
      await eventually('it watches', () => cache.health().connected);
    });

    it('tries quickly again once a server that was away answers that it is not ready', async () => {
      clock.chance = 0.999;
      cacheOf();
      await watching();
      await server.stop();
      for (let i = 0; i < 8; i += 1) await retry();
      await retryDelay();
      server.fault((_, response) => answer(response, 503, status(503, 'ServiceUnavailable', 'starting')));
      await server.start();
      await retry();
      assert.equal(Math.round((await retryDelay()).ms / 100), 2);
    });

    it('does not hurry for a server that answers others all the time', async () => {
      clock.chance = 0.999;
      cacheOf();
      await watching();
      const heal = server.fault(({ path }, response) => path.endsWith('/widgets') && Boolean(response.destroy()));
      server.watchers[0]?.cut();
      const delays: number[] = [];
      for (let i = 0; i < 8; i += 1) {
        const { ms } = await retryDelay();
        delays.push(Math.round(ms / 100));
        await client.get(widgets, 'any');
        assert.equal((await retryDelay()).ms, ms);
        clock.advance(ms);
        await client.get(widgets, 'any');
      }
      assert.deepEqual(delays, [2, 4, 8, 16, 32, 64, 128, 256]);
      heal();
    });

    for (const [what, before, after, told] of [
      [
        'an older store, the first object unchanged',
        (s: FaultServer) => [s.put({ metadata: { name: 'a' } }), s.put({ metadata: { name: 'b' } })],
        (s: FaultServer, [a]: Held[]) => s.restore(101, [a!]),
        ['-b'],
      ],
      [
        'an older store that has already got further than before',
        (s: FaultServer) => [s.put({ metadata: { name: 'a', uid: 'a' } }), s.put({ metadata: { name: 'b' } })],
        (s: FaultServer, [a]: Held[]) => {
          s.restore(101, [a!]);
          s.put({ metadata: { name: 'a', uid: 'a' } });
          s.tick(1000);
        },
        ['~a@102', '-b'],
      ],
      [
        'an emptied store',
        (s: FaultServer) => [s.put({ metadata: { name: 'a' } })],
        (s: FaultServer) => {
          s.restore();
          s.tick(1000);
        },
        ['-a'],
      ],
      [
        'an emptied store, filled anew and further than before',
        (s: FaultServer) => [s.put({ metadata: { name: 'a' } })],
        (s: FaultServer) => {
          s.restore();
          s.put({ metadata: { name: 'b' } });
          s.tick(1000);
        },
        ['+b@2', '-a'],
      ],
    ] as const) {
      it(`takes over what a server has that came back with ${what}`, async () => {
        const held = before(server);
        const { told: heard } = cacheOf();
        await watching();
        await server.stop();
        after(server, held);
        await server.start();
        heard.length = 0;
        await retry();
        await watching();
        assert.deepEqual(heard, told);
      });
    }

    it('does not run in circles with a server that ends every watch at once', async () => {
      clock.chance = 0.9991;
      server.fault(({ query }, response) => (query.get('watch') ? answer(response, 200, '') : false));
      cacheOf();
      const delays: number[] = [];
      for (let i = 0; i < 4; i += 1) {
        const { ms } = await retryDelay();
        delays.push(Math.round(ms / 100));
        clock.advance(ms);
      }
      assert.deepEqual(delays, [2, 4, 8, 16]);
    });

    it('says an outage once and its end once', async () => {
      const { log, cache } = cacheOf();
      await watching();
      await server.stop();
      for (let i = 0; i < 6; i += 1) await retry();
      await retryDelay();
      assert.match(cache.health().lastError ?? '', /ECONNREFUSED/);
      await server.start();
      await retry();
      await eventually('it watches again', () => cache.health().connected);
      assert.deepEqual(
        log.map((l) => l.level),
        ['warn', 'info'],
      );
      assert.equal(cache.health().lastError, undefined);
    });
  });

  describe('when stopped', () => {
    it('closes its watch and says nothing more', async () => {
      const { cache, told } = cacheOf();
      await watching();
      server.put({ metadata: { name: 'a' } });
      await cache.stop();
      const before = told.length;
      await watching(0);
      server.put({ metadata: { name: 'b' } });
      await turns();
      assert.equal(told.length, before);
      assert.deepEqual(clock.pending(), []);
    });

    it('during a list opens no watch and tells nothing', async () => {
      let respond = () => {};
      server.fault((_, response) => {
        respond = () =>
          answer(response, 200, { metadata: { resourceVersion: '5' }, items: [{ metadata: { name: 'a' } }] });
        return true;
      });
      const { cache, told } = cacheOf();
      await eventually('the list is under way', () => server.requests.length === 1);
      const refused = assert.rejects(cache.synced, /widgets was stopped before its first list/);
      await cache.stop();
      respond();
      await refused;
      await turns();
      assert.deepEqual(told, []);
      assert.equal(server.requests.length, 1);
      assert.deepEqual(clock.pending(), []);
    });

    it('while waiting for a retry does not retry', async () => {
      server.fault((_, response) => answer(response, 500, status(500, 'InternalError', 'no')));
      clock.chance = 0.5;
      const { cache } = cacheOf();
      await eventually('a retry is due', () => clock.pending().length === 1 && cache.health().lastError);
      await cache.stop();
      clock.advance(60_000);
      await turns();
      assert.equal(server.requests.length, 1);
    });

    it('from within a handler tells nothing more', async () => {
      server.put({ metadata: { name: 'a' } });
      server.put({ metadata: { name: 'b' } });
      const told: string[] = [];
      const { cache } = cacheOf({
        onChange(key) {
          told.push(key);
          void cache.stop();
        },
      });
      await cache.synced.catch(() => {});
      await turns();
      assert.deepEqual(told, ['a']);
    });
  });
});
