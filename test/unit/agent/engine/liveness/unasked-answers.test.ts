import assert from 'node:assert/strict';
import type { GroupConfig } from '../../../../../src/agent/engine/messages.js';
import { seamlessPort } from '../../../../../src/core/bfd/seamless.js';
import { bfdField, bfdFlag } from '../../../../../src/core/wire/bfd.js';
import { createLan, groupOf, type Lan, type LanHost } from '../lan.js';
import { questionTo } from './question-to.js';

const second = 1_000_000;
const members = [11, 12, 13];
const counted = (host: LanHost, name: string) => host.engine().report().counters[name] ?? 0;

describe('an engine that answers unasked', () => {
  let lan: Lan;
  let hosts: readonly LanHost[];
  const [leader, second_, third] = [() => hosts[0]!, () => hosts[1]!, () => hosts[2]!];
  const leads = (host: LanHost) => host.state('g0')?.state === 'Active';

  /** Nodes with so many groups, all of which the first leads. `prepare` is called before the engines are told of them. */
  function start(count: number, o: Partial<GroupConfig> = {}, prepare: (host: LanHost) => void = () => {}): void {
    lan = createLan();
    hosts = members.map((number) => lan.host(number));
    for (const host of hosts) prepare(host);
    for (const [i, host] of hosts.entries()) host.engine().configure(groups(members[i]!, count, o), []);
    lan.run(10 * second);
    assert.deepEqual(hosts.map(leads), [true, false, false]);
  }

  const groups = (self: number, count: number, o: Partial<GroupConfig>) =>
    Array.from({ length: count }, (_, n) =>
      groupOf(members, self, {
        name: `g${n}`,
        virtualRouterId: 51 + n,
        advertisementInterval: second,
        addresses: [Uint8Array.of(192, 0, 2, 100 + n)],
        ...o,
      }),
    );

  describe('asked by a program on', () => {
    const wanting = { wantsStream: true };
    /** A program that asks the node with the number `to`. */
    function askerOn(host: LanHost, number: number, to = 11) {
      const socket = host.kernel.openDatagramSocket({
        family: 4,
        port: 50_000,
        address: Uint8Array.of(192, 0, 2, number),
      });
      return {
        ask: (payload: Uint8Array) =>
          socket.sendTo(payload, { address: Uint8Array.of(192, 0, 2, to), port: seamlessPort, scope: 0 }),
        /** How many answers come within so long. */
        answers(within: number): number {
          let count = 0;
          for (const end = lan.now() + within; lan.now() < end; lan.run(10_000))
            while (socket.receive() !== undefined) count++;
          return count;
        },
      };
    }

    it('a member answers for a second, if that is wanted', () => {
      start(1);
      const { ask, answers } = askerOn(third(), 13);
      ask(questionTo('192.0.2.11'));
      assert.equal(answers(2 * second), 1);
      ask(questionTo('192.0.2.11', wanting));
      const streamed = answers(3 * second);
      assert.ok(streamed >= 99 && streamed <= 101, `${streamed}`);
      assert.equal(counted(leader(), 'liveness_answers_unasked'), streamed - 1);
    });

    it('any other host answers once: it is no amplifier', () => {
      start(1);
      const { ask, answers } = askerOn(lan.host(99), 99);
      for (let n = 0; n < 10; n++) ask(questionTo('192.0.2.11', wanting));
      assert.equal(answers(3 * second), 10);
      assert.equal(counted(leader(), 'liveness_answers_unasked'), 0);
    });

    it('a member answers with one stream, whoever asks in its name', () => {
      start(1);
      const { ask, answers } = askerOn(third(), 13);
      for (let n = 0; n < 50; n++) ask(questionTo('192.0.2.11', { ...wanting, myDiscriminator: 7 + n }));
      const streamed = answers(3 * second) - 50;
      assert.ok(streamed >= 98 && streamed <= 100, `${streamed}`);
    });

    it('a member answers once while it leads no group of that', () => {
      start(1);
      const { ask, answers } = askerOn(third(), 13, 12);
      ask(questionTo('192.0.2.12', wanting));
      assert.equal(answers(2 * second), 1);
    });
  });

  describe('with fast detection', () => {
    const fastDetection = { interval: 10_000, multiplier: 3 };

    it('wakes its Backups half as often as it answers, and is asked each 0.4 s', () => {
      start(16, { fastDetection });
      const asked = () => counted(second_(), 'liveness_questions_sent');
      const [before, turns] = [asked(), turnsOf(second_())];
      lan.run(10 * second);
      assert.ok(turns() >= 400 && turns() <= 650, `${turns()} turns in 10 s`);
      assert.ok(asked() - before >= 20 && asked() - before <= 26, `${asked() - before} questions in 10 s`);
    });

    it('is asked each interval if it is of an older version, and succeeded as fast', () => {
      start(16, { fastDetection }, answersOnlyQuestions);
      const before = counted(second_(), 'liveness_questions_sent');
      lan.run(second);
      const asked = counted(second_(), 'liveness_questions_sent') - before;
      assert.ok(asked >= 90 && asked <= 101, `${asked}`);
      leader().kill();
      const took = lan.until(() => leads(second_()));
      assert.ok(took > 20_000 && took <= 31_000, `${took} us`);
      assert.equal(second_().state('g0')?.reason, 'peer-lost');
    });

    it('and stands still for less than its Backups wait goes on leading', () => {
      start(16, { fastDetection });
      for (let n = 0; n < 100; n++) {
        leader().frozenUntil = lan.now() + 19_000;
        lan.run(137_000);
      }
      assert.deepEqual(hosts.map(leads), [true, false, false]);
      assert.equal(counted(second_(), 'transitions_to_active'), 0);
    });
  });
});

/** How many turns its engine has taken since. */
function turnsOf(host: LanHost): () => number {
  let turns = 0;
  const engine = host.engine();
  const { turn } = engine;
  Object.assign(engine, {
    turn(isTimeAlone: boolean) {
      turns++;
      turn(isTimeAlone);
    },
  });
  return () => turns;
}

/** As an older version: what is neither a question nor ends a poll does not leave its sockets. */
function answersOnlyQuestions({ kernel }: LanHost): void {
  const { openDatagramSocket } = kernel;
  const isUnasked = (payload: Uint8Array) => (payload[bfdField.flags]! & (bfdFlag.demand | bfdFlag.final)) === 0;
  Object.assign(kernel, {
    openDatagramSocket(o: Parameters<typeof openDatagramSocket>[0]) {
      const socket = openDatagramSocket(o);
      const sendTo = (...[payload, to]: Parameters<typeof socket.sendTo>) =>
        isUnasked(payload) ? 0 : socket.sendTo(payload, to);
      return { ...socket, sendTo };
    },
  });
}
