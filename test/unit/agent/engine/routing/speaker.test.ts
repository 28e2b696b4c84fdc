import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { encodeNotification, notificationOf } from '../../../../../src/core/wire/bgp/notification.js';
import { readVector, toHex } from '../../../../vectors/vector.js';
import { ip, keepalive, seconds } from '../../../core/bgp/given.js';
import {
  changed,
  command,
  configure,
  establish,
  incoming,
  openLab,
  pass,
  peer,
  reported,
  reports,
  routerAddress,
} from './given.js';

const other = ip('10.0.0.2');
const key = (text: string) => createSecretKey(text, 'utf8');

describe('the speaker', () => {
  it('connects to its routers and tells them the routes of their sets', () => {
    const lab = openLab();
    configure(lab, [peer({ sourceAddress: ip('10.0.0.12') })]);
    command(lab, changed('a', ['192.0.2.1']), changed('b', ['192.0.2.2']), { type: 'complete' });
    const [connection] = lab.connections;
    assert.deepEqual(connection!.remote, { address: routerAddress, port: 179, scope: 0 });
    assert.deepEqual(connection!.from, ip('10.0.0.12'));
    establish(lab);
    assert.deepEqual(connection!.said, ['OPEN', 'KEEPALIVE', '+192.0.2.1/32', 'End-of-RIB IPv4']);
    const { state, address, localAddress, prefixesSent, problem, establishedCount } = reported(lab);
    assert.deepEqual([state, address, localAddress, prefixesSent], ['Established', '10.0.0.1', '10.0.0.11', 1]);
    assert.deepEqual([problem, establishedCount], [undefined, 1]);
  });

  it('sends what changes in a turn in one UPDATE, withdrawals first, and nothing else', () => {
    const lab = openLab();
    configure(lab, [peer()]);
    const { said } = establish(lab);
    command(lab, changed('a', ['192.0.2.1', '192.0.2.2']), { type: 'complete' });
    said.length = 0;
    command(lab, changed('a', ['192.0.2.3']), changed('a', ['192.0.2.4'], ['192.0.2.1']), changed('a', ['192.0.2.3']));
    assert.equal(said.length, 2);
    assert.equal(said[0], '-192.0.2.1/32');
    assert.deepEqual(said[1]!.split(' ').toSorted(), ['+192.0.2.3/32', '+192.0.2.4/32']);
    said.length = 0;
    command(lab, changed('a', ['192.0.2.5']), changed('a', [], ['192.0.2.5']), changed('b', ['192.0.2.6']));
    assert.deepEqual(said, []);
  });

  it('tells routers of the same sets the same, and others theirs', () => {
    const lab = openLab();
    configure(lab, [
      peer(),
      peer({ name: 'q', location: { address: other }, routeSets: ['b', 'a'] }),
      peer({ name: 'p', location: { address: ip('10.0.0.3') }, routeSets: [] }),
    ]);
    const [r, q, p] = lab.connections.map((connection) => establish(lab, connection).said);
    for (const said of [r, q, p]) said!.length = 0;
    command(lab, changed('a', ['192.0.2.1']), changed('b', ['192.0.2.2']));
    assert.deepEqual(r, ['+192.0.2.1/32']);
    assert.deepEqual(q!.join(' ').split(' ').toSorted(), ['+192.0.2.1/32', '+192.0.2.2/32']);
    assert.deepEqual(p, []);
    configure(lab, [
      peer({ routeSets: ['b'] }),
      peer({ name: 'q', location: { address: other }, routeSets: ['b', 'a'] }),
    ]);
    assert.deepEqual(r!.slice(1), ['-192.0.2.1/32', '+192.0.2.2/32']);
  });

  it('has a change of the configuration noticed only by the sessions that it concerns', () => {
    const lab = openLab();
    const settings = (changes: object) => [
      peer({ ...changes }),
      peer({ name: 'q', location: { address: other }, password: key('secret') }),
    ];
    configure(lab, settings({}));
    const [r, q] = lab.connections.map((connection) => establish(lab, connection));
    for (const same of [{}, { routeSets: ['a', 'c'] }, { bfd: { desiredMinTx: 1, requiredMinRx: 1, detectMult: 3 } }]) {
      configure(lab, settings(same));
      assert.deepEqual([lab.connections.length, r!.closed, q!.closed], [2, undefined, undefined], JSON.stringify(same));
    }
    configure(lab, settings({ session: { holdTime: 30 } }));
    assert.equal(r!.said.at(-1), 'NOTIFICATION other-configuration-change');
    assert.equal(r!.closed, 'gently');
    assert.equal(q!.closed, undefined);
    assert.equal(lab.connections.length, 3);
    establish(lab);
    assert.equal(reported(lab).establishedCount, 2);
  });

  it('begins a session anew when its password changes, signed with the new one', () => {
    const lab = openLab();
    configure(lab, [peer({ password: key('one') })], 179);
    establish(lab);
    configure(lab, [peer({ password: key('one') })], 179);
    assert.equal(lab.connections.length, 1);
    configure(lab, [peer({ password: key('two') })], 179);
    assert.deepEqual(lab.connections[1]!.settings!.md5Key, new Uint8Array(Buffer.from('two')));
    assert.deepEqual([...lab.listeners.get('0.0.0.0 179')!.keys], [['10.0.0.1', 'two']]);
    configure(lab, [peer()], 179);
    assert.deepEqual([...lab.listeners.get('0.0.0.0 179')!.keys], []);
  });

  it('drains a session that is configured no more, and forgets it', () => {
    const lab = openLab();
    configure(lab, [peer()]);
    command(lab, changed('a', ['192.0.2.1']), { type: 'complete' });
    const { said, on } = establish(lab);
    said.length = 0;
    configure(lab, []);
    assert.deepEqual(said, ['+192.0.2.1/32 graceful-shutdown']);
    pass(lab, seconds(5));
    on.received(keepalive);
    pass(lab, seconds(4));
    assert.ok(!lab.events.some(({ type }) => type === 'peer-gone'));
    pass(lab, seconds(2));
    assert.deepEqual(said.filter((word) => word !== 'KEEPALIVE').slice(1), [
      '-192.0.2.1/32',
      'NOTIFICATION administrative-shutdown',
    ]);
    assert.ok(lab.events.some((event) => event.type === 'peer-gone' && event.peer === 'r'));
    assert.equal(lab.speaker.peers.size, 0);
  });

  it('counts the UPDATEs that it sends, and no other message', () => {
    const lab = openLab();
    configure(lab, [peer()]);
    command(lab, changed('a', ['192.0.2.1']), { type: 'complete' });
    establish(lab);
    const sent = () => lab.speaker.counters.values.get('sent-updates')?.get('r') ?? 0;
    const before = sent();
    assert.ok(before >= 1);
    command(lab, changed('a', ['192.0.2.2'], ['192.0.2.1']));
    assert.equal(sent(), before + 2); // a withdrawal, and an announcement
  });

  it('begins a session that is configured again while it is drained once that is over', () => {
    const lab = openLab();
    configure(lab, [peer()]);
    establish(lab);
    configure(lab, []);
    configure(lab, [peer()]);
    assert.equal(lab.connections.length, 1);
    pass(lab, seconds(11));
    assert.equal(lab.connections.length, 2);
    establish(lab);
    assert.equal(reported(lab).state, 'Established');
    assert.ok(!lab.events.some(({ type }) => type === 'peer-gone'));
  });

  it('takes connections of its routers, and closes those of others unseen', () => {
    const lab = openLab();
    configure(lab, [peer({ session: { passive: true } })], 17900);
    assert.deepEqual([...lab.listeners.keys()], ['0.0.0.0 17900', '0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0 17900']);
    const stranger = incoming(lab, other);
    assert.deepEqual([stranger.closed, stranger.said], ['abort', []]);
    assert.equal(lab.speaker.counters.values.get('refused-connections')?.get(''), 1);
    const connection = incoming(lab);
    assert.equal(connection.settled?.timeToLive, 1);
    establish(lab, connection);
    assert.equal(reported(lab).state, 'Established');
    assert.equal(reported(lab).address, '10.0.0.1');
  });

  it('knows a link-local router by its NIC', () => {
    const lab = openLab();
    const address = ip('fe80::1');
    configure(lab, [peer({ location: { address, interface: 'eth0' }, session: { families: [6] } })], 179);
    assert.deepEqual(lab.connections[0]!.remote, { address, port: 179, scope: 2 });
    assert.equal(incoming(lab, address, 3).closed, 'abort');
    assert.equal(incoming(lab, address, 2).closed, undefined);
  });

  it('sends and takes packets of the hops that the router is away', () => {
    const lab = openLab();
    configure(lab, [
      peer({ hops: 3 }),
      peer({ name: 'q', location: { address: other }, hops: 2, ttlSecurity: true, session: { holdTime: 30 } }),
    ]);
    const [r, q] = lab.connections.map(({ settings }) => settings);
    assert.deepEqual(r, { timeToLive: 3, leastTimeToLive: undefined, md5Key: undefined, userTimeout: 9000 });
    assert.deepEqual(q, { timeToLive: 255, leastTimeToLive: 254, md5Key: undefined, userTimeout: 30_000 });
  });

  it('reports each state once a turn, and a change of a number once a second', () => {
    const lab = openLab();
    configure(lab, [peer()]);
    establish(lab);
    assert.deepEqual(
      reports(lab).map(({ state }) => state),
      ['Connect', 'Established'],
    );
    pass(lab, seconds(1));
    const before = reports(lab).length;
    for (let i = 1; i <= 50; i++) {
      command(lab, changed('a', [`192.0.2.${i}`]));
      pass(lab, 10_000);
    }
    assert.equal(reports(lab).length, before + 1);
    pass(lab, seconds(1));
    assert.equal(reports(lab).length, before + 2);
    assert.equal(reported(lab).prefixesSent, 50);
    pass(lab, seconds(1));
    assert.equal(reports(lab).length, before + 2);
  });

  it('says what ended the last session, and when', () => {
    const lab = openLab();
    configure(lab, [peer()]);
    const connection = establish(lab);
    lab.now += seconds(3);
    connection.on.received(
      encodeNotification(notificationOf('administrative-shutdown', Uint8Array.of(3, ...Buffer.from('bye')))),
    );
    command(lab);
    const { lastClose, problem, state } = reported(lab);
    assert.equal(state, 'Idle');
    assert.deepEqual(
      [lastClose?.direction, lastClose?.code, lastClose?.subcode, lastClose?.text],
      ['received', 6, 2, 'bye'],
    );
    assert.equal(lastClose?.at, 1_000_000 + lab.now / 1000);
    assert.deepEqual(problem?.reason, 'ShutDownByRouter');
    assert.match(problem!.message, /bye/);
  });

  it('begins a session anew when it is told to', () => {
    const lab = openLab();
    configure(lab, [peer()]);
    const { said } = establish(lab);
    command(lab, { type: 'reset', peer: 'r', text: 'because' }, { type: 'reset', peer: 'nobody', text: '' });
    assert.equal(said.at(-1), 'NOTIFICATION administrative-reset');
    pass(lab, seconds(2));
    assert.equal(lab.connections.length, 2);
  });

  it('logs an UPDATE with a fault whole, and which routes are in it, but not each one', () => {
    const lab = openLab();
    configure(lab, [peer()]);
    const connection = establish(lab);
    const faulty = readVector('bgp/update-ipv4').bytes;
    faulty[26] = 3;
    for (let i = 0; i < 3; i++) connection.on.received(faulty);
    const logs = lab.events.filter((event) => event.type === 'log' && event.message === 'a BGP UPDATE had faults');
    assert.deepEqual(logs, [
      {
        type: 'log',
        level: 'warn',
        message: 'a BGP UPDATE had faults',
        fields: {
          peer: 'r',
          router: '10.0.0.1',
          faults: [{ attribute: 1, reason: 'origin', treatment: 'treat-as-withdraw' }],
          routes: ['198.51.100.10/32'],
          octets: toHex(faulty),
        },
      },
    ]);
  });

  it('logs an UPDATE whole that ends the session', () => {
    const lab = openLab();
    configure(lab, [peer()]);
    const connection = establish(lab);
    const wrong = readVector('bgp/update-ipv4').bytes;
    wrong[wrong.length - 5] = 33;
    connection.on.received(wrong);
    const told = lab.events.flatMap((event) => (event.type === 'log' && event.level === 'warn' ? [event] : []));
    assert.deepEqual(
      told.map(({ message }) => message),
      ['a BGP UPDATE cannot be read', 'BGP session is closed'],
    );
    assert.deepEqual(told[0]?.fields, { peer: 'r', router: '10.0.0.1', octets: toHex(wrong) });
  });

  it('goes on with one session whatever the router of another sends', () => {
    const lab = openLab();
    configure(lab, [peer(), peer({ name: 'q', location: { address: other } })]);
    const [r, q] = lab.connections.map((connection) => establish(lab, connection));
    const [r1] = [r!];
    r1.on.received(new Uint8Array(100));
    command(lab, changed('a', ['192.0.2.1']));
    assert.equal(r1.said.at(-1), 'NOTIFICATION marker');
    assert.equal(q!.said.at(-1), '+192.0.2.1/32');
  });
});
