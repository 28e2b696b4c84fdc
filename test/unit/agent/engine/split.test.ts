import assert from 'node:assert/strict';
import { createLan, groupOf } from './lan.js';

const ms = 1_000;
const second = 1_000_000;
const vip = '192.0.2.100';
const members = [1, 2, 3];

describe('a split in which nobody loses a link', () => {
  // Whoever speaks first after it depends on where in its interval it heals: either side may be the first to hear the other.
  for (let phase = 0; phase < 250; phase += 25) {
    it(`that heals ${phase} ms later than it might ends with the word of who holds the address`, () => {
      const lan = createLan();
      const hosts = members.map((number) => lan.host(number));
      const holders = () => hosts.filter((host) => host.held().includes(vip));
      for (const [i, host] of hosts.entries()) host.engine().configure([groupOf(members, i + 1)], []);
      lan.until(() => holders().length === 1);
      lan.run(1 * second);
      hosts[0]!.cut = true;
      lan.until(() => holders().length === 2);
      lan.run(10 * second + phase * ms); // the first announcements are over
      hosts[0]!.cut = false;
      lan.until(() => holders().length === 1);
      const [holder] = holders();
      lan.run(100 * ms);
      const words = hosts.flatMap(({ name, sent }) =>
        sent.flatMap(({ at, kind, text }) => (kind === 'neighbor' && text === vip ? [{ at, name }] : [])),
      );
      const last = words.reduce((latest, word) => (word.at >= latest.at ? word : latest));
      assert.equal(last.name, holder!.name);
      assert.ok(lan.now() - last.at < 100 * ms + 250 * ms, 'said after the split, not before');
    });
  }
});
