import assert from 'node:assert/strict';
import { createHmac, createSecretKey } from 'node:crypto';
import type { GroupAuthentication, GroupConfig, Sighting } from '../../../../src/agent/engine/messages.js';
import { ipToBytes, parseIp } from '../../../../src/core/ip/address.js';
import { nextStamp, stampOf } from '../../../../src/core/vrrp/stamps.js';
import { decodeAdvertFrame, encodeAdvertFrame } from '../../../../src/core/wire/vrrp-frame.js';
import { createLan, groupOf, type Lan, type LanHost } from './lan.js';

const ms = 1_000;
const second = 1_000_000;
const bytes = (text: string) => ipToBytes(parseIp(text)!);
const vip = '192.0.2.100';
const keyOf = (id: number) => ({ id, key: createSecretKey(Buffer.alloc(32, id)) });
const keys = (mode: GroupAuthentication['mode'], signing: number, accepted = [signing]): GroupAuthentication => ({
  mode,
  window: 5,
  signing: mode === 'receive-only' ? undefined : keyOf(signing),
  accepted: accepted.map(keyOf),
});
const enforce = keys('enforce', 1);

describe('a group whose adverts are signed', () => {
  let lan: Lan;
  let hosts: LanHost[];
  const members = [1, 2, 3];
  const configure = (index: number, o: Partial<GroupConfig>) =>
    hosts[index]!.engine().configure([groupOf(members, members[index]!, o)], []);
  const startAll = (o: Partial<GroupConfig> = { authentication: enforce }) => {
    lan = createLan();
    hosts = members.map((number) => lan.host(number));
    for (const index of hosts.keys()) configure(index, o);
  };
  const leaders = () => hosts.filter((host) => host.state('web')?.state === 'Active');
  const elected = () => {
    lan.until(() => leaders().length === 1);
    lan.run(1 * second);
    return leaders()[0]!;
  };
  const drops = (host: LanHost) => host.engine().report().drops;
  const counters = (host: LanHost) => host.engine().report().counters;
  const sightings = (host: LanHost) => host.events.filter((event): event is Sighting => event.type === 'sighting');
  /** Adverts that go by, as somebody with a packet capture has them. */
  const record = (host: LanHost) => {
    const frames: Uint8Array[] = [];
    const open = host.kernel.openPacketSocket;
    (host.kernel as { openPacketSocket: typeof open }).openPacketSocket = (o) => {
      const socket = open(o);
      return {
        ...socket,
        send(frame, length) {
          if (decodeAdvertFrame(frame, length).ok) frames.push(frame.slice(0, length));
          return socket.send(frame, length);
        },
      };
    };
    return frames;
  };
  const startRecorded = (o?: Partial<GroupConfig>) => {
    lan = createLan();
    hosts = members.map((number) => lan.host(number));
    const frames = record(hosts[0]!);
    for (const index of hosts.keys()) configure(index, o ?? { authentication: enforce });
    return frames;
  };
  /** An advert in the name of host 1, to the multicast group. */
  const forged = (o: { priority: number; key?: ReturnType<typeof keyOf>; utc?: number }) =>
    encodeAdvertFrame({
      advert: {
        version: 3,
        family: 4,
        virtualRouterId: 51,
        priority: o.priority,
        interval: 250 * ms,
        addresses: [bytes(vip)],
      },
      sourceMac: Uint8Array.of(2, 0, 0, 0, 0, 0x66),
      destinationMac: Uint8Array.of(1, 0, 0x5e, 0, 0, 0x12),
      source: bytes('192.0.2.1'),
      destination: bytes('224.0.0.18'),
      checksum: 'pseudo-header',
      ...(o.key === undefined
        ? {}
        : {
            signature: {
              stamp: { ...stampOf(o.utc ?? hosts[1]!.kernel.utc()), keyId: o.key.id },
              hmac: (data: Uint8Array) => createHmac('sha256', o.key!.key).update(data).digest(),
            },
          }),
    });

  for (const transport of ['unicast', 'multicast'] as const) {
    for (const family of [4, 6] as const) {
      it(`elects one leader and fails over as one without, ${transport}, IPv${family}`, () => {
        const addresses = [bytes(family === 4 ? vip : '2001:db8::100')];
        startAll({ authentication: enforce, transport, family, addresses });
        const leader = elected();
        lan.run(10 * second);
        assert.deepEqual(leaders(), [leader]);
        for (const host of hosts) assert.deepEqual(drops(host), {});
        leader.kill();
        const took = lan.until(() => leaders().some((host) => host !== leader));
        assert.ok(took <= (3 * 250 + 22 * (250 / 256)) * ms + 1 * ms, `${took} us`);
      });
    }
  }

  it('sends no advert unsigned and none with a stamp that was used before', () => {
    const frames = startRecorded();
    elected();
    const stamps = frames.map((frame) => {
      const decoded = decodeAdvertFrame(frame, frame.length);
      assert.ok(decoded.ok && decoded.received.trailer);
      const { keyId, seconds, fraction, counter } = decoded.received.trailer;
      assert.equal(keyId, 1);
      return `${seconds} ${fraction} ${counter}`;
    });
    assert.ok(stamps.length > 3);
    assert.equal(new Set(stamps).size, stamps.length);
  });

  it('is not moved by forged adverts: unsigned, signed with another key, or with a key nobody has', () => {
    startAll();
    const leader = elected();
    const quiet = (frame: Uint8Array) => {
      for (let i = 0; i < 20; i++) {
        for (const host of hosts.slice(1)) host.inject(frame);
        lan.run(50 * ms);
      }
      assert.deepEqual(leaders(), [leader]);
    };
    for (const priority of [0, 255]) {
      quiet(forged({ priority }));
      quiet(forged({ priority, key: { id: 1, key: createSecretKey(Buffer.alloc(32, 9)) } }));
      quiet(forged({ priority, key: keyOf(7) }));
    }
    const { 'hmac-missing': missing, 'hmac-unknown-key': unknown, ...others } = drops(hosts[1]!);
    assert.deepEqual([missing, unknown], [40, 40]);
    assert.equal(
      Object.values(others).reduce((a, b) => a + b, 0),
      40,
      JSON.stringify(others),
    );
    const faults = sightings(hosts[1]!).map(({ kind, offender, fault, mac, dropped }) => ({
      kind,
      offender,
      fault,
      mac,
      dropped,
    }));
    const seen = (fault: string) => ({
      kind: 'unauthenticated',
      offender: '192.0.2.1',
      fault,
      mac: '02:00:00:00:00:66',
      dropped: true,
    });
    assert.deepEqual(faults.slice(0, 2), [seen('hmac-missing'), seen('hmac-mismatch')]);
    assert.equal(faults.length, new Set(faults.map(({ fault }) => fault)).size, 'each once');
  });

  it('says nothing of a member by what somebody forges in its name: neither its priority nor its settings', () => {
    startAll();
    elected();
    const { priority } = hosts[1]!.state('web')!;
    for (const forgery of [{ priority }, { priority, key: keyOf(7) }]) hosts[1]!.inject(forged(forgery));
    lan.run(50 * ms);
    assert.deepEqual(new Set(sightings(hosts[1]!).map(({ kind }) => kind)), new Set(['unauthenticated']));
    configure(1, { authentication: keys('receive-only', 1) });
    hosts[1]!.inject(forged({ priority }));
    lan.run(50 * ms);
    assert.ok(
      sightings(hosts[1]!).some(({ kind }) => kind === 'same-priority'),
      'of who need not sign yet it does',
    );
  });

  it('is not kept quiet by recorded adverts of a leader that is dead', () => {
    const frames = startRecorded();
    const leader = elected();
    leader.kill();
    const recorded = frames.slice(-8);
    const died = lan.now();
    const replay = () => {
      for (const frame of recorded) for (const host of hosts.slice(1)) host.inject(frame);
      lan.run(20 * ms);
    };
    while (leaders().every((host) => host === leader)) replay();
    const took = lan.now() - died;
    assert.ok(took <= (3 * 250 + 22 * (250 / 256) + 21) * ms, `${took} us`);
    assert.ok(drops(hosts[1]!)['hmac-replay']! >= 8);
    const [heir] = leaders().filter((host) => host !== leader);
    for (let i = 0; i < 500; i++) replay();
    assert.deepEqual(
      leaders().filter((host) => host !== leader),
      [heir],
    );
    assert.ok(drops(hosts[2]!)['hmac-stale']! > 0, 'after the window, without a digest');
  });

  it('is not moved by a recorded resignation', () => {
    const frames = startRecorded();
    const leader = elected();
    leader.engine().configure(
      [
        {
          ...groupOf(members, 1, { authentication: enforce }),
          priority: 100,
          weighed: [{ type: 'PriorityWeighed', message: 'a check' }],
        },
      ],
      [],
    );
    lan.until(() => leaders().some((host) => host !== leader));
    const resignation = frames.findLast((frame) => frame[36] === 0)!;
    lan.run(1 * second);
    const [heir] = leaders();
    for (let i = 0; i < 20; i++) {
      for (const host of hosts) host.inject(resignation);
      lan.run(100 * ms);
    }
    assert.deepEqual(leaders(), [heir]);
  });

  it('believes a member again that was restarted', () => {
    startAll();
    const leader = elected();
    leader.kill();
    lan.run(200 * ms);
    leader.restart();
    configure(hosts.indexOf(leader), { authentication: enforce, priority: 255 });
    lan.run(5 * second);
    assert.deepEqual(leaders(), [leader], 'the owner leads at once, and is believed');
    for (const host of hosts) assert.equal(drops(host)['hmac-replay'], undefined);
  });

  it('remembers what it heard and said while its NIC is away: a stamp is used and believed once', () => {
    const frames = startRecorded();
    const leader = elected();
    const backup = hosts[1]!;
    const recorded = frames.slice(-3);
    backup.setLink({ running: false });
    lan.run(100 * ms);
    backup.setLink({ running: true });
    lan.run(100 * ms);
    for (const frame of recorded) backup.inject(frame);
    lan.run(1 * ms);
    assert.equal(drops(backup)['hmac-replay'], 3);
    assert.deepEqual(leaders(), [leader]);
  });

  describe('rolled out step by step', () => {
    /** Every node in turn, with time between in which others are a step behind, is given a configuration. */
    const step = (o: Partial<GroupConfig>, order = [0, 1, 2]) => {
      for (const index of order) {
        configure(index, o);
        lan.run(2 * second);
      }
    };
    const unmoved = (leader: LanHost) => {
      assert.deepEqual(leaders(), [leader]);
      for (const host of hosts) {
        assert.equal(counters(host).transitions_to_active ?? 0, host === leader ? 1 : 0);
        assert.deepEqual(drops(host), {});
      }
    };

    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
    ]) {
      it(`loses no leader, whichever node is first: ${order.map((index) => index + 1)}`, () => {
        startAll({ transport: 'unicast' });
        const leader = elected();
        for (const mode of ['receive-only', 'permissive', 'enforce', 'permissive', 'receive-only'] as const) {
          step({ transport: 'unicast', authentication: keys(mode, 1) }, order);
          unmoved(leader);
        }
        step({ transport: 'unicast' }, order);
        unmoved(leader);
      });
    }

    it('says what enforce would refuse, and refuses nothing before', () => {
      startAll({ authentication: keys('permissive', 1) });
      const leader = elected();
      const behind = hosts.indexOf(leader);
      configure(behind, {});
      lan.run(5 * second);
      assert.deepEqual(leaders(), [leader]);
      const backup = hosts[(behind + 1) % 3]!;
      assert.ok(counters(backup).adverts_received_unauthenticated! >= 19);
      const told = sightings(backup);
      assert.deepEqual([told.length, told[0]!.fault, told[0]!.dropped], [1, 'hmac-missing', false]);
    });

    it('expects no signature in mode receive-only, and says so of a wrong one', () => {
      startAll({ authentication: keys('receive-only', 1) });
      elected();
      for (const host of hosts) assert.deepEqual(sightings(host), []);
      hosts[1]!.inject(forged({ priority: 254, key: keyOf(7) }));
      lan.run(1 * ms);
      assert.deepEqual(
        sightings(hosts[1]!).map(({ fault, dropped }) => [fault, dropped]),
        [['hmac-unknown-key', false]],
      );
    });

    it('changes its key without losing its leader: known everywhere, then used, then the former one goes', () => {
      startAll({ authentication: enforce });
      const leader = elected();
      step({ authentication: keys('enforce', 1, [1, 2]) });
      step({ authentication: keys('enforce', 2, [1, 2]) });
      step({ authentication: keys('enforce', 2) });
      unmoved(leader);
      hosts[1]!.inject(forged({ priority: 0, key: keyOf(1) }));
      lan.run(1 * ms);
      assert.deepEqual(drops(hosts[1]!), { 'hmac-unknown-key': 1 }, 'the former key opens nothing any more');
    });
  });

  it('has two leaders when clocks are further apart than the window, says so, and has one again when they are right', () => {
    startAll();
    const leader = elected();
    hosts[1]!.clockError = 60 * second;
    lan.until(() => leaders().length === 2);
    const [told] = sightings(hosts[1]!);
    assert.deepEqual([told!.fault, told!.offender], ['hmac-stale', '192.0.2.1']);
    hosts[1]!.clockError = 0;
    lan.run(3 * second);
    assert.deepEqual(leaders(), [leader]);
  });

  it('is heard again at once by others after its clock was an hour ahead for a while', () => {
    startAll();
    const leader = elected();
    leader.clockError = 3600 * second;
    lan.until(() => leaders().length === 2);
    leader.clockError = 0;
    lan.run(5 * second);
    assert.equal(leaders().length, 1);
    const last = nextStamp(undefined, leader.kernel.utc(), 5);
    assert.ok(last.seconds > 0);
  });

  it('leaves room for the trailer in an advert of 90 IPv6 addresses', () => {
    const many = Array.from({ length: 90 }, (_, i) => bytes(`2001:db8::${(i + 1).toString(16)}`));
    const frames = startRecorded({ family: 6, addresses: many, authentication: enforce });
    elected();
    assert.ok(frames.length > 0);
    for (const frame of frames) assert.ok(frame.length <= 1514, `${frame.length} bytes`);
  });
});
