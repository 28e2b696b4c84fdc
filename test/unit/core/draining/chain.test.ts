import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type Announcers,
  chainAfter,
  chainOf,
  chainRoutes,
  longestChain,
} from '../../../../src/core/draining/chain.js';
import { died, type History, self } from '../../../../src/core/draining/history.js';

const window = 100;
const known = () => true;
const announcers = (...list: readonly string[]): Announcers => ({
  list: list.map((each) => ({ address: each.replace('!', ''), leaves: each.endsWith('!') })),
  choice: list.filter((each) => !each.endsWith('!')).join(),
});
const unknownYet = { history: [], announcers: undefined };
const first = (...list: readonly string[]) => chainAfter(unknownYet, announcers(...list), window, 0);
const names = (history: History) => history.map(({ leader }) => leader);

/** How a segment goes that a host sends to one of the nodes: those that it comes to, and how it ends. */
function wayOf(nodes: readonly string[], dead: ReadonlySet<string>, entry: string, knows: (node: string) => boolean) {
  const routesAt = (node: string) => {
    const list = first(...nodes.map((each) => (each === node ? self : each)));
    const chain = [...dead].reduce((history, each) => died(history, each, 1), list);
    return chainRoutes(chain, window, known, 1);
  };
  const way = [entry];
  let from: string | undefined;
  for (let at = entry; ; from = way.at(-2)) {
    if (knows(at)) return { way, end: 'known' };
    const { direct, passed, returned, ended } = routesAt(at);
    const back = from !== undefined && returned?.from === from;
    const to = from === undefined ? direct : back ? returned.route : passed;
    if (to === undefined) return { way, end: back ? 'dropped' : ended === undefined ? 'as ever' : 'reset' };
    at = to.to;
    way.push(at);
    if (way.length > 100) return { way, end: 'never' };
  }
}

describe('a segment to an address that several nodes announce', () => {
  const anyNodes = fc
    .uniqueArray(
      fc.integer({ min: 1, max: 250 }).map((n) => `192.0.2.${n}`),
      { minLength: 2, maxLength: longestChain },
    )
    .chain((nodes) =>
      fc.tuple(fc.constant(nodes), fc.nat(nodes.length - 1), fc.nat(nodes.length - 1), fc.subarray(nodes)),
    );

  it('comes to whoever knows it, whichever node gets it and whoever is dead, by no more steps than there are nodes', () => {
    fc.assert(
      fc.property(anyNodes, ([nodes, entry, owner, dying]) => {
        const dead = new Set(dying.filter((node) => node !== nodes[entry] && node !== nodes[owner]));
        const { way, end } = wayOf(nodes, dead, nodes[entry]!, (node) => node === nodes[owner]);
        assert.equal(end, 'known');
        assert.ok(way.length <= nodes.length + 1, way.join());
        for (const each of way) assert.ok(!dead.has(each));
      }),
    );
  });

  it('is reset where none knows it, after no more steps, and dropped by nobody', () => {
    fc.assert(
      fc.property(anyNodes, ([nodes, entry, , dying]) => {
        const dead = new Set(dying.filter((node) => node !== nodes[entry]));
        const { way, end } = wayOf(nodes, dead, nodes[entry]!, () => false);
        assert.equal(end, 'reset');
        assert.ok(way.length <= nodes.length + 1, way.join());
      }),
    );
  });

  it('goes nowhere but by the rules of the node where nothing has changed for as long as the window', () => {
    assert.deepEqual(chainRoutes(first(self, 'b'), window, known, window), {});
    assert.deepEqual(chainRoutes(first(self, 'b'), 0, known, 1), {});
    assert.deepEqual(chainRoutes(first(self), window, known, 1), {});
  });

  it('goes nowhere while it would not be seen that it comes from a member: it would begin at the first again, or be reset for nothing', () => {
    assert.deepEqual(
      chainRoutes(first('a', self, 'c'), window, (leader) => leader !== 'c', 1),
      {},
    );
    assert.deepEqual(
      chainRoutes(first('a', self), window, () => false, 1),
      {},
    );
  });

  it('does not go back to who handed it on where lists differ', () => {
    const { passed, returned } = chainRoutes(first('a', self, 'c', 'd'), window, known, 1);
    assert.deepEqual([passed?.to, returned?.from, returned?.route?.to], ['c', 'c', 'd']);
  });
});

describe('the list of those who announce an address', () => {
  it('stays as it was where nothing has changed', () => {
    const history = first('a', self);
    const before = { history, announcers: announcers('a', self) };
    assert.equal(chainAfter(before, announcers('a', self), window, 50), history);
  });

  it('begins its window anew when another set of them announces, in the same order', () => {
    const before = { history: first('a', self), announcers: announcers('a', self) };
    const after = chainAfter(before, announcers('a!', self), window, 50);
    assert.deepEqual(after, [
      { leader: 'a', until: 50 },
      { leader: self, until: 50 },
    ]);
  });

  it('has who is no member any more behind the others, until its window is over', () => {
    const left = chainAfter(
      { history: first('a', 'b', self), announcers: announcers('a', 'b', self) },
      announcers('b', self),
      window,
      50,
    );
    assert.deepEqual(names(left), ['b', self, 'a']);
    const later = chainAfter({ history: left, announcers: announcers('b', self) }, announcers(self), window, 120);
    assert.deepEqual(names(later), [self, 'b']);
  });

  it('takes who was dead for dead, until it is in service again or has been dead for a window', () => {
    const history = died(first('a', self), 'a', 10);
    const next = (to: Announcers, now: number, from = announcers('a', self)) =>
      chainAfter({ history, announcers: from }, to, window, now)[0]?.dead;
    assert.equal(next(announcers('a!', self), 50), 10);
    assert.equal(next(announcers('a', self, 'c'), 50), 10);
    assert.equal(next(announcers('a', self), 50, announcers('a!', self)), undefined);
    assert.equal(next(announcers('a', self, 'c'), 110), undefined);
  });

  it('begins anew where an address was led before', () => {
    const led: History = [{ leader: 'z', until: 5 }];
    const before = { history: led, announcers: undefined };
    assert.deepEqual(names(chainAfter(before, announcers('a', self), window, 6)), ['a', self]);
  });

  it('is of those within reach, and where these are too many, of those first who are to be left', () => {
    const many = Array.from({ length: 12 }, (_, n) => `${n}`);
    const chain = (leaves: string, reached = known as (leader: string) => boolean) =>
      names(chainOf(first(self, ...many), (leader) => leader === leaves, reached));
    assert.deepEqual(chain('9'), ['9', self, '0', '1', '2', '3', '4', '5']);
    assert.deepEqual(
      chain('9', (leader) => leader.length > 1),
      [self, '10', '11'],
    );
  });
});
