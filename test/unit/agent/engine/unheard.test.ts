import assert from 'node:assert/strict';
import type { GroupConfig } from '../../../../src/agent/engine/messages.js';
import { ipToBytes, parseIp } from '../../../../src/core/ip/address.js';
import { createLan, groupOf, type Lan, type LanHost } from './lan.js';

const second = 1_000_000;
const bytes = (text: string) => ipToBytes(parseIp(text)!);
const members = [1, 2, 3];
const elsewhere = bytes('198.51.100.1');

describe('a member whose adverts come from another address than its group says', () => {
  let lan: Lan;
  let hosts: LanHost[];
  const leaders = () => hosts.filter((host) => host.state('web')?.state === 'Active').map(({ name }) => name);
  /** What host `self` is told when the group has a wrong address for host `wrong`. */
  const told = (self: number, wrong: number, o: Partial<GroupConfig> = {}) => {
    const config = groupOf(members, self, o);
    if (self === wrong) return { ...config, source: elsewhere };
    return {
      ...config,
      peers: members
        .filter((each) => each !== self)
        .map((each) => (each === wrong ? elsewhere : bytes(`192.0.2.${each}`))),
    };
  };
  const configure = (wrong: number, o: Partial<GroupConfig> = {}) => {
    for (const [index, host] of hosts.entries()) host.engine().configure([told(index + 1, wrong, o)], []);
  };
  const start = (wrong: number, o: Partial<GroupConfig> = {}) => {
    lan = createLan();
    hosts = members.map((number) => lan.host(number));
    configure(wrong, o);
  };
  /** How long there were several leaders in that time, in microseconds. */
  const several = (duration: number) => {
    let sum = 0;
    const end = lan.now() + duration;
    for (; lan.now() < end; lan.run(10_000)) if (leaders().length > 1) sum += 10_000;
    return sum;
  };

  for (const transport of ['multicast', 'unicast'] as const) {
    for (const wrong of members) {
      for (const preempt of [false, true]) {
        it(`leads beside nobody: member ${wrong}, ${transport}${preempt ? ', preempting' : ''}`, () => {
          start(wrong, { transport, preempt });
          lan.run(3 * second);
          assert.equal(several(30 * second), 0);
          assert.equal(leaders().length, 1);
          assert.notEqual(leaders()[0], `n${wrong}`);
        });
      }
    }
  }

  it('hands over to who cannot hear it, as soon as that one speaks', () => {
    start(0);
    lan.until(() => leaders()[0] === 'n1');
    lan.run(1 * second);
    configure(1);
    assert.ok(several(10 * second) <= 300_000, 'for one advert at most');
    assert.deepEqual(leaders(), ['n2']);
  });

  it('leads when nobody else is there', () => {
    start(1);
    lan.run(3 * second);
    for (const host of hosts.slice(1)) host.kill();
    lan.run(3 * second);
    assert.equal(hosts[0]!.state('web')!.state, 'Active');
  });

  it('is like any other as soon as the group says its address', () => {
    start(1, { preempt: true });
    lan.run(5 * second);
    assert.deepEqual(leaders(), ['n2']);
    configure(0, { preempt: true });
    lan.run(5 * second);
    assert.deepEqual(leaders(), ['n1']);
  });

  it('has one leader also when the group is wrong about all', () => {
    start(0, { source: elsewhere, peers: [bytes('198.51.100.2'), bytes('198.51.100.3')] });
    lan.run(3 * second);
    assert.equal(several(20 * second), 0);
    assert.equal(leaders().length, 1);
  });
});

describe('a member that its group has no address for yet', () => {
  let lan: Lan;
  let hosts: LanHost[];
  const unicast = (self: number, known: readonly number[]) => {
    const config = groupOf(members, self, { transport: 'unicast' });
    const peers = known.filter((each) => each !== self).map((each) => bytes(`192.0.2.${each}`));
    return { ...config, peers, source: known.includes(self) ? bytes(`192.0.2.${self}`) : undefined };
  };
  const configure = (known: readonly number[]) => {
    for (const [index, host] of hosts.entries()) host.engine().configure([unicast(index + 1, known)], []);
  };
  const states = () => hosts.map((host) => host.state('web')?.state);

  beforeEach(() => {
    lan = createLan();
    hosts = members.map((number) => lan.host(number));
  });

  it('takes no part by unicast, but says its address; then it is a member like any other', () => {
    configure([2, 3]);
    lan.run(5 * second);
    assert.deepEqual(states(), ['Initialize', 'Active', 'Backup']);
    assert.equal(hosts[0]!.state('web')!.address, '192.0.2.1');
    assert.match(hosts[0]!.state('web')!.message!, /^waits until the group says its address, which it has reported/);
    configure([1, 2, 3]);
    lan.run(5 * second);
    assert.deepEqual(states(), ['Backup', 'Active', 'Backup']);
    assert.equal(hosts[0]!.state('web')!.message, undefined);
  });

  it('waits for the others to hear of its address, too, before it takes their silence for their end', () => {
    configure([2, 3]);
    lan.run(5 * second);
    hosts[0]!.engine().configure([unicast(1, members)], []);
    lan.run(900_000);
    assert.deepEqual(states(), ['Initialize', 'Active', 'Backup']);
    configure(members);
    lan.run(5 * second);
    assert.deepEqual(states(), ['Backup', 'Active', 'Backup']);
    assert.equal(hosts[0]!.engine().report().counters.transitions_to_active, undefined);
  });

  it('is no leader by unicast before any address is known, and one of them is after', () => {
    configure([]);
    lan.run(5 * second);
    assert.deepEqual(states(), ['Initialize', 'Initialize', 'Initialize']);
    configure(members);
    lan.run(5 * second);
    assert.deepEqual(states(), ['Active', 'Backup', 'Backup']);
  });

  it('leads alone by unicast when it is the only member', () => {
    const config = { ...groupOf([1], 1, { transport: 'unicast' }), source: undefined };
    hosts[0]!.engine().configure([config], []);
    lan.until(() => hosts[0]!.state('web')?.state === 'Active');
  });
});

for (const family of [4, 6] as const) {
  describe(`a member whose IPv${family} address in the group is wrong`, () => {
    const [own, wrong] = family === 4 ? ['192.0.2.1', '192.0.2.99'] : ['fe80::1', 'fe80::99'];
    const stands = { field: 'spec.members[0].address in web.yaml', remedy: 'correct it there' };
    const addresses = [bytes(family === 4 ? '192.0.2.100' : '2001:db8::100')];
    let lan: Lan;
    let hosts: LanHost[];

    beforeEach(() => {
      lan = createLan();
      hosts = [1, 2].map((number) => lan.host(number));
      const [first, second] = hosts;
      first!
        .engine()
        .configure([groupOf([1, 2], 1, { family, addresses, source: bytes(wrong), sourceStands: stands })], []);
      second!.engine().configure([groupOf([1, 2], 2, { family, addresses, peers: [bytes(wrong)] })], []);
      lan.run(5_000_000);
    });

    it('says that its interface does not have it, what that has, and where to correct which field', () => {
      assert.equal(
        hosts[0]!.state('web')!.message,
        `eth0 does not have ${wrong}, this node's address by spec.members[0].address in web.yaml: it has ${own}` +
          `${family === 6 ? ' (IPv6 adverts come from a link-local address)' : ''}. ` +
          `Adverts come from ${own}, which the other members take for a stranger's: correct it there`,
      );
    });

    it('is seen by the others as a stranger, with its priority and who was not heard', () => {
      const seen = hosts[1]!.events.filter((event) => event.type === 'sighting');
      assert.deepEqual(
        [seen[0]?.kind, seen[0]?.offender, seen[0]?.priority, seen[0]?.unheard],
        ['stranger', own, 254, [wrong]],
      );
    });

    it('has nothing to say once that is put right', () => {
      hosts[0]!.engine().configure([groupOf([1, 2], 1, { family, addresses })], []);
      hosts[1]!.engine().configure([groupOf([1, 2], 2, { family, addresses })], []);
      lan.run(5_000_000);
      assert.equal(hosts[0]!.state('web')!.message, undefined);
    });
  });
}
