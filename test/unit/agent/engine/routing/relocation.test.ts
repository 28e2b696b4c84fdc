import assert from 'node:assert/strict';
import { linkBfd } from '../../../../../src/agent/engine/routing/bfd.js';
import { networkChanged } from '../../../../../src/agent/engine/routing/relocation.js';
import { turn } from '../../../../../src/agent/engine/routing/speaker.js';
import { errnoOf, LinuxError } from '../../../../../src/platform/linux/errno.js';
import { ip, keepalive, seconds } from '../../../core/bgp/given.js';
import { changed, command, configure, establish, type Lab, openLab, pass, peer, reported } from './given.js';

const first = ip('fe80::1');
const second = ip('fe80::2');
const unnumbered = peer({ location: { interface: 'eth0' }, session: { families: [4, 6], extendedNextHop: true } });
const networkHasChanged = (lab: Lab, up = false) => {
  networkChanged(lab.speaker, up);
  turn(lab.speaker);
};

describe('a router that advertises itself on a NIC', () => {
  it('is connected to as soon as it is heard, on that NIC', () => {
    const lab = openLab();
    configure(lab, [unnumbered]);
    assert.deepEqual(lab.interest, { interfaces: ['eth0'], defaultGateways: [] });
    assert.deepEqual([lab.connections.length, reported(lab).problem?.reason], [0, 'NoRouterHeard']);
    assert.match(reported(lab).problem!.message, /eth0/);
    pass(lab, seconds(60));
    lab.advertising.set('eth0', first);
    networkHasChanged(lab);
    assert.deepEqual(lab.connections[0]!.remote, { address: first, port: 179, scope: 2 });
    establish(lab);
    assert.equal(reported(lab).address, 'fe80::1');
  });

  it('is the one whose session stands, whoever else is heard', () => {
    const lab = openLab();
    lab.advertising.set('eth0', first);
    configure(lab, [unnumbered]);
    const connection = establish(lab);
    lab.advertising.set('eth0', second);
    networkHasChanged(lab);
    assert.deepEqual([connection.closed, lab.connections.length], [undefined, 1]);
    connection.on.closed(undefined);
    pass(lab, seconds(2));
    assert.deepEqual(lab.connections[1]!.remote.address, second);
  });
});

describe('routes of the family that a session is not over', () => {
  const both = peer({ session: { families: [4, 6] } });
  const six = ip('2001:db8::11');

  it('are told once the NIC has an address of that family, and nothing is wrong any more', () => {
    const lab = openLab();
    configure(lab, [both]);
    command(lab, changed('a', ['192.0.2.1', '2001:db8:1::1']), { type: 'complete' });
    const { said } = establish(lab);
    assert.ok(!said.some((word) => word.includes('2001:db8:1::1')));
    assert.equal(reported(lab).problem?.reason, 'NoNextHop');
    assert.match(reported(lab).problem!.message, /NIC that has 10\.0\.0\.11 an IPv6 address/);
    lab.beside = six;
    networkHasChanged(lab);
    assert.equal(said.at(-1), '+2001:db8:1::1/128');
    assert.equal(reported(lab).problem, undefined);
  });

  it('have it from the beginning where it is there, and another one when it changes', () => {
    const lab = openLab();
    lab.beside = six;
    configure(lab, [both]);
    command(lab, changed('a', ['2001:db8:1::1']), { type: 'complete' });
    const { said } = establish(lab);
    assert.ok(said.includes('+2001:db8:1::1/128'));
    said.length = 0;
    networkHasChanged(lab);
    assert.deepEqual(said, []);
    lab.beside = ip('2001:db8::12');
    networkHasChanged(lab);
    assert.deepEqual(said, ['+2001:db8:1::1/128']);
    lab.beside = undefined;
    networkHasChanged(lab);
    assert.equal(said.length, 1);
  });

  it('are nothing that a session of one family asks for', () => {
    const lab = openLab();
    lab.beside = six;
    configure(lab, [peer()]);
    establish(lab);
    networkHasChanged(lab);
    assert.equal(lab.speaker.peers.get('r')!.session.connections[0]!.beside, undefined);
  });
});

describe('a router at the default gateway', () => {
  const settings = peer({ location: { defaultGateway: 4 } });

  it('is followed where the route goes, also from a session that stands', () => {
    const lab = openLab();
    configure(lab, [settings]);
    assert.deepEqual(lab.interest, { interfaces: [], defaultGateways: [4] });
    assert.equal(reported(lab).problem?.reason, 'NoDefaultGateway');
    lab.gateways.set(4, { address: ip('10.0.0.1'), scope: 0 });
    networkHasChanged(lab);
    const connection = establish(lab);
    networkHasChanged(lab);
    assert.equal(connection.closed, undefined);
    lab.gateways.set(4, { address: ip('10.0.0.2'), scope: 0 });
    networkHasChanged(lab);
    assert.equal(connection.said.at(-1), 'NOTIFICATION administrative-reset');
    pass(lab, seconds(2));
    assert.deepEqual(lab.connections[1]!.remote.address, ip('10.0.0.2'));
  });

  it('is watched by BFD where it is, link-local ones on their NIC', () => {
    const lab = openLab();
    linkBfd(lab.speaker);
    const bfd = { desiredMinTx: 300_000, requiredMinRx: 300_000, detectMult: 3 };
    configure(lab, [peer({ location: { defaultGateway: 6 }, bfd })]);
    const paths = () => lab.bfd.flatMap((each) => (each.type === 'configure' ? [each.request.path] : []));
    assert.deepEqual(paths(), []);
    lab.gateways.set(6, { address: first, scope: 2 });
    networkHasChanged(lab);
    lab.gateways.set(6, { address: second, scope: 2 });
    networkHasChanged(lab);
    assert.deepEqual(paths(), [
      { remote: first, interface: 'eth0' },
      { remote: second, interface: 'eth0' },
    ]);
  });

  it('keeps its session when the route is gone for a while', () => {
    const lab = openLab();
    lab.gateways.set(4, { address: ip('10.0.0.1'), scope: 0 });
    configure(lab, [settings]);
    const connection = establish(lab);
    lab.gateways.clear();
    networkHasChanged(lab);
    connection.on.received(keepalive);
    assert.deepEqual([connection.closed, reported(lab).problem], [undefined, undefined]);
  });
});

describe('a change of the network', () => {
  it('has whoever waits for the next attempt make it when a link comes up', () => {
    const lab = openLab();
    configure(lab, [peer()]);
    for (let failures = 0; failures < 4; failures++) {
      lab.connections.at(-1)!.on.closed(undefined);
      while (lab.connections.length === failures + 1) pass(lab, 100_000);
    }
    lab.connections.at(-1)!.on.closed(undefined);
    const before = lab.connections.length;
    networkHasChanged(lab, false);
    assert.equal(lab.connections.length, before);
    networkHasChanged(lab, true);
    assert.equal(lab.connections.length, before + 1);
  });

  it('that may make a router reachable has it tried once a second at most', () => {
    const lab = openLab();
    lab.failing.connect = 'ENETUNREACH';
    configure(lab, [peer()]);
    pass(lab, seconds(60));
    const failures = () => lab.speaker.counters.values.get('closed-lost-connect-failed')?.get('r') ?? 0;
    const before = failures();
    for (let i = 0; i < 10; i++) {
      lab.now += 10_000;
      networkHasChanged(lab);
    }
    assert.equal(failures(), before + 1);
    delete lab.failing.connect;
    lab.now += seconds(1);
    networkHasChanged(lab);
    assert.equal(lab.connections.length, 1);
    lab.connections[0]!.on.closed(
      new LinuxError({ errno: errnoOf('ECONNREFUSED'), operation: 'connect', object: 'x' }),
    );
    lab.now += seconds(2);
    networkHasChanged(lab);
    assert.equal(failures(), before + 2);
  });
});
