import assert from 'node:assert/strict';
import { createLan, groupOf, type Lan, type LanHost } from '../lan.js';

const ms = 1_000;
const second = 1_000_000;
const members = [1, 2, 3];
const everybody = 'ff:ff:ff:ff:ff:ff';

for (const family of [4, 6] as const) {
  const addresses = family === 4 ? {} : { addresses: [] };
  describe(`unicast over IPv${family}`, () => {
    let lan: Lan;
    let hosts: LanHost[];

    beforeEach(() => {
      lan = createLan();
      hosts = members.map((number) => lan.host(number));
    });
    const configure = () => {
      for (const [index, host] of hosts.entries())
        host
          .engine()
          .configure([groupOf(members, members[index]!, { transport: 'unicast', family, ...addresses })], []);
    };
    const leaders = () => hosts.filter((host) => host.state('web')?.state === 'Active');
    const adverts = (host: LanHost) => host.sent.filter(({ kind }) => kind === 'advert');

    it('elects one leader where a broadcast of IP packets reaches nobody', () => {
      lan.strict = true;
      configure();
      lan.run(10 * second);
      assert.deepEqual(leaders(), [hosts[0]]);
    });

    it('reaches each member at its own MAC from the first advert on, without having heard of it', () => {
      configure();
      lan.run(5 * second);
      assert.ok(adverts(hosts[0]!).length > 10);
      assert.deepEqual(
        new Set(adverts(hosts[0]!).map(({ to }) => to)),
        new Set(['02:00:00:00:00:02', '02:00:00:00:00:03']),
      );
    });

    it('needs nobody to be asked at a takeover', () => {
      lan.strict = true;
      configure();
      lan.run(5 * second);
      hosts[0]!.kill();
      lan.run(3 * second);
      assert.ok(!adverts(hosts[1]!).some(({ to }) => to === everybody));
      assert.equal(hosts[1]!.state('web')!.state, 'Active');
      assert.equal(hosts[2]!.state('web')!.state, 'Backup');
    });

    it('follows a Backup to another MAC', () => {
      lan.strict = true;
      configure();
      lan.run(5 * second);
      hosts[1]!.setLink({ mac: Uint8Array.of(2, 0, 0, 0, 0, 0x77) });
      lan.run(5 * second);
      assert.deepEqual(leaders(), [hosts[0]]);
      assert.ok(
        adverts(hosts[0]!)
          .slice(-2)
          .some(({ to }) => to === '02:00:00:00:00:77'),
      );
    });

    it('finds a member that comes later before that one leads, too', () => {
      lan.strict = true;
      hosts[2]!.cut = true;
      configure();
      lan.run(2 * second);
      hosts[2]!.engine().shutdown(true);
      hosts[2]!.kill();
      lan.run(10 * second);
      hosts[2]!.cut = false;
      hosts[2]!.restart();
      hosts[2]!.engine().configure([groupOf(members, 3, { transport: 'unicast', family, ...addresses })], []);
      for (let i = 0; i < 100; i++) {
        lan.run(100 * ms);
        assert.deepEqual(leaders(), [hosts[0]]);
      }
    });
  });
}
