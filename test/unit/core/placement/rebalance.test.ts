import assert from 'node:assert/strict';
import fc from 'fast-check';
import { nextTurn, noProgress, type Progress, type Standing } from '../../../../src/core/placement/rebalance.js';

const patienceMs = 20_000;
const t0 = 1_800_000_000_000;
const nodes = ['a', 'b', 'c', 'd', 'e'];

interface Model {
  group: string;
  members: string[];
  holder: string | undefined;
}

const standing = (model: Model, unfit: Readonly<Record<string, string>> = {}): Standing => ({
  ...model,
  unfit: new Map(Object.entries(unfit).filter(([node]) => model.members.includes(node))),
});
const group = (name: string, members: string, holder: string | undefined): Model => ({
  group: name,
  members: [...members],
  holder,
});
const turn = (progress: Progress, models: readonly Model[], now = t0, unfit: Record<string, string> = {}) =>
  nextTurn(
    progress,
    models.map((each) => standing(each, unfit)),
    { elsewhere: new Map(), now, patienceMs },
  );

describe('rebalancing', () => {
  it('ends at once when every group is led by its preferred leader', () => {
    const models = [group('g0', 'abc', 'a'), group('g1', 'bca', 'b')];
    assert.deepEqual(turn(noProgress, models), { progress: noProgress, finished: true });
  });

  it('moves one group at a time, the next when the first has its holder', () => {
    const models = [group('g0', 'abc', 'c'), group('g1', 'bca', 'c'), group('g2', 'cab', 'c')];
    const first = turn(noProgress, models);
    assert.deepEqual(first.progress.moving, { group: 'g0', to: 'a', since: t0 });
    assert.deepEqual(turn(first.progress, models, t0 + 5000), { progress: first.progress, finished: false });
    models[0]!.holder = 'a';
    const second = turn(first.progress, models, t0 + 6000);
    assert.deepEqual(second.progress, {
      moving: { group: 'g1', to: 'b', since: t0 + 6000 },
      moved: ['g0'],
      skipped: {},
    });
    models[1]!.holder = 'b';
    assert.deepEqual(turn(second.progress, models, t0 + 7000), {
      progress: { moved: ['g0', 'g1'], skipped: {} },
      finished: true,
    });
  });

  it('waits for one no longer than its patience from now on, though a clock that went wrong says when it began', () => {
    const models = [group('g0', 'abc', 'c')];
    for (const since of [t0 + 1e10, 1e300]) {
      const { progress } = turn({ ...noProgress, moving: { group: 'g0', to: 'a', since } }, models);
      assert.deepEqual(progress.moving, { group: 'g0', to: 'a', since: t0 });
      assert.equal(turn(progress, models, t0 + patienceMs).finished, true);
    }
  });

  it('waits for one no longer than its patience, says so, and goes on', () => {
    const models = [group('g0', 'abc', 'c'), group('g1', 'bca', 'c')];
    const first = turn(noProgress, models).progress;
    const late = turn(first, models, t0 + patienceMs);
    assert.deepEqual(late.gaveUp, first.moving);
    assert.deepEqual(late.progress.skipped, { g0: 'a: it did not take over within 20 s' });
    assert.equal(late.progress.moving?.group, 'g1');
  });

  it('waits anew for one whose leader was never asked, because who began it ended before', () => {
    const models = [group('g0', 'abc', 'c'), group('g1', 'bca', 'c')];
    const first = turn(noProgress, models).progress;
    const now = t0 + patienceMs;
    const look = (asked: boolean, unfit: Readonly<Record<string, string>> = {}) => {
      const standings = models.map((each) => ({ ...standing(each, unfit), asked }));
      return nextTurn(first, standings, { elsewhere: new Map(), now, patienceMs }).progress;
    };
    assert.deepEqual(look(false), { ...first, moving: { group: 'g0', to: 'a', since: now } });
    assert.equal(look(true).moving?.group, 'g1');
    assert.equal(look(false, { a: 'NotReady' }).moving?.group, 'g1', 'nor for one that cannot');
  });

  it('skips groups whose preferred leader could not lead, and those that nobody leads, and says why', () => {
    const models = [group('g0', 'abc', 'c'), group('g1', 'bca', undefined), group('g2', 'cab', 'b')];
    const { progress } = turn(noProgress, models, t0, { a: 'NotReady' });
    assert.deepEqual(progress, {
      moving: { group: 'g2', to: 'c', since: t0 },
      moved: [],
      skipped: { g0: 'a: NotReady', g1: 'nobody leads it' },
    });
  });

  it('goes on when the group, or the node in it, is gone', () => {
    const models = [group('g0', 'abc', 'c'), group('g1', 'bca', 'c')];
    const first = turn(noProgress, models).progress;
    assert.equal(turn(first, models.slice(1)).progress.moving?.group, 'g1');
    models[0]!.members = ['b', 'c'];
    assert.equal(turn(first, models).progress.moving?.group, 'g1');
  });

  it('first evens out who is preferred, without moving a group that the new one leads already', () => {
    const models = [group('g0', 'abc', 'a'), group('g1', 'abc', 'a'), group('g2', 'abc', 'c'), group('g3', 'bac', 'b')];
    assert.deepEqual(turn(noProgress, models).progress.moving, { group: 'g2', to: 'c', since: t0 });
  });

  it('evens out over all Eips where that makes no difference here', () => {
    const elsewhere = new Map([
      ['a', 5],
      ['b', 1],
    ]);
    const models = [standing(group('g0', 'ab', 'a'))];
    const { progress } = nextTurn(noProgress, models, { elsewhere, now: t0, patienceMs });
    assert.equal(progress.moving?.to, 'b');
  });

  it('never prefers a node that could not lead', () => {
    const models = [group('g0', 'abc', 'a'), group('g1', 'abc', 'a'), group('g2', 'abc', 'a')];
    assert.equal(turn(noProgress, models, t0, { b: 'Cordoned' }).progress.moving?.to, 'c');
  });

  const population = fc.record({
    leaders: fc.array(fc.tuple(fc.nat(4), fc.nat(4)), { minLength: 1, maxLength: 20 }),
    count: fc.integer({ min: 1, max: 5 }),
    elsewhere: fc.array(fc.nat(4), { maxLength: 8 }),
    dead: fc.subarray(nodes, { maxLength: 2 }),
    // How the nodes behave: whether a move comes about, and whether the controller restarts before it is seen.
    fates: fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }),
  });
  const modelsOf = ({ leaders, count }: { leaders: [number, number][]; count: number }) =>
    leaders.map(([preferred, holder], index): Model => {
      const first = nodes[preferred % count]!;
      const members = [first, ...nodes.slice(0, count).filter((node) => node !== first)];
      return { group: `g${index}`, members, holder: nodes[holder % count] };
    });
  /** Runs to the end as the controller does; what was written survives, as JSON. */
  const run = (o: {
    models: Model[];
    elsewhere: readonly number[];
    dead: readonly string[];
    fates?: readonly boolean[];
  }) => {
    const elsewhere = new Map<string, number>();
    for (const node of o.elsewhere) elsewhere.set(nodes[node]!, (elsewhere.get(nodes[node]!) ?? 0) + 1);
    const unfit = Object.fromEntries(o.dead.map((node) => [node, 'NotReady']));
    let [progress, now] = [noProgress, t0];
    const moves: string[] = [];
    for (let step = 0; ; step++) {
      assert.ok(step <= 3 * o.models.length + 3, 'it comes to an end');
      const next = nextTurn(
        progress,
        o.models.map((each) => standing(each, unfit)),
        { elsewhere, now, patienceMs },
      );
      progress = JSON.parse(JSON.stringify(next.progress)) as Progress;
      if (next.finished) return { progress, moves };
      const move = progress.moving!;
      moves.push(move.group);
      const model = o.models.find((each) => each.group === move.group)!;
      assert.equal(o.dead.includes(move.to), false, 'nothing is moved to a node that could not lead');
      model.members = [move.to, ...model.members.filter((node) => node !== move.to)];
      if (o.fates?.[step] === false) now += patienceMs;
      else model.holder = move.to;
    }
  };

  it('ends with every group at its preferred leader, and leaders even, when all nodes can lead', () => {
    fc.assert(
      fc.property(population, (o) => {
        const models = modelsOf(o);
        const { progress, moves } = run({ models, elsewhere: o.elsewhere, dead: [] });
        assert.equal(new Set(moves).size, moves.length, 'each group moves at most once');
        assert.deepEqual(progress.skipped, {});
        for (const { members, holder } of models) assert.equal(holder, members[0]);
        const loads = nodes.slice(0, o.count).map((node) => models.filter(({ holder }) => holder === node).length);
        assert.ok(Math.max(...loads) - Math.min(...loads) <= 1, `${loads}`);
        assert.deepEqual(
          run({ models, elsewhere: o.elsewhere, dead: [] }).moves,
          [],
          'and a second time there is nothing to do',
        );
      }),
    );
  });

  it('comes to an end whatever nodes do, moving each group at most once and never to a dead node', () => {
    fc.assert(
      fc.property(population, (o) => {
        const models = modelsOf(o);
        const { progress, moves } = run({ ...o, models });
        assert.equal(new Set(moves).size, moves.length);
        for (const { group: name, members, holder } of models) {
          assert.ok(holder === members[0] || progress.skipped[name] !== undefined, `${name} is at home or explained`);
        }
      }),
    );
  });
});
