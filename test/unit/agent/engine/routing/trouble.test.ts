import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { encodeNotification, notificationOf } from '../../../../../src/core/wire/bgp/notification.js';
import { encodeOpen } from '../../../../../src/core/wire/bgp/open.js';
import { errnoOf, LinuxError } from '../../../../../src/platform/linux/errno.js';
import { ip, mp4, mp6, peerOpen, seconds } from '../../../core/bgp/given.js';
import {
  command,
  configure,
  establish,
  incoming,
  type Lab,
  openLab,
  ours,
  pass,
  peer,
  reported,
  reports,
  routerAddress,
} from './given.js';

const password = createSecretKey('secret', 'utf8');
const error = (code: string) => new LinuxError({ errno: errnoOf(code as 'EPERM'), operation: 'connect', object: 'x' });
const problem = (lab: Lab, name = 'r') => reported(lab, name).problem;
const listening = (lab: Lab) => lab.events.filter((event) => event.type === 'listener');

describe('what keeps a session from coming up', () => {
  const errors = {
    ECONNREFUSED: ['ConnectionRefused', /10\.0\.0\.1 port 179 refuses/],
    EHOSTUNREACH: ['HostUnreachable', /more than 1 hops away/],
    ETIMEDOUT: ['NoAnswer', /firewalls/],
    ECONNRESET: ['ConnectionFailed', /ECONNRESET/],
  } as const;
  for (const [code, [reason, words]] of Object.entries(errors))
    it(`is said when the kernel says ${code}, and no more once it is Established`, () => {
      const lab = openLab();
      configure(lab, [peer()]);
      lab.connections[0]!.on.closed(error(code));
      command(lab);
      assert.equal(problem(lab)?.reason, reason);
      assert.match(problem(lab)!.message, words);
      pass(lab, seconds(2));
      establish(lab);
      assert.equal(problem(lab), undefined);
    });

  const atOnce = { ENETUNREACH: 'NoRoute', EADDRNOTAVAIL: 'SourceAddressMissing', ENOPROTOOPT: 'PasswordUnsupported' };
  for (const [code, reason] of Object.entries(atOnce))
    it(`is said when the kernel says ${code} at once, and tried again ever more rarely`, () => {
      const lab = openLab();
      lab.failing.connect = code;
      configure(lab, [peer({ sourceAddress: ours, password })]);
      assert.equal(problem(lab)?.reason, reason);
      pass(lab, seconds(120));
      assert.ok(reports(lab).length < 30);
      delete lab.failing.connect;
      while (lab.connections.length === 0) pass(lab, seconds(1));
      establish(lab);
      assert.equal(problem(lab), undefined);
    });

  it('is no answer, which with a password may be a wrong one', () => {
    const lab = openLab();
    configure(lab, [peer({ password })]);
    pass(lab, seconds(10));
    assert.equal(lab.connections[0]!.closed, 'abort');
    assert.equal(problem(lab)?.reason, 'NoAnswer');
    assert.match(problem(lab)!.message, /password is the same on both sides/);
  });

  it('is that the router is this node', () => {
    const lab = openLab();
    lab.local = routerAddress;
    configure(lab, [peer()]);
    assert.deepEqual([lab.connections[0]!.closed, lab.connections[0]!.said], ['abort', []]);
    assert.equal(problem(lab)?.reason, 'OwnAddress');
    lab.local = ours;
    pass(lab, seconds(2));
    establish(lab);
    assert.equal(problem(lab), undefined);
  });

  it('is a NIC that is not there', () => {
    const lab = openLab();
    configure(lab, [peer({ location: { address: ip('fe80::1'), interface: 'eth7' } })]);
    assert.equal(problem(lab)?.reason, 'InterfaceMissing');
    assert.match(problem(lab)!.message, /eth7/);
    lab.interfaces.set('eth7', 7);
    pass(lab, seconds(2));
    assert.equal(lab.connections[0]!.remote.scope, 7);
  });

  it('is another session with the same router, which begins when that one has gone', () => {
    const lab = openLab();
    configure(lab, [peer(), peer({ name: 's' })]);
    establish(lab);
    assert.equal(lab.connections.length, 1);
    assert.deepEqual([reported(lab, 's').state, problem(lab, 's')?.reason], ['Idle', 'DuplicatePeer']);
    assert.match(problem(lab, 's')!.message, /the same router, r:/);
    configure(lab, [peer({ name: 's' })]);
    pass(lab, seconds(12));
    establish(lab);
    assert.deepEqual([reported(lab, 's').state, problem(lab, 's')], ['Established', undefined]);
  });

  const refusals = {
    WrongPeerAs: (lab: Lab) =>
      lab.connections[0]!.on.received(encodeOpen(peerOpen({ as: 65001, capabilities: [mp4] }))),
    WrongLocalAs: (lab: Lab) => lab.connections[0]!.on.received(encodeNotification(notificationOf('peer-as'))),
    DuplicateIdentifier: (lab: Lab) =>
      lab.connections[0]!.on.received(encodeNotification(notificationOf('identifier'))),
    NoCommonFamily: (lab: Lab) =>
      lab.connections[0]!.on.received(
        encodeOpen(peerOpen({ capabilities: [mp6, { type: 'four-octet-as', as: 65000 }] })),
      ),
    ClosedByRouter: (lab: Lab) => lab.connections[0]!.on.closed(undefined),
  };
  for (const [reason, happens] of Object.entries(refusals))
    it(`in its handshake is ${reason}`, () => {
      const lab = openLab();
      configure(lab, [peer()]);
      lab.connections[0]!.on.connected(ours);
      happens(lab);
      command(lab);
      assert.equal(problem(lab)?.reason, reason);
      assert.equal([...lab.speaker.counters.values.keys()].filter((name) => name.startsWith('closed-')).length, 1);
    });

  it('is another speaker of this node when the router refuses more than once', () => {
    const lab = openLab();
    configure(lab, [peer()]);
    const refuse = () => {
      lab.connections.at(-1)!.on.connected(ours);
      lab.connections.at(-1)!.on.received(encodeNotification(notificationOf('connection-rejected')));
      command(lab);
    };
    refuse();
    assert.equal(problem(lab), undefined);
    while (lab.connections.length === 1) pass(lab, 100_000);
    refuse();
    assert.equal(problem(lab)?.reason, 'OtherSpeaker');
  });

  it('is no wrong password when a session that stood is lost without an answer', () => {
    const lab = openLab();
    configure(lab, [peer({ password })]);
    establish(lab).on.closed(error('ETIMEDOUT'));
    command(lab);
    assert.equal(problem(lab)?.reason, 'ConnectionLost');
    assert.match(problem(lab)!.message, /ETIMEDOUT/);
  });

  const ends = {
    ConnectionRefused: (lab: Lab) => lab.connections.at(-1)!.on.closed(error('ECONNREFUSED')),
    ClosedByRouter(lab: Lab) {
      lab.connections.at(-1)!.on.connected(ours);
      lab.connections.at(-1)!.on.closed(error('ECONNRESET'));
    },
    ConnectionLost: (lab: Lab) => establish(lab).on.closed(error('ECONNRESET')),
  };
  for (const [reason, happens] of Object.entries(ends))
    it(`is ${reason} for as long as each try ends so, also while one is under way`, () => {
      const lab = openLab();
      configure(lab, [peer()]);
      for (let tries = 1; tries <= 4; tries++) {
        happens(lab);
        command(lab);
        while (lab.connections.length === tries) pass(lab, 100_000);
      }
      const told = reports(lab).flatMap(({ state, problem }) =>
        state === 'Established' ? [] : (problem?.reason ?? []),
      );
      assert.deepEqual([...new Set(told)], [reason]);
    });

  it('is what a later try ended with, when that is another', () => {
    const lab = openLab();
    configure(lab, [peer()]);
    ends.ConnectionRefused(lab);
    while (lab.connections.length === 1) pass(lab, 100_000);
    while (lab.connections.length === 2) pass(lab, seconds(1));
    assert.equal(problem(lab)?.reason, 'NoAnswer');
  });

  it('says whose hold time is to be another, and where', () => {
    for (const [said, remedy] of [
      [encodeOpen(peerOpen({ holdTime: 0 })), /wants no hold time.* on the router/],
      [encodeNotification(notificationOf('hold-time')), /hold time of 9 s: give another in timers\.config\.holdTime/],
    ] as const) {
      const lab = openLab();
      configure(lab, [peer()]);
      lab.connections[0]!.on.connected(ours);
      lab.connections[0]!.on.received(said);
      command(lab);
      assert.equal(problem(lab)?.reason, 'HoldTimeRefused');
      assert.match(problem(lab)!.message, remedy);
    }
  });

  it('names the AS that the router is of', () => {
    const lab = openLab();
    configure(lab, [peer()]);
    lab.connections[0]!.on.connected(ours);
    refusals.WrongPeerAs(lab);
    command(lab);
    assert.match(problem(lab)!.message, /AS 65001, not AS 65000/);
  });
});

describe('a session that is not all that was asked for', () => {
  it('says which family the router does not take', () => {
    const lab = openLab();
    configure(lab, [peer({ session: { families: [4, 6] } })]);
    establish(lab, undefined, { capabilities: [mp4, { type: 'four-octet-as', as: 65000 }] });
    assert.equal(problem(lab)?.reason, 'FamilyNotTaken');
    assert.match(problem(lab)!.message, /IPv6/);
  });

  it('says which family has no next hop', () => {
    const lab = openLab();
    configure(lab, [peer({ session: { families: [4, 6] } })]);
    establish(lab);
    assert.equal(problem(lab)?.reason, 'NoNextHop');
    assert.match(problem(lab)!.message, /IPv6 routes .* over IPv4/);
  });
});

describe('the port that routers connect to', () => {
  it('that another program has is said once, and tried again until it is to be had', () => {
    const lab = openLab();
    lab.failing.listen = 'EADDRINUSE';
    configure(lab, [peer()], 179);
    pass(lab, seconds(60));
    const [told, ...more] = listening(lab);
    assert.deepEqual([told?.type === 'listener' && told.problem?.reason, more.length], ['PortTaken', 0]);
    assert.equal(lab.listeners.size, 0);
    delete lab.failing.listen;
    pass(lab, seconds(5));
    assert.deepEqual(listening(lab).at(-1), { type: 'listener', port: 179 });
    assert.equal(lab.listeners.size, 2);
  });

  it('says once that descriptors have run out for the connections that wait there, counts how often, and says when they have not', () => {
    const lab = openLab();
    configure(lab, [peer()], 179);
    const [four, six] = [...lab.listeners.values()];
    const error = new LinuxError({ errno: errnoOf('EMFILE'), operation: 'accept on', object: 'TCP port 179' });
    for (const each of [four!, six!, four!, six!, four!]) each.stalled(error);
    const [, told, ...more] = listening(lab);
    assert.deepEqual([told?.type === 'listener' && told.problem?.reason, more.length], ['ConnectionsNotTaken', 0]);
    assert.match((told?.type === 'listener' && told.problem?.message) || '', /ulimit -n/);
    assert.equal(lab.speaker.counters.values.get('stalled-accepts')?.get(''), 5);
    four!.stalled(undefined);
    assert.equal(listening(lab).length, 2);
    six!.stalled(undefined);
    assert.deepEqual(listening(lab).at(-1), { type: 'listener', port: 179 });
  });

  it('is given back when it is wanted no more, or another one is', () => {
    const lab = openLab();
    configure(lab, [], 179);
    configure(lab, [], 17900);
    assert.deepEqual(
      [...lab.listeners.values()].map(({ at }) => at.port),
      [17900, 17900],
    );
    configure(lab, []);
    assert.equal(lab.listeners.size, 0);
  });

  it('takes nothing unsigned of a router whose connections are to be signed', () => {
    const lab = openLab();
    lab.failing.key = 'ENOPROTOOPT';
    configure(lab, [peer({ password })], 179);
    assert.equal(incoming(lab).closed, 'abort');
    delete lab.failing.key;
    configure(lab, [peer({ password })], 179);
    assert.equal(incoming(lab).closed, undefined);
  });
});
