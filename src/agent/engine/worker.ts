/**
 * The engine's thread. It never returns to an event loop: it waits in ppoll(2) for a frame, a command or a deadline, takes
 * a turn, and waits again.
 */
import '../../platform/v8/node-start.js';

import { type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { monotonicMicros, utcMicros } from '../../platform/linux/clock.js';
import { openDatagramSocket } from '../../platform/linux/datagram-socket.js';
import { forgetFilePages } from '../../platform/linux/file-pages.js';
import { openIpv6Groups } from '../../platform/linux/ipv6-groups.js';
import { createVirtualMacInterface } from '../../platform/linux/macvlan.js';
import { joinVrrpGroup } from '../../platform/linux/multicast-membership.js';
import { openPacketSocket } from '../../platform/linux/packet-socket.js';
import { openPoller } from '../../platform/linux/poller.js';
import { openRtnetlink, type Rtnetlink } from '../../platform/linux/rtnetlink.js';
import { openRtnetlinkEvents } from '../../platform/linux/rtnetlink-events.js';
import { giveUpRealtime, requestRealtime } from '../../platform/linux/scheduling.js';
import { openSysctls, type Sysctls } from '../../platform/linux/sysctl.js';
import { setByRtnetlink } from '../../platform/linux/sysctl-by-rtnetlink.js';
import { openSysctlJournal } from '../../platform/linux/sysctl-journal.js';
import { nameThread } from '../../platform/linux/thread-name.js';
import { openWake } from '../../platform/linux/wake.js';
import { withBaselineCode } from '../../platform/v8/baseline-code.js';
import { makeHeapRoom } from '../../platform/v8/heap-room.js';
import { type BfdUsers, createBfdUsers } from './bfd/users.js';
import { createEngine, type Engine } from './engine.js';
import {
  type Command,
  type EngineCounts,
  type EngineEvent,
  type EngineStart,
  groupsAtOnce,
  phase,
} from './messages.js';
import { emptyOutbox, type Outbox, takeOut } from './outbox.js';
import { type Throttle, throttle } from './realtime-throttle.js';
import { warmUp } from './warm-up.js';

run(workerData as EngineStart);

function run({ port, pulse, settingsFile }: EngineStart): void {
  nameThread('engine');
  const beats = new Int32Array(pulse);
  const poller = openPoller();
  const wake = openWake();
  const outbox = emptyOutbox();
  const { events } = outbox;
  const scrapes: Scrape[] = [];
  const rtnetlink = openRtnetlink();
  const sysctls = hostSettings(settingsFile, rtnetlink, events);
  const engine = createEngine(
    {
      now: monotonicMicros,
      utc: utcMicros,
      poller,
      openPacketSocket,
      openDatagramSocket,
      discard: ({ fd }) => events.push({ type: 'spent-socket', fd }),
      joinVrrpGroup,
      openIpv6Groups,
      rtnetlink,
      virtualMacs: {
        create: (o) => createVirtualMacInterface({ rtnetlink, sysctls }, o),
        restore: sysctls.restore,
      },
      forwards: (name) => Number(sysctls.get(`ipv6/conf/${name}/forwarding`) ?? 0) > 0,
      events: openRtnetlinkEvents(),
    },
    (event) => {
      events.push(event);
    },
  );
  const bfdUsers = createBfdUsers(engine.bfd);
  let spokenTo = true; // before anybody knew what to wake it by
  poller.add(wake.fd, () => {
    wake.drain();
    spokenTo = true;
  });
  forgetFilePages(); // before the warm-up, which brings back those that a takeover needs
  withBaselineCode(warmUp);
  makeHeapRoom();
  const tell = () => {
    const told = takeOut(outbox, Atomics.load(beats, 2));
    if (told !== undefined) port.postMessage(told);
  };
  events.push({ type: 'started', wakeFd: wake.fd, scheduling: requestRealtime() });
  tell();
  let throttled: Throttle = { busySince: monotonicMicros(), throttledAt: undefined };
  while (Atomics.load(beats, 1) === phase.running) {
    const now = monotonicMicros();
    const wait = scrapes.length > 0 ? 0 : engine.deadline() - now;
    const judged = throttle(throttled, wait > 0, now);
    throttled = judged.state;
    if (judged.verdict !== 'as-before') events.push(...changePriority(judged.verdict));
    const isReady = poller.wait(wait);
    Atomics.add(beats, 0, 1);
    if (spokenTo) {
      spokenTo = false;
      obey({ engine, bfdUsers, outbox, scrapes }, port);
    }
    engine.turn(!isReady && wait > 0);
    tellFigures(scrapes, engine, outbox);
    bfdUsers.tell();
    tell();
  }
  letGo(engine);
  for (const event of events) if (event.type === 'spent-interface') rtnetlink.removeLink(event.interfaceIndex);
  sysctls.restore();
  Atomics.store(beats, 1, phase.ended);
  Atomics.notify(beats, 1);
}

/** The settings of the host, after those that an earlier life changed are as they were. */
function hostSettings(file: string | undefined, rtnetlink: Rtnetlink, events: EngineEvent[]): Sysctls {
  const journal = file === undefined ? undefined : openSysctlJournal(file);
  const onProblem = ({ message: reason }: Error) => {
    const message = 'changed settings of the host are not noted: should the agent be killed, they stay as they are';
    events.push({ type: 'log', level: 'warn', message, fields: { file, reason } });
  };
  const sysctls = openSysctls(journal, onProblem, (path, value) => setByRtnetlink(rtnetlink, path, value));
  const settings = sysctls.restoreLeftovers();
  if (settings.length > 0) {
    const message = 'put back settings that an earlier run left changed';
    events.push({ type: 'log', level: 'info', message, fields: { settings } });
  }
  return sysctls;
}

function changePriority(verdict: 'give-up-priority' | 'regain-priority'): readonly EngineEvent[] {
  if (verdict === 'regain-priority') {
    const scheduling = requestRealtime();
    const message = 'the engine rests again';
    return [
      { type: 'scheduling', scheduling },
      { type: 'log', level: 'info', message, fields: { ...scheduling } },
    ];
  }
  giveUpRealtime();
  const message = 'the engine has not rested for 2 s: it gives up its real-time priority so that the node stays usable';
  return [
    { type: 'scheduling', scheduling: { policy: 'normal', reason: 'the engine has not rested for 2 s' } },
    { type: 'log', level: 'error', message, fields: {} },
  ];
}

/** What commands are for. */
interface Parts {
  readonly engine: Engine;
  readonly bfdUsers: BfdUsers;
  readonly outbox: Outbox;
  readonly scrapes: Scrape[];
}

/** Somebody who wants to know what a scrape shows, and of how many groups that was told. */
interface Scrape {
  readonly id: number;
  told: number;
}

/** Tells of some groups, once in a turn: what is due goes out in between. */
function tellFigures(scrapes: Scrape[], engine: Engine, outbox: Outbox): void {
  const [scrape] = scrapes;
  if (scrape === undefined) return;
  const { id } = scrape;
  const groups = engine.groupFigures(scrape.told);
  scrape.told += groups.names.length;
  outbox.events.push({ type: 'group-figures', id, groups });
  if (groups.names.length === groupsAtOnce) return;
  scrapes.shift();
  outbox.events.push({ type: 'figures', id, figures: withDropped(engine.figures(), outbox) });
}

function obey({ engine, bfdUsers, outbox, scrapes }: Parts, port: MessagePort): void {
  for (let message = receiveMessageOnPort(port); message !== undefined; message = receiveMessageOnPort(port)) {
    const command = message.message as Command;
    switch (command.type) {
      case 'configure':
        engine.configure(command.set, command.release);
        break;
      case 'shutdown':
        engine.shutdown(command.immediate);
        break;
      case 'bfd-user':
        bfdUsers.add(command.id, command.port, command.userFd);
        break;
      case 'bfd-user-gone':
        bfdUsers.gone(command.id);
        break;
      case 'report':
        outbox.events.push({
          type: 'report',
          id: command.id,
          report: withDropped(engine.report(command.members), outbox),
        });
        break;
      case 'figures':
        scrapes.push({ id: command.id, told: 0 });
    }
  }
  bfdUsers.obey();
}

function withDropped<T extends EngineCounts>(report: T, { dropped }: Outbox): T {
  return { ...report, counters: { ...report.counters, engine_events_dropped: dropped } };
}

/** The main thread is going and can wait no longer: priority 0 and the addresses off the NIC, in a few turns. */
function letGo(engine: Engine): void {
  engine.shutdown(true);
  for (let turns = 0; turns < 64 && engine.deadline() === 0; turns++) engine.turn();
}
