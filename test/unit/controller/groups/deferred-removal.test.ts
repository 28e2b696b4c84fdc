import assert from 'node:assert/strict';
import { deferRemovals, paceRemovals, type RemovalPace } from '../../../../src/controller/groups/deferred-removal.js';
import { object, spec } from './group-of.js';

describe('an address that nobody has any more', () => {
  it('may stay in its group, which then is as it was', () => {
    const wanted = new Map([['g', spec('10.0.0.2', '10.0.0.10')]]);
    const specs = deferRemovals(wanted, [object('g', '10.0.0.2', '10.0.0.3', '10.0.0.10')], () => true);
    assert.deepEqual(specs.get('g'), spec('10.0.0.2', '10.0.0.3', '10.0.0.10'));
  });

  it('does not stay when it is in another group from now on: two leaders must not answer for it', () => {
    const wanted = new Map([
      ['g', spec()],
      ['h', spec('10.0.0.3')],
    ]);
    assert.deepEqual(
      deferRemovals(wanted, [object('g', '10.0.0.3'), object('h')], () => true),
      wanted,
    );
  });

  it('does not stay when it is not free, nor when its group goes', () => {
    const wanted = new Map([['g', spec()]]);
    assert.deepEqual(
      deferRemovals(wanted, [object('g', '10.0.0.3')], () => false),
      wanted,
    );
    assert.deepEqual(
      deferRemovals(new Map(), [object('g', '10.0.0.3')], () => true),
      new Map(),
    );
  });

  it('does not take the room of those that somebody has', () => {
    const full = Array.from({ length: 255 }, (_, at) => `10.0.1.${at}`);
    const specs = deferRemovals(new Map([['g', spec(...full)]]), [object('g', '10.0.0.1')], () => true);
    assert.equal(specs.get('g')!.addresses.length, 255);
  });

  it('may be one of very many', () => {
    const pace: RemovalPace = new Map();
    const present = Array.from({ length: 800 }, (_, group) =>
      object(`g-${group}`, ...Array.from({ length: 250 }, (_, at) => `10.${group >> 8}.${group & 255}.${at}`)),
    );
    const wanted = new Map(present.map(({ metadata: { name } }) => [name, spec()]));
    const look = () => paceRemovals(pace, 'lan', wanted, { present, isFree: () => true, now: 0 });
    for (let times = 0; times < 5; times++) assert.equal(look().afterMs, undefined);
    assert.equal(look().afterMs, 10_000);
  });

  describe('in its turn', () => {
    const addresses = Array.from({ length: 8 }, (_, at) => `10.0.0.${at}`);
    const newLook = () => {
      const pace: RemovalPace = new Map();
      return (now: number, free: readonly string[], present = addresses) => {
        const isFree = (address: string) => free.includes(address);
        const wanted = spec(...present.filter((address) => !isFree(address)));
        const o = { present: [object('g', ...present)], isFree, now };
        const { specs, afterMs } = paceRemovals(pace, 'lan', new Map([['g', wanted]]), o);
        return [specs.get('g')?.addresses, afterMs] as const;
      };
    };

    it('leaves at once where few do, and stays for ten seconds where many do', () => {
      const look = newLook();
      for (const address of addresses.slice(0, 5)) assert.deepEqual(look(0, [address], [address]), [[], undefined]);
      const [sixth] = addresses.slice(5);
      assert.deepEqual(look(0, [sixth!], [sixth!]), [[sixth], 10_000]);
      assert.deepEqual(look(9_999, [sixth!], [sixth!]), [[sixth], 1]);
      assert.deepEqual(look(10_000, [sixth!], [sixth!]), [[], undefined]);
    });

    it('leaves at once where many do at a time, as when all Services of an Eip go', () => {
      const look = newLook();
      for (let times = 0; times < 5; times++) assert.deepEqual(look(0, addresses), [[], undefined]);
      assert.deepEqual(look(0, addresses), [addresses, 10_000]);
    });

    it('leaves at once again when few have for a while', () => {
      const look = newLook();
      for (const address of addresses.slice(0, 6)) look(0, [address], [address]);
      assert.deepEqual(look(20_000, [addresses[6]!], [addresses[6]!]), [[], undefined]);
    });

    it('leaves together with those that would a moment later', () => {
      const look = newLook();
      for (const address of addresses.slice(0, 5)) look(0, [address], [address]);
      const [a, b] = addresses.slice(5) as [string, string];
      assert.deepEqual(look(100, [a], [a, b]), [[a, b], 11_900]);
      assert.deepEqual(look(1_900, [a, b], [a, b]), [[a, b], 10_100]);
      assert.deepEqual(look(12_000, [a, b], [a, b]), [[], undefined]);
    });

    it('begins anew for one that somebody has had meanwhile', () => {
      const look = newLook();
      for (const address of addresses.slice(0, 5)) look(0, [address], [address]);
      const a = addresses[5]!;
      assert.deepEqual(look(0, [a], [a]), [[a], 10_000]);
      assert.deepEqual(look(4_000, [], [a]), [[a], undefined]);
      assert.deepEqual(look(8_000, [a], [a]), [[a], 10_000]);
    });
  });
});
