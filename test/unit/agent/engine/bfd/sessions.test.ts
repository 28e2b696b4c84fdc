import assert from 'node:assert/strict';
import type { BfdCommand, BfdEvent, BfdRequest } from '../../../../../src/agent/engine/bfd/contract.js';
import type { BfdUser } from '../../../../../src/agent/engine/bfd/state.js';
import { ipToBytes, parseIp } from '../../../../../src/core/ip/address.js';
import { encodeControlPacket } from '../../../../../src/core/wire/bfd.js';
import { decodeControlPacket } from '../../../../../src/core/wire/bfd-checks.js';
import { createLan, type Lan, type LanHost } from '../lan.js';

const bytes = (text: string) => ipToBytes(parseIp(text)!);
const timing = { desiredMinTx: 300_000, requiredMinRx: 300_000, detectMult: 3 };

/** A user on a host: what it is told, and how it asks. */
interface TestUser {
  readonly events: BfdEvent[];
  readonly user: BfdUser;
  send(command: BfdCommand): void;
  want(o?: Partial<BfdRequest> & { remote?: string }): void;
  state(name?: string): string;
}

function userOn(host: LanHost, remote: string): TestUser {
  const events: BfdEvent[] = [];
  const user = host.engine().bfd.addUser((event) => events.push(event));
  const send = (command: BfdCommand) => host.obey((engine) => engine.bfd.obey(user, command));
  return {
    events,
    user,
    send,
    want(o = {}) {
      const path = { remote: bytes(o.remote ?? remote), interface: 'eth0' };
      send({ type: 'configure', request: { name: 'router', path, timing, ...o } });
    },
    state: (name = 'router') => {
      const told = events.filter((event) => event.type === 'transition' && event.name === name);
      const last = told.at(-1);
      return last?.type === 'transition' ? last.to : 'Down';
    },
  };
}

describe('the engine’s BFD', () => {
  let lan: Lan;
  let here: LanHost;
  let there: LanHost;
  let user: TestUser;
  let neighbor: TestUser;

  beforeEach(() => {
    lan = createLan();
    [here, there] = [lan.host(11), lan.host(12)];
    user = userOn(here, '192.0.2.12');
    neighbor = userOn(there, '192.0.2.11');
  });

  const bothUp = () => {
    user.want();
    neighbor.want();
    lan.until(() => user.state() === 'Up' && neighbor.state() === 'Up');
  };
  const meanings = ({ events }: TestUser) =>
    events.flatMap((event) => (event.type === 'transition' && event.meaning ? [event.meaning] : []));
  const problems = ({ events }: TestUser) =>
    events.flatMap((event) => (event.type === 'problem' ? [event.problem?.reason] : []));
  const sentBy = (host: LanHost) =>
    lan.datagrams.sent
      .filter(({ from }) => from === host.name)
      .map(({ at, payload }) => {
        const decoded = decodeControlPacket(payload);
        assert.ok(decoded.ok);
        return { at, ...decoded.packet };
      });

  for (const [family, remotes] of [
    ['IPv4', ['192.0.2.12', '192.0.2.11']],
    ['IPv6 link-local', ['fe80::12', 'fe80::11']],
  ] as const) {
    it(`brings sessions up over ${family}, and says what was agreed`, () => {
      user.want({ remote: remotes[0] });
      neighbor.want({ remote: remotes[1] });
      lan.until(() => user.state() === 'Up' && neighbor.state() === 'Up', 5_000_000);
      lan.run(2_000_000);
      assert.deepEqual(meanings(user), ['alive']);
      const agreed = user.events.findLast((event) => event.type === 'agreed');
      assert.deepEqual(agreed, {
        type: 'agreed',
        name: 'router',
        interval: 300_000,
        detection: 900_000,
        neighborDetection: 900_000,
      });
    });
  }

  describe('over many hops', () => {
    const beyond = (last: number, o: object = {}) => ({
      remote: bytes(`192.0.2.${last}`),
      hops: 'many' as const,
      ...o,
    });
    beforeEach(() => {
      lan.hopLimit = 254;
    });

    it('brings a session up where one of one hop hears nothing', () => {
      user.want({ path: beyond(12) });
      neighbor.want({ path: beyond(11) });
      lan.until(() => user.state() === 'Up' && neighbor.state() === 'Up', 5_000_000);
      user.want({ name: 'link' });
      neighbor.want({ name: 'link' });
      lan.run(5_000_000);
      assert.deepEqual([user.state('link'), user.state()], ['Down', 'Up']);
    });

    it('finds a dead neighbour within its detection time', () => {
      user.want({ path: beyond(12) });
      neighbor.want({ path: beyond(11) });
      lan.until(() => user.state() === 'Up' && neighbor.state() === 'Up', 5_000_000);
      lan.run(3_000_000);
      there.kill();
      assert.ok(lan.until(() => user.state() === 'Down') <= 901_000);
    });

    it('takes nothing that has come farther than is asked for', () => {
      user.want({ path: beyond(12, { leastHopLimit: 253 }) });
      neighbor.want({ path: beyond(11) });
      lan.until(() => user.state() === 'Up', 5_000_000);
      lan.hopLimit = 252;
      lan.until(() => user.state() === 'Down', 2_000_000);
    });

    it('is what a route through a gateway makes of a neighbour, where the route decides', () => {
      const routed = (last: number) => beyond(last, { hops: 'as-routed' });
      user.want({ path: routed(12) });
      neighbor.want({ path: routed(11) });
      lan.run(5_000_000);
      assert.equal(user.state(), 'Down'); // on the link, where a hop limit of 254 is too low
      here.routed = true;
      there.routed = true;
      user.want({ path: routed(12) });
      neighbor.want({ path: routed(11) });
      lan.until(() => user.state() === 'Up' && neighbor.state() === 'Up', 5_000_000);
    });

    it('believes nothing of it on the port of one hop, whatever it knows', () => {
      user.want({ path: beyond(12) });
      neighbor.want({ path: beyond(11) });
      lan.until(() => user.state() === 'Up' && neighbor.state() === 'Up', 5_000_000);
      user.send({ type: 'listen', wanted: true });
      lan.run(100_000);
      lan.hopLimit = 255;
      const { at: _, ...last } = sentBy(there).at(-1)!;
      flood(encodeControlPacket({ ...last, state: 'AdminDown' }), 1);
      lan.run(200_000);
      assert.equal(here.engine().report().bfdDrops!['discriminator-unknown'], 1);
      assert.equal(user.state(), 'Up');
    });

    it('outlasts that the route is away for a moment, and not that packets are', () => {
      user.want({ path: beyond(12) });
      neighbor.want({ path: beyond(11) });
      lan.until(() => user.state() === 'Up' && neighbor.state() === 'Up', 5_000_000);
      here.routeless = true;
      here.addAddress('192.0.2.99', 24); // what has it look again
      lan.run(5_000_000);
      assert.deepEqual([user.state(), problems(user)], ['Up', []]);
      there.kill();
      assert.ok(lan.until(() => user.state() === 'Down') <= 901_000);
    });

    it('says that there is no route', () => {
      here.setLink('gone');
      user.want({ path: beyond(12) });
      assert.deepEqual(problems(user), ['NoRoute']);
    });
  });

  it('finds a dead neighbour within its detection time', () => {
    bothUp();
    lan.run(3_000_000);
    there.kill();
    const took = lan.until(() => user.state() === 'Down');
    assert.ok(took <= 901_000, `${took} us`);
    assert.deepEqual(meanings(user), ['alive', 'failed']);
  });

  it('tells nobody of a neighbour without BFD, and asks it once a second', () => {
    user.want();
    lan.run(10_000_000);
    assert.deepEqual(
      user.events.filter(({ type }) => type === 'transition'),
      [],
    );
    const { length } = sentBy(here);
    assert.ok(length >= 10 && length <= 14, `${length}`);
  });

  it('judges no neighbour by what it has not read after a stall', () => {
    user.want({ timing: { ...timing, detectMult: 5 } }); // the neighbour is more patient
    neighbor.want();
    lan.until(() => user.state() === 'Up' && neighbor.state() === 'Up');
    lan.run(3_000_000);
    here.frozenUntil = lan.now() + 1_050_000;
    lan.run(4_000_000);
    assert.deepEqual(meanings(user), ['alive']);
  });

  it('calls a session down at once when the link goes', () => {
    bothUp();
    here.setLink({ running: false });
    const took = lan.until(() => user.state() === 'Down');
    assert.ok(took < 10_000, `${took} us`);
  });

  it('gives two users of one path one session, with the faster timing', () => {
    bothUp();
    const second = userOn(here, '192.0.2.12');
    second.want({ name: 'other', timing: { ...timing, desiredMinTx: 100_000, requiredMinRx: 100_000 } });
    assert.equal(second.state('other'), 'Up');
    lan.run(2_000_000);
    const discriminators = new Set(sentBy(here).map(({ myDiscriminator }) => myDiscriminator));
    assert.equal(discriminators.size, 1);
    assert.equal(sentBy(here).at(-1)!.requiredMinRx, 100_000);
    second.send({ type: 'remove', name: 'other' });
    lan.run(2_000_000);
    assert.equal(sentBy(here).at(-1)!.requiredMinRx, 300_000);
    assert.equal(user.state(), 'Up');
  });

  it('says that a session is switched off when nobody wants it any more', () => {
    bothUp();
    user.send({ type: 'close' });
    lan.run(100_000);
    assert.deepEqual(meanings(neighbor), ['alive', 'unwatched']);
    const before = sentBy(here).length;
    lan.run(5_000_000);
    const after = sentBy(here);
    assert.ok(after.length - before <= 2, 'it is forgotten');
    assert.equal(after.at(-1)!.state, 'AdminDown');
  });

  it('changes its timing by a poll sequence, and stays up', () => {
    bothUp();
    lan.run(2_000_000);
    user.want({ timing: { ...timing, desiredMinTx: 1_000_000 } });
    lan.run(3_000_000);
    assert.deepEqual(meanings(user), ['alive']);
    assert.deepEqual(meanings(neighbor), ['alive']);
    assert.ok(sentBy(here).some(({ poll, desiredMinTx }) => poll && desiredMinTx === 1_000_000));
    const agreed = user.events.findLast((event) => event.type === 'agreed');
    assert.ok(agreed?.type === 'agreed' && agreed.neighborDetection === 3_000_000);
  });

  it('goes on after a restart as the session that it was', () => {
    bothUp();
    lan.run(2_000_000);
    user.send({ type: 'prepare-restart', silence: 10_000_000 });
    lan.until(() => user.events.some(({ type }) => type === 'restart-ready'));
    const ready = user.events.find((event) => event.type === 'restart-ready');
    assert.ok(ready?.type === 'restart-ready' && ready.checkpoint !== undefined);
    here.kill();
    lan.run(8_000_000);
    here.restart();
    const successor = userOn(here, '192.0.2.12');
    successor.want({ checkpoint: ready.checkpoint });
    lan.run(5_000_000);
    assert.equal(successor.state(), 'Up');
    assert.deepEqual(meanings(neighbor), ['alive']);
    assert.equal(sentBy(here).at(-1)!.desiredMinTx, 300_000);
  });

  it('has nothing to go on with when the session is not up', () => {
    user.want();
    user.send({ type: 'prepare-restart', silence: 10_000_000 });
    const answer = { type: 'restart-ready', name: 'router', checkpoint: undefined };
    assert.deepEqual(user.events.at(-1), answer);
  });

  it('says why a path has no place, and finds it when it has one', () => {
    user.want({ path: { remote: bytes('192.0.2.12'), interface: 'eth7' } });
    neighbor.want();
    assert.deepEqual(problems(user), ['NoInterface']);
    here.setLink({ name: 'eth7' });
    lan.until(() => user.state() === 'Up', 5_000_000);
    assert.deepEqual(problems(user), ['NoInterface', undefined]);
  });

  it('says which address is missing', () => {
    user.want({ path: { remote: bytes('192.0.2.12'), local: bytes('192.0.2.77'), interface: 'eth0' } });
    assert.deepEqual(problems(user), ['NoAddress']);
    here.addAddress('192.0.2.77', 24);
    lan.run(10_000);
    assert.deepEqual(problems(user), ['NoAddress', undefined]);
  });

  it('tells of a host that asks for a session that nobody wants, once a minute', () => {
    user.send({ type: 'listen', wanted: true });
    neighbor.want();
    lan.run(59_000_000);
    const unasked = user.events.filter(({ type }) => type === 'unasked');
    assert.deepEqual(unasked, [{ type: 'unasked', source: bytes('192.0.2.12'), interface: 'eth0' }]);
    lan.run(5_000_000);
    assert.equal(user.events.filter(({ type }) => type === 'unasked').length, 2);
    assert.ok(here.engine().report().bfdDrops!['neighbor-unknown']! > 50);
  });

  /** Sends datagrams from a third host, to port 3784. */
  function flood(payload: Uint8Array, count: number): void {
    const third = lan.host(13);
    const socket = third.kernel.openDatagramSocket({ family: 4, port: 50_000, address: bytes('192.0.2.13') });
    for (let n = 0; n < count; n++) socket.sendTo(payload, { address: bytes('192.0.2.11'), port: 3784, scope: 0 });
  }

  it('refuses a packet with an authentication section, and counts why', () => {
    bothUp();
    const packet = encodeControlPacket(
      sentBy(there)
        .map(({ at: _, ...each }) => each)
        .at(-1)!,
    );
    const authenticated = new Uint8Array(28);
    authenticated.set(packet);
    authenticated[1]! |= 0x04;
    authenticated[3] = 28;
    flood(authenticated, 1);
    lan.run(200_000);
    assert.equal(here.engine().report().bfdDrops!.authentication, 1);
    assert.equal(user.state(), 'Up');
  });

  it('goes on beside a flood, of which it reads only so much', () => {
    bothUp();
    lan.run(2_000_000);
    flood(new Uint8Array(24), 3_000);
    lan.run(1_000_000);
    assert.deepEqual(meanings(user), ['alive']);
    const read = here.engine().report().bfdDrops!.version!;
    assert.ok(read > 0 && read <= 352, `${read}`);
  });
});
