import assert from 'node:assert/strict';
import fc from 'fast-check';
import { died, ended, type History, led, self } from '../../../../src/core/draining/history.js';
import { routesOf } from '../../../../src/core/draining/routes.js';
import { never } from '../../../../src/core/time.js';

const window = 100;
const known = () => true;
const unknown = () => false;
/** Without what concerns segments that would go back. */
const routes = (...args: Parameters<typeof routesOf>) => {
  const { returned: _, ...rest } = routesOf(...args);
  return rest;
};
const ledBy = (...leaders: readonly string[]): History =>
  leaders.reduce<History>((history, leader, at) => led(history, leader, at), []);

describe('where segments of unknown connections go', () => {
  it('from a leader: to who led before, until the window is over', () => {
    const to = { to: 'a', until: 1 + window };
    assert.deepEqual(routes(ledBy('a', self), window, known, 1), { direct: to, passed: to });
    assert.deepEqual(routes(ledBy('a', self), window, known, 1 + window), {});
  });

  it('from a first leader: nowhere', () => {
    assert.deepEqual(routes(ledBy(self), window, known, 1), {});
  });

  it('from a Backup that never led: to who leads, ready for when it takes over', () => {
    assert.deepEqual(routes(ledBy('a'), window, known, 1), { direct: { to: 'a', until: never } });
  });

  it('from one that led: what hosts send goes to who leads, what members hand on to who led before it', () => {
    assert.deepEqual(routes(ledBy('a', self, 'c'), window, known, 3), {
      direct: { to: 'c', until: never },
      passed: { to: 'a', until: 1 + window },
    });
  });

  it('from one that led and does not know a member when it sees one: nothing back to who leads', () => {
    assert.deepEqual(routes(ledBy('a', self, 'c'), window, unknown, 3), {
      passed: { to: 'a', until: 1 + window },
    });
  });

  it('from one that does not remember that it led: nothing to who leads, and may hand it back, unless it knows that one when it sees it', () => {
    assert.deepEqual(routes(ledBy('a'), window, unknown, 1), {});
    assert.deepEqual(
      routes(ledBy('b', 'a'), window, (leader) => leader === 'b', 2),
      {},
    );
  });

  it('past a dead one, to who led before that', () => {
    const history = died(ledBy('a', 'b', self), 'b', 3);
    assert.deepEqual(routes(history, window, known, 3).direct, { to: 'a', until: 1 + window });
  });

  it('nowhere when nobody is left who could know them, which is known until the window is over', () => {
    const history = died(ledBy('a', self), 'a', 3);
    assert.deepEqual(routes(history, window, known, 3), { ended: 1 + window });
    assert.deepEqual(routes(history, window, known, 1 + window), {});
  });

  it('from one that led, behind which nobody stands: nowhere, and what members hand on is known to be at an end', () => {
    assert.deepEqual(routes(ledBy(self, 'b'), window, known, 2), {
      direct: { to: 'b', until: never },
      ended: 1 + window,
    });
  });

  it('nowhere where connections are not to be kept', () => {
    assert.deepEqual(routes(ledBy('a', self), 0, known, 1), {});
  });

  it('never in a circle, whatever the moves, deaths and restarts, where all have heard the same', () => {
    const nodes = ['a', 'b', 'c', 'd', 'e'];
    const event = fc.record({
      node: fc.constantFrom(...nodes),
      what: fc.constantFrom('led', 'died', 'ended'),
      after: fc.integer({ min: 0, max: 60 }),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), fc.constantFrom(...nodes), (events, start) => {
        let now = 0;
        const histories = new Map<string, History>(nodes.map((node) => [node, []]));
        for (const { node, what, after: wait } of events) {
          now += wait;
          for (const [who, history] of histories) {
            const leader = who === node ? self : node;
            if (what === 'led') histories.set(who, led(history, leader, now));
            else if (what === 'died') histories.set(who, died(history, leader, now));
            else histories.set(who, ended(history, now));
          }
        }
        const visited: string[] = [];
        let at: string | undefined = start;
        for (let hop: 'direct' | 'passed' = 'direct'; at !== undefined; hop = 'passed') {
          if (hop === 'passed') {
            assert.ok(!visited.includes(at), `${[...visited, at].join(' → ')}`);
            visited.push(at);
          }
          at = routesOf(histories.get(at)!, window, known, now)[hop]?.to;
        }
      }),
    );
  });

  it('what comes from whom it would go to goes to who stands behind both, never back', () => {
    const { returned, passed } = routesOf(ledBy('a', 'b', 'c', self), window, known, 3);
    assert.equal(passed?.to, 'c');
    assert.equal(returned?.from, 'c');
    assert.equal(returned.route?.to, 'b');
  });

  it('and nowhere where nobody stands behind both', () => {
    assert.deepEqual(routesOf(ledBy('a', self), window, known, 3).returned, { from: 'a', route: undefined });
  });

  it('what comes from a new leader of which this node has not heard skips nobody', () => {
    const { returned, passed } = routesOf(ledBy('b', 'c', self), window, known, 3); // b leads again
    assert.equal(passed?.to, 'c');
    assert.notEqual(returned?.from, 'b');
  });

  it('after a split of the LAN, in which both sides had leaders, a segment ends soon', () => {
    const nodes = ['a', 'b', 'c'];
    const leaders = fc.constantFrom(...nodes);
    fc.assert(
      fc.property(
        fc.array(leaders, { maxLength: 4 }),
        fc.constantFrom(...nodes),
        fc.array(leaders, { maxLength: 3 }),
        fc.array(leaders, { maxLength: 3 }),
        leaders,
        leaders,
        (together, alone, oneSide, otherSide, wins, first) => {
          const listOf = (node: string) => {
            const seen = node === alone ? oneSide.map(() => alone) : otherSide.filter((each) => each !== alone);
            const all = [...together, ...seen, wins];
            return ledBy(...all.map((each) => (each === node ? self : each)));
          };
          let [from, at] = ['', first];
          for (let hops = 0; ; hops++) {
            assert.ok(hops <= nodes.length, `from ${first} it is still under way`);
            const { direct, passed, returned } = routesOf(listOf(at), 1_000, known, 20);
            const route = from === '' ? direct : returned?.from === from ? returned.route : passed;
            if (route === undefined) return;
            [from, at] = [at, route.to];
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
