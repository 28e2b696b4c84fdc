import assert from 'node:assert/strict';
import { hearBfd, linkBfd } from '../../../../../src/agent/engine/routing/bfd.js';
import { turn } from '../../../../../src/agent/engine/routing/speaker.js';
import type { Checkpoint as BfdCheckpoint } from '../../../../../src/core/bfd/restart.js';
import { ip, keepalive, seconds } from '../../../core/bgp/given.js';
import {
  changed,
  command,
  configure,
  establish,
  type Lab,
  openLab,
  openOf,
  pass,
  peer,
  reported,
  routerAddress,
} from './given.js';

const bfd = { desiredMinTx: 300_000, requiredMinRx: 300_000, detectMult: 3 };
const checkpoint: BfdCheckpoint = {
  localDiscriminator: 7,
  sourcePort: 50_000,
  neighborDiscriminator: 8,
  advertised: { ...bfd, desiredMinTx: 20_000_000 },
  neighborTiming: bfd,
};
const left = (lab: Lab) => lab.events.some(({ type }) => type === 'left');

function transition(lab: Lab, to: 'Up' | 'Down', meaning?: 'alive' | 'failed' | 'unwatched'): void {
  const change = { from: to === 'Up' ? 'Down' : 'Up', to, reason: 'handshake', meaning } as const;
  hearBfd(lab.speaker, { type: 'transition', name: 'r', ...change, diagnostic: 0, neighborDiagnostic: 0 });
  turn(lab.speaker);
}

/** Established, with BFD. */
function watched(former?: Parameters<typeof openLab>[0]) {
  const lab = openLab(former);
  linkBfd(lab.speaker);
  configure(lab, [peer({ bfd })]);
  const connection = establish(lab);
  transition(lab, 'Up', 'alive');
  return { lab, connection };
}

const graceful = (lab: Lab) =>
  openOf(lab.connections.at(-1)!).capabilities.find(({ type }) => type === 'graceful-restart');

describe('BFD beside a session', () => {
  it('is asked for with it, and no more when it is over', () => {
    const { lab } = watched();
    assert.deepEqual(lab.bfd, [
      { type: 'listen', wanted: true },
      { type: 'configure', request: { name: 'r', path: { remote: routerAddress }, timing: bfd } },
    ]);
    const slower = { ...bfd, detectMult: 5 };
    configure(lab, [peer({ bfd: slower })]);
    const told = lab.bfd.at(-1);
    assert.ok(told?.type === 'configure');
    assert.deepEqual(told.request.timing, slower);
    configure(lab, [peer()]);
    assert.deepEqual(lab.bfd.at(-1), { type: 'remove', name: 'r' });
    assert.equal(lab.connections.length, 1);
    assert.equal(reported(lab).bfd?.state, undefined);
  });

  it('ends it at once when the path has failed, and has it tried again when it works', () => {
    const { lab, connection } = watched();
    assert.equal(reported(lab).bfd?.state, 'Up');
    transition(lab, 'Down', 'failed');
    assert.equal(connection.said.at(-1), 'NOTIFICATION bfd-down');
    assert.deepEqual([reported(lab).problem?.reason, reported(lab).bfd], ['BfdDown', { state: 'Down' }]);
    transition(lab, 'Up', 'alive');
    assert.equal(lab.connections.length, 2);
  });

  it('changes nothing when it is switched off, or was never up', () => {
    const { lab, connection } = watched();
    transition(lab, 'Down', 'unwatched');
    transition(lab, 'Down');
    assert.equal(connection.closed, undefined);
  });

  it('that only one side speaks is said', () => {
    const lab = openLab();
    linkBfd(lab.speaker);
    configure(lab, [peer({ bfd })]);
    const { on } = establish(lab);
    pass(lab, seconds(5));
    on.received(keepalive);
    assert.equal(reported(lab).problem, undefined);
    pass(lab, seconds(5));
    assert.equal(reported(lab).problem?.reason, 'BfdMissing');
    transition(lab, 'Up', 'alive');
    on.received(keepalive);
    configure(lab, [peer()]);
    hearBfd(lab.speaker, { type: 'unasked', source: routerAddress, interface: 'eth0' });
    turn(lab.speaker);
    assert.equal(reported(lab).problem?.reason, 'BfdOnRouterOnly');
  });

  it('that the router alone speaks is said for as long as it does', () => {
    const lab = openLab();
    linkBfd(lab.speaker);
    configure(lab, [peer()]);
    const { on } = establish(lab);
    const hears = (asks: boolean) => {
      if (asks) hearBfd(lab.speaker, { type: 'unasked', source: routerAddress, interface: 'eth0' });
      for (let i = 0; i < 12; i++) {
        on.received(keepalive);
        pass(lab, seconds(5));
      }
      return reported(lab).problem?.reason;
    };
    const asked = [true, true, true, true].map(hears);
    assert.deepEqual(asked, Array(4).fill('BfdOnRouterOnly'));
    assert.deepEqual([hears(false), hears(false)], ['BfdOnRouterOnly', undefined]);
    assert.equal(hears(true), 'BfdOnRouterOnly');
  });

  it('that the router alone speaks is said, too, when it was heard before this node knew of it', () => {
    const lab = openLab();
    linkBfd(lab.speaker);
    hearBfd(lab.speaker, { type: 'unasked', source: routerAddress, interface: 'eth0' });
    pass(lab, seconds(50));
    configure(lab, [peer()]);
    const { on } = establish(lab);
    assert.equal(reported(lab).problem?.reason, 'BfdOnRouterOnly');
    for (let i = 0; i < 20; i++) {
      on.received(keepalive);
      pass(lab, seconds(5));
    }
    assert.equal(reported(lab).problem, undefined);
    hearBfd(lab.speaker, { type: 'unasked', source: ip('10.0.0.9'), interface: 'eth0' });
    assert.deepEqual([...lab.speaker.asking.keys()], [String(ip('10.0.0.9'))]);
  });

  it('is not missing any more once it is up, and not at once when the router’s begins anew', () => {
    const lab = openLab();
    linkBfd(lab.speaker);
    configure(lab, [peer({ bfd })]);
    const { on } = establish(lab);
    const wait = () => {
      pass(lab, seconds(5));
      on.received(keepalive);
      turn(lab.speaker);
    };
    wait();
    wait();
    assert.equal(reported(lab).problem?.reason, 'BfdMissing');
    transition(lab, 'Up', 'alive');
    assert.equal(reported(lab).problem, undefined);
    transition(lab, 'Down', 'unwatched');
    wait();
    assert.equal(reported(lab).problem, undefined);
    wait();
    assert.equal(reported(lab).problem?.reason, 'BfdMissing');
  });

  it('is asked for again when the engine is another one', () => {
    const { lab } = watched();
    linkBfd(lab.speaker);
    turn(lab.speaker);
    assert.equal(lab.bfd.filter(({ type }) => type === 'configure').length, 2);
    assert.equal(reported(lab).bfd?.state, 'Down');
  });
});

describe('a restart', () => {
  it('waits until BFD is patient, is silent, and leaves what the next process needs', () => {
    const { lab, connection } = watched();
    assert.deepEqual(lab.kept, { bootId: 'boot 1' });
    const { said } = connection;
    command(lab, { type: 'leave', how: 'restart' });
    assert.deepEqual(lab.bfd.at(-1), { type: 'prepare-restart', silence: seconds(60) });
    pass(lab, seconds(1));
    assert.equal(connection.closed, undefined);
    hearBfd(lab.speaker, { type: 'restart-ready', name: 'r', checkpoint });
    const before = said.length;
    turn(lab.speaker);
    assert.deepEqual([connection.closed, said.length], ['gently', before]);
    assert.deepEqual(lab.kept, { bootId: 'boot 1', bfd: { r: checkpoint } });
    assert.ok(!lab.bfd.some(({ type }) => type === 'remove'));
    turn(lab.speaker);
    assert.ok(left(lab));
  });

  it('waits for two seconds at most', () => {
    const { lab, connection } = watched();
    command(lab, { type: 'leave', how: 'restart' });
    pass(lab, seconds(2));
    assert.equal(connection.closed, 'gently');
    pass(lab, 1);
    assert.ok(left(lab));
  });

  it('ends when all that was to be sent has left', () => {
    const lab = openLab();
    configure(lab, [peer()]);
    establish(lab);
    lab.quiet = false;
    command(lab, { type: 'leave', how: 'restart' });
    turn(lab.speaker);
    assert.ok(!left(lab));
    lab.quiet = true;
    turn(lab.speaker);
    assert.ok(left(lab));
  });

  it('is gone on from: the router is told so until it has heard, and BFD is as it was', () => {
    const { lab } = watched({ bootId: 'boot 1', bfd: { r: checkpoint, s: { ...checkpoint, sourcePort: 1 } } });
    const told = lab.bfd.find((each) => each.type === 'configure');
    assert.ok(told?.type === 'configure');
    assert.deepEqual(told.request.checkpoint, checkpoint);
    const families = [{ afi: 1, safi: 1, forwarding: true }];
    const said = { type: 'graceful-restart', notification: false, restartTime: 120, families };
    assert.deepEqual(graceful(lab), { ...said, restarted: true });
    configure(lab, [peer({ bfd, session: { holdTime: 30 } })]);
    lab.connections.at(-1)!.on.connected(lab.local);
    assert.deepEqual(graceful(lab), { ...said, restarted: false });
  });

  it('is gone on from also when BFD is to be had only later', () => {
    const lab = openLab({ bootId: 'boot 1', bfd: { r: checkpoint } });
    configure(lab, [peer({ bfd })]);
    assert.equal(lab.bfd.length, 0);
    linkBfd(lab.speaker);
    const told = lab.bfd.at(-1);
    assert.ok(told?.type === 'configure');
    assert.deepEqual(told.request.checkpoint, checkpoint);
  });

  it('of the whole node is none of those: nothing forwarded meanwhile', () => {
    const { lab } = watched({ bootId: 'boot 0', bfd: { r: checkpoint } });
    const told = lab.bfd.find((each) => each.type === 'configure');
    assert.ok(told?.type === 'configure');
    assert.equal(told.request.checkpoint, undefined);
    const capability = graceful(lab);
    assert.ok(capability?.type === 'graceful-restart');
    assert.deepEqual([capability.restarted, capability.families[0]!.forwarding], [true, false]);
  });

  it('is not asked of routers for which that is switched off', () => {
    const lab = openLab();
    const { restartTime: _, ...session } = peer().session;
    configure(lab, [{ ...peer(), session }]);
    establish(lab);
    assert.equal(graceful(lab), undefined);
  });
});

describe('leaving all routers', () => {
  it('by a drain waits for them, withdraws, says why, and leaves nothing to the next process', () => {
    const { lab, connection } = watched();
    command(lab, changed('a', ['192.0.2.1']), { type: 'complete' });
    connection.said.length = 0;
    command(lab, { type: 'leave', how: 'drain', text: 'maintenance' });
    assert.deepEqual(connection.said, ['+192.0.2.1/32 graceful-shutdown']);
    pass(lab, seconds(5));
    connection.on.received(keepalive);
    pass(lab, seconds(6));
    assert.equal(connection.said.at(-1), 'NOTIFICATION administrative-shutdown');
    assert.deepEqual(lab.bfd.at(-1), { type: 'remove', name: 'r' });
    assert.equal(reported(lab).lastClose?.text, 'maintenance');
    assert.ok(left(lab));
    assert.equal(lab.kept, undefined);
  });

  it('by a drain waits for as long as the configuration says', () => {
    const { lab, connection } = watched();
    const { speaker } = lab;
    command(lab, { type: 'configure', speaker: { ...speaker.settings, drainWait: seconds(2) } });
    command(lab, changed('a', ['192.0.2.1']), { type: 'complete' });
    command(lab, { type: 'leave', how: 'drain', text: 'maintenance' });
    pass(lab, seconds(1.9));
    assert.ok(!connection.said.includes('-192.0.2.1/32'));
    pass(lab, seconds(0.2));
    assert.ok(connection.said.includes('-192.0.2.1/32'));
  });

  it('at once ends a drain that is under way', () => {
    const { lab, connection } = watched();
    command(lab, { type: 'leave', how: 'drain', text: 'maintenance' });
    assert.equal(connection.closed, undefined);
    command(lab, { type: 'leave', how: 'at-once', text: 'now' });
    assert.equal(connection.closed, 'gently');
    assert.equal(reported(lab).lastClose?.text, 'now');
    pass(lab, 1);
    assert.ok(left(lab));
  });

  it('is done at once when there are none', () => {
    const lab = openLab();
    command(lab, { type: 'leave', how: 'drain', text: '' });
    assert.ok(left(lab));
  });
});
