import assert from 'node:assert/strict';
import { type BgpManager, createBgpManager } from '../../../../src/agent/bgp/manager.js';
import type { SpeakerCommand } from '../../../../src/agent/bgp/speaker-state.js';
import type { PeerReport, RoutingEvent } from '../../../../src/agent/engine/routing/contract.js';
import type { RoutingThread } from '../../../../src/agent/routing-thread.js';
import type { BgpObjects } from '../../../../src/agent/sources/bgp-source.js';
import { createSupervisor } from '../../../../src/agent/supervisor.js';
import type { VipGroup } from '../../../../src/api/vip-group.js';
import { formatPrefix } from '../../../../src/core/wire/bgp/prefix.js';
import { silentLogger } from '../../../../src/platform/observability/log.js';
import { createManualClock, type ManualClock } from '../../platform/kubernetes/manual-clock.js';
import { conf, group, nics, node, peer } from './given.js';

interface Started {
  readonly commands: SpeakerCommand[];
  event(event: RoutingEvent): void;
  die(): void;
  ended: boolean;
}

describe("the agent's BGP", () => {
  let clock: ManualClock;
  let threads: Started[];
  let manager: BgpManager;
  let changes: number;
  let disconnected: number;

  beforeEach(() => {
    clock = createManualClock();
    threads = [];
    changes = 0;
    disconnected = 0;
    manager = createBgpManager({
      async start(on) {
        const started: Started = {
          commands: [],
          event: on.event,
          die: () => on.end(new Error('it broke')),
          ended: false,
        };
        threads.push(started);
        const thread: RoutingThread = {
          command: (command) => void started.commands.push(command),
          connectBfd() {},
          wakeFd: -1,
          turns: () => 0,
          end: async () => {
            started.ended = true;
          },
        };
        return thread;
      },
      connectBfd: () => () => {
        disconnected += 1;
      },
      changed: () => {
        changes += 1;
      },
      supervisor: createSupervisor(silentLogger(), () => 0),
      log: silentLogger(),
      clock,
      readNics: () => nics,
    });
  });
  afterEach(() => manager.end());

  const settle = () => new Promise(setImmediate);
  const objects = (o: Partial<BgpObjects> = {}): BgpObjects => ({
    conf: conf(),
    peers: new Map([['tor', peer('tor')]]),
    node,
    secret: () => undefined,
    secretsIn: 'namespace x',
    ...o,
  });
  const groups = (...list: VipGroup[]) => new Map(list.map((each) => [each.metadata.name, each]));
  const both = [
    { node: 'n1', priority: 100 },
    { node: 'n2', priority: 100 },
  ];
  const web = (...addresses: string[]) => group('web', { addresses, members: both });
  /** What the thread was told, in short; and forgets it. */
  const told = (at = 0) =>
    threads[at]!.commands.splice(0).map((command) => {
      if (command.type === 'configure') return `configure ${command.speaker.peers.map(({ name }) => name).join()}`;
      if (command.type !== 'routes') return command.type;
      const add = command.add.flatMap(({ prefixes, attributes: { communities } }) =>
        prefixes.map((prefix) => `+${formatPrefix(prefix)}${communities ? ' marked' : ''}`),
      );
      return [
        command.whole ? 'whole' : 'change',
        ...add,
        ...command.remove.map((each) => `-${formatPrefix(each)}`),
      ].join(' ');
    });
  const report = (o: Partial<PeerReport> = {}): RoutingEvent => ({
    type: 'peer',
    report: {
      peer: 'tor',
      state: 'Established',
      since: 0,
      prefixesSent: 1,
      establishedCount: 1,
      negotiated: {
        peerAs: 50_001,
        external: true,
        holdTime: 9,
        families: [4],
        fourOctetAs: true,
        extendedNextHop: false,
        enhancedRouteRefresh: false,
        gracefulRestart: true,
      },
      ...o,
    },
  });
  const begin = async () => {
    manager.configure(objects());
    manager.groups(groups(web('198.51.100.1')));
    manager.complete();
    await settle();
  };

  it('starts no thread while there is no session to have', async () => {
    manager.configure(objects({ peers: new Map() }));
    manager.groups(groups(web('198.51.100.1')));
    await settle();
    assert.equal(threads.length, 0);
  });

  it('tells a thread its routes, its sessions, and that this is all', async () => {
    await begin();
    assert.deepEqual(told(), ['whole +198.51.100.1/32', 'configure tor', 'complete']);
  });

  it('tells a change of one address as one route, and of groups by election nothing', async () => {
    await begin();
    told();
    manager.groups(groups(web('198.51.100.1', '198.51.100.2')));
    const elected = { ...web('198.51.100.9'), metadata: { name: 'lan' } };
    manager.groups(
      groups(web('198.51.100.1', '198.51.100.2'), {
        ...elected,
        spec: { ...elected.spec, protocol: 'vip' },
      } as VipGroup),
    );
    assert.deepEqual(told(), ['change +198.51.100.2/32']);
  });

  it('marks the routes of a node that is cordoned, and takes them back after the wait of the BgpConf', async () => {
    await begin();
    told();
    manager.configure(objects({ conf: conf({ as: 50_000, drainWait: '3s' }), node: { ...node, leaving: 'Cordoned' } }));
    assert.deepEqual(told(), ['configure tor']);
    assert.equal(manager.group('web')!.state, 'Draining');
    clock.advance(999); // the head start of other nodes
    assert.deepEqual(told(), []);
    clock.advance(1);
    assert.deepEqual(told(), ['change +198.51.100.1/32 marked']);
    clock.advance(2_999);
    assert.deepEqual(told(), []);
    clock.advance(1);
    assert.deepEqual(told(), ['change -198.51.100.1/32']);
    assert.equal(manager.group('web'), undefined);
  });

  it('counts a router as told while its session is Established and takes the family', async () => {
    await begin();
    assert.deepEqual(manager.group('web'), {
      state: 'Idle',
      routers: 0,
      routersWanted: 1,
      message: 'not told: tor: Idle',
    });
    threads[0]!.event(report());
    assert.deepEqual(manager.group('web'), { state: 'Announcing', routers: 1, routersWanted: 1, message: undefined });
    threads[0]!.event(report({ state: 'Active', problem: { reason: 'NoAnswer', message: 'no answer' } }));
    assert.deepEqual(manager.group('web'), {
      state: 'Idle',
      routers: 0,
      routersWanted: 1,
      message: 'not told: tor: NoAnswer',
    });
    assert.deepEqual(manager.problems(), ['BgpPeer tor: no answer']);
  });

  it('doubts the Secret of a session that does not come up, and of no other', async () => {
    const doubted: string[] = [];
    const guarded = peer('tor', { conf: { passwordSecret: { name: 's' } } });
    manager.configure(
      objects({
        peers: new Map([['tor', guarded]]),
        secret: () => ({ data: { password: Buffer.from('x').toString('base64') } }),
        doubtSecret: (name) => doubted.push(name),
      }),
    );
    await settle();
    threads[0]!.event(report());
    threads[0]!.event(report({ state: 'Connect' }));
    assert.deepEqual(doubted, []);
    threads[0]!.event(report({ state: 'Active', problem: { reason: 'NoAnswer', message: 'no answer' } }));
    assert.deepEqual(doubted, ['s']);
  });

  it('doubts a Secret without a usable password until it has one', async () => {
    const doubted: string[] = [];
    const guarded = peer('tor', { conf: { passwordSecret: { name: 's' } } });
    const withSecret = (password: string) =>
      objects({
        peers: new Map([['tor', guarded]]),
        secret: () => ({ data: { password: Buffer.from(password).toString('base64') } }),
        doubtSecret: (name) => doubted.push(name),
      });
    manager.configure(withSecret('spoilt\n'));
    assert.deepEqual(doubted, ['s']);
    clock.advance(6_000);
    assert.deepEqual(doubted, ['s', 's', 's']);
    manager.configure(withSecret('right'));
    clock.advance(60_000);
    assert.equal(doubted.length, 3);
  });

  it('says of a port that another program has, where a session waits for its router to connect', async () => {
    const passive = peer('passive', { conf: { neighborAddress: '192.0.2.2' }, transport: { passiveMode: true } });
    manager.configure(
      objects({
        peers: new Map([
          ['tor', peer('tor')],
          ['passive', passive],
        ]),
      }),
    );
    await settle();
    const problem = { reason: 'PortTaken', message: 'TCP port 179 belongs to another program: end it' };
    threads[0]!.event({ type: 'listener', port: 179, problem });
    const reasons = () => manager.peers().map((view) => `${view.name} ${view.problem?.reason}`);
    assert.deepEqual(reasons().sort(), ['passive PortTaken', 'tor undefined']);
    threads[0]!.event(report({ peer: 'passive' }));
    assert.deepEqual(reasons().sort(), ['passive undefined', 'tor undefined']);
    threads[0]!.event(report({ peer: 'passive', state: 'Active' }));
    threads[0]!.event({ type: 'listener', port: 179 });
    assert.deepEqual(reasons().sort(), ['passive undefined', 'tor undefined']);
  });

  it('survives the death of the thread: another is started after a while, ever longer, and told everything', async () => {
    await begin();
    threads[0]!.event(report());
    threads[0]!.die();
    assert.equal(manager.group('web')!.state, 'Idle');
    assert.match(manager.problems().join(), /thread of routing protocols is gone: it broke/);
    assert.equal(disconnected, 1);
    clock.advance(499);
    assert.equal(threads.length, 1);
    clock.advance(1);
    await settle();
    assert.deepEqual(told(1), ['whole +198.51.100.1/32', 'configure tor', 'complete']);
    assert.deepEqual(manager.problems(), []);
    threads[1]!.die();
    clock.advance(999);
    assert.equal(threads.length, 2);
    clock.advance(1);
    assert.equal(threads.length, 3);
    assert.equal(manager.threadDeaths(), 2);
  });

  it('counts on over the death of a thread', async () => {
    await begin();
    threads[0]!.event({ type: 'counters', counters: { established: { tor: 3 } } });
    threads[0]!.die();
    clock.advance(500);
    await settle();
    threads[1]!.event({ type: 'counters', counters: { established: { tor: 1 } } });
    assert.deepEqual(manager.counters(), { established: { tor: 4 } });
  });

  it('leaves routers as it is told to, tells them nothing afterwards, and waits until they are left', async () => {
    await begin();
    told();
    let left = false;
    const leaving = manager.leave({ how: 'restart' }).then(() => {
      left = true;
    });
    manager.groups(groups());
    await settle();
    assert.deepEqual(told(), ['leave']);
    assert.equal(left, false);
    threads[0]!.event({ type: 'left' });
    await leaving;
  });

  it('does not wait for ever for routers to be left', async () => {
    await begin();
    const leaving = manager.leave({ how: 'restart' });
    clock.advance(60_000);
    await leaving;
  });

  it('cuts a drain short for who is in a hurry', async () => {
    await begin();
    told();
    const draining = manager.leave({ how: 'drain', text: 'cordoned' });
    const ending = manager.leave({ how: 'at-once', text: 'ended' });
    assert.deepEqual(told(), ['leave', 'leave']);
    threads[0]!.event({ type: 'left' });
    await Promise.all([draining, ending]);
  });

  it('cuts no restart short: routers that are told nothing keep their routes', async () => {
    await begin();
    told();
    void manager.leave({ how: 'restart' });
    await manager.leave({ how: 'at-once', text: 'ended' });
    assert.deepEqual(told(), ['leave']);
  });

  it('leaves a session that is drained its routes, and empties their set long after', async () => {
    await begin();
    told();
    manager.configure(objects({ peers: new Map([['tor', peer('tor', { communities: ['64512:1'] })]]) }));
    assert.deepEqual(told(), ['whole +198.51.100.1/32 marked', 'configure tor']);
    manager.configure(objects({ peers: new Map() }));
    assert.deepEqual(told(), ['configure ']);
    clock.advance(120_000);
    manager.configure(objects({ peers: new Map() }));
    assert.deepEqual(told(), ['configure ', 'whole', 'whole']);
  });

  it('says with its part in a group why connections are not kept, until they are', async () => {
    await begin();
    threads[0]!.event(report());
    const [before, why] = [changes, 'connections break: there is no nf_tables'];
    manager.connectionsNotKept('web', why);
    manager.connectionsNotKept('web', why);
    assert.equal(manager.group('web')!.message, why);
    assert.equal(changes, before + 1);
    manager.note('web', { text: 'hands on', drainedConnections: 1, countedAt: 0 });
    assert.equal(manager.group('web')!.message, `hands on; ${why}`);
    manager.connectionsNotKept('web', undefined);
    assert.equal(manager.group('web')!.message, 'hands on');
  });

  it('says that something has changed when it has', async () => {
    await begin();
    changes = 0;
    threads[0]!.event(report());
    assert.equal(changes, 1);
    threads[0]!.event({ type: 'counters', counters: {} });
    assert.equal(changes, 1);
  });
});
