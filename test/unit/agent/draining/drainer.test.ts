import assert from 'node:assert/strict';
import type { DrainingProblem } from '../../../../src/agent/draining/contract.js';
import { createDrainer, type DrainingMemory, holdsForMs } from '../../../../src/agent/draining/drainer.js';
import { LinuxError } from '../../../../src/platform/linux/errno.js';
import type { Nftables } from '../../../../src/platform/linux/nftables/nftables.js';
import { handTimers } from '../tracking/hand-timers.js';

const group = { addresses: ['192.0.2.100'], window: 60_000_000, isSaid: true };
const binding = {
  proven: true,
  silenced: false,
  nic: 2,
  answersOn: 2,
  mac: new Uint8Array(6),
  source: Uint8Array.of(192, 0, 2, 9),
};

function drainer(
  save: DrainingMemory['save'],
  load: DrainingMemory['load'] = async () => new Map(),
  openNftables: () => Nftables = () => {
    throw new LinuxError({ errno: 93, operation: 'open', object: 'nfnetlink socket' });
  },
  forget: () => boolean = () => false,
) {
  const timers = handTimers();
  const handed: string[] = [];
  const answer = new Map<string, Uint8Array>();
  const found = new Map<string, DrainingProblem | undefined>();
  const failures: unknown[] = [];
  const lines: string[] = [];
  const held: number[] = [];
  const log = (message: string) => void lines.push(message);
  const made = createDrainer({
    kernel: {
      now: () => timers.now() * 1_000,
      openNftables,
      node: { read: () => '1', hasInterface: () => false },
      rtnetlink: { neighborMac: () => undefined, useNeighbor() {}, routeTo: () => ({ interfaceIndex: 2 }) },
      macOf: () => Uint8Array.of(2, 0, 0, 0, 0, 9),
      hasLink: () => true,
      probe: { ask() {}, heard: () => ({ neighbors: answer, overrun: new Set() }), keep() {} },
    },
    timers,
    memory: {
      load,
      save,
      forget: async () => forget(),
      holds: async () => {
        held.push(timers.now());
        throw new Error('a file system that is read-only');
      },
    },
    log: { info: log, warn: log },
    failed: (error) => failures.push(error),
    found: (name, problem) => void found.set(name, problem),
    handing: (name, { to, connections }) => {
      const count = connections === undefined ? '' : `: ${connections}`;
      handed.push(`${name} to ${to.join() || 'nobody'}${count}`);
    },
  });
  return { made, found, failures, lines, handed, held, answer, advance: timers.advance };
}

describe('the drainer', () => {
  it('says of each group that asks for it why the kernel keeps nothing', async () => {
    const { made, found, failures, advance } = drainer(async () => {});
    made.configure(
      new Map([
        ['api', group],
        ['web', { ...group, window: 0 }],
      ]),
    );
    await advance(0);
    assert.equal(found.get('api')?.reason, 'NoNftables');
    assert.equal(found.get('web'), undefined);
    assert.match(made.report().problem ?? '', /EPROTONOSUPPORT/);
    assert.deepEqual(failures, []);
    await made.stop();
  });

  it('says so of groups that come later, too', async () => {
    const { made, found, advance } = drainer(async () => {});
    made.configure(new Map([['api', group]]));
    await advance(0);
    made.configure(
      new Map([
        ['api', group],
        ['web', group],
      ]),
    );
    await advance(0);
    assert.ok(found.get('web') !== undefined);
    await made.stop();
  });

  it('takes back what it said of a group that asks for it no more', async () => {
    const { made, found, advance } = drainer(async () => {});
    made.configure(new Map([['api', group]]));
    await advance(0);
    assert.ok(found.get('api') !== undefined);
    made.configure(new Map([['api', { ...group, window: 0 }]]));
    await advance(0);
    assert.equal(found.get('api'), undefined);
    await made.stop();
  });

  it('says nothing anew at each change of a leader while no group asks for it', async () => {
    const { made, handed, advance } = drainer(async () => {});
    made.configure(new Map([['api', { ...group, window: 0 }]]));
    await advance(0);
    const before = handed.length;
    for (const leader of ['192.0.2.1', '192.0.2.2', undefined]) {
      made.hear({ type: 'leader', group: 'api', leader, ...binding });
      await advance(0);
    }
    assert.equal(handed.length, before);
    await made.stop();
  });

  it('reads what a former life knew when a group asks for it, once, as of its own start', async () => {
    const loads: number[] = [];
    const { made, advance } = drainer(
      async () => {},
      async (now) => {
        loads.push(now);
        return new Map();
      },
    );
    await advance(1_000);
    made.configure(new Map([['api', { ...group, window: 0 }]]));
    assert.deepEqual(loads, []);
    for (let i = 0; i < 2; i++) made.configure(new Map([['api', group]]));
    assert.deepEqual(loads, [0]);
    await made.stop();
  });

  it('says what it can when the kernel does not tell what was counted', async () => {
    const broken = () => {
      throw new LinuxError({ errno: 105, operation: 'list from', object: 'nfnetlink socket' });
    };
    const nftables = { transact: () => undefined, hasTable: () => false, hasChain: () => true, hasSet: () => false };
    const kept = { outline: () => '', rules: (): readonly never[] => [], elements: broken, close() {} };
    const { made, found, failures, advance } = drainer(
      async () => {},
      undefined,
      () => Object.assign(kept, nftables),
    );
    made.configure(new Map([['api', group]]));
    made.hear({ type: 'leader', group: 'api', leader: '192.0.2.1', station: new Uint8Array(6), ...binding });
    await advance(0);
    assert.ok(found.has('api'));
    kept.rules = broken;
    const { asked, problem, connections } = made.report();
    assert.deepEqual([asked, problem, connections, failures.length], [true, undefined, 0, 2]);
    await made.stop();
  });

  describe('with connections that the kernel counts', () => {
    const station = Uint8Array.of(2, 0, 0, 0, 0, 1);
    /** A key as the rules make it, of a client's port and the end of an address. */
    const key = (port: number, last = 100) => Uint8Array.of(9, 9, 9, 9, 0, port, 0, 0, 192, 0, 2, last, 0, 80, 0, 0);
    const counting = () => {
      const keys: Uint8Array[] = [];
      const nftables = { hasTable: () => true, hasChain: () => true, hasSet: () => true, outline: () => '' };
      const n = drainer(
        async () => {},
        undefined,
        () => ({ ...nftables, transact: () => undefined, rules: () => [], elements: () => keys, close() {} }),
      );
      n.answer.set('2 192.0.2.1', station);
      const lead = (leader: string | undefined, name = 'api') =>
        n.made.hear({ type: 'leader', group: name, leader, ...(leader && { station }), ...binding });
      return { ...n, keys, lead };
    };

    it('says how many soon after a move, and each ten seconds from then on', async () => {
      const { made, handed, advance, keys, lead } = counting();
      made.configure(new Map([['api', group]]));
      lead('192.0.2.1');
      await advance(1_000);
      assert.deepEqual(handed.splice(0), ['api to nobody'], 'a Backup hands nothing on');
      lead(undefined);
      keys.push(key(1), key(2));
      await advance(2_900);
      assert.deepEqual(handed.splice(0), ['api to 192.0.2.1']);
      await advance(200);
      assert.deepEqual(handed.splice(0), ['api to 192.0.2.1: 2']);
      keys.push(key(3));
      await advance(40_000);
      assert.deepEqual(handed.splice(0), new Array(4).fill('api to 192.0.2.1: 3'));
      await advance(20_000);
      assert.equal(handed.at(-1), 'api to nobody', 'the window is over');
      await made.stop();
    });

    it('says nothing of a group that has moved since they were counted', async () => {
      const { made, handed, advance, keys, lead } = counting();
      made.configure(new Map(['api', 'web'].map((name, n) => [name, { ...group, addresses: [`192.0.2.${100 + n}`] }])));
      for (const name of ['api', 'web']) lead('192.0.2.1', name);
      await advance(1_000);
      lead(undefined);
      keys.push(key(1), key(1, 101), key(2, 101));
      await advance(4_000);
      handed.length = 0;
      lead(undefined, 'web');
      await advance(1_000);
      assert.deepEqual(handed.splice(0), ['api to 192.0.2.1: 1', 'web to 192.0.2.1']);
      await advance(10_000);
      assert.deepEqual(handed, ['api to 192.0.2.1: 1', 'web to 192.0.2.1: 2']);
      await made.stop();
    });
  });

  it('notes who led one after the other, and the last word before it stops', async () => {
    const ends: (() => void)[] = [];
    let under = 0;
    let most = 0;
    const noted: string[] = [];
    const { made, advance } = drainer(async (histories) => {
      most = Math.max(most, ++under);
      noted.push(histories.get('192.0.2.100')?.[0]?.leader ?? '');
      await new Promise<void>((resolve) => ends.push(resolve));
      under--;
    });
    made.configure(new Map([['api', group]]));
    made.hear({ type: 'leader', group: 'api', leader: '192.0.2.1', ...binding });
    await advance(100);
    assert.equal(ends.length, 1);
    made.hear({ type: 'leader', group: 'api', leader: '192.0.2.2', ...binding });
    const stopped = made.stop();
    ends.shift()?.();
    await advance(0);
    assert.equal(ends.length, 1);
    ends.shift()?.();
    await stopped;
    assert.equal(most, 1);
    assert.deepEqual(noted, ['192.0.2.1', '192.0.2.2']);
  });

  it('notes each minute that what it noted holds still, while a group asks for it, and whatever comes of that', async () => {
    const { made, held, failures, advance } = drainer(async () => {});
    made.configure(new Map([['api', group]]));
    await advance(2 * holdsForMs + 1_000);
    assert.deepEqual(held, [holdsForMs, 2 * holdsForMs]);
    made.configure(new Map([['api', { ...group, window: 0 }]]));
    await advance(holdsForMs);
    made.configure(new Map([['api', group]]));
    await advance(holdsForMs);
    assert.deepEqual(held.splice(2), [4 * holdsForMs]);
    await made.stop();
    await advance(holdsForMs);
    assert.deepEqual([held.length, failures], [2, []]);
  });

  it('says that it cannot note who led, and goes on', async () => {
    const { made, lines, failures, advance } = drainer(async () => {
      throw new Error('full');
    });
    made.configure(new Map([['api', group]]));
    await advance(100);
    assert.ok(lines.some((line) => line.startsWith('who led addresses is not noted')));
    await made.stop();
    assert.ok(lines.some((line) => line.startsWith('who led addresses is not noted')));
    assert.deepEqual(failures, []);
  });

  it('takes away what a former life left where no group asks for it any more, and touches nothing else', async () => {
    for (const [left, removed] of [
      [true, 2],
      [false, 0],
    ] as const) {
      let transactions = 0;
      let forgotten = 0;
      const nftables = { hasTable: () => true, hasChain: () => true, hasSet: () => true, outline: () => '' };
      const transact = () => void transactions++;
      const { made, failures, advance } = drainer(
        async () => {},
        undefined,
        () => ({ ...nftables, transact, rules: () => [], elements: () => [], close() {} }),
        () => {
          forgotten++;
          return left;
        },
      );
      made.configure(new Map([['api', { ...group, window: 0 }]]));
      await advance(2_999);
      assert.equal(forgotten, 0, 'the first groups may not be all');
      await advance(1);
      assert.deepEqual([forgotten, transactions], [1, removed]);
      assert.deepEqual(failures, []);
      await made.stop();
    }
  });

  it('says that connections are kept when the tables are made, not before', async () => {
    let end: () => void = () => {};
    const reading = new Promise<void>((resolve) => {
      end = resolve;
    });
    const nftables = { hasTable: () => false, hasChain: () => true, hasSet: () => false, outline: () => '' };
    const { made, advance } = drainer(
      async () => {},
      async () => {
        await reading;
        return new Map();
      },
      () => ({ ...nftables, transact: () => undefined, rules: () => [], elements: () => [], close() {} }),
    );
    made.configure(new Map([['api', group]]));
    made.hear({ type: 'leader', group: 'api', leader: '192.0.2.1', station: new Uint8Array(6), ...binding });
    assert.deepEqual([made.report().asked, made.report().problem, made.report().kept], [true, undefined, false]);
    end();
    await advance(0);
    assert.equal(made.report().kept, true);
    await made.stop();
  });
});
