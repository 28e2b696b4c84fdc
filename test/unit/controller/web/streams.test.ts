import assert from 'node:assert/strict';
import type { Verdict } from '../../../../src/controller/web/access.js';
import type { Rights, View } from '../../../../src/controller/web/contract.js';
import { changed, newStreams, openStream, type Stream } from '../../../../src/controller/web/streams.js';
import { newRing, noteAgent } from '../../../../src/controller/web/transitions.js';
import { createManualClock, type ManualClock } from '../../platform/kubernetes/manual-clock.js';

const all: Rights = { eips: true, vipgroups: true, services: true, nodes: true, bgppeers: true };
const allowed: Verdict = { allowed: true, session: { user: 'jane', rights: all } };
const refused: Verdict = { allowed: false, kind: 'bad-token', problem: 'it has expired', remedy: 'make another' };
const away: Verdict = { allowed: false, kind: 'unavailable', problem: 'no answer', remedy: 'wait' };

describe('a stream of the web view', () => {
  it('begins with the whole view and all transitions, and then tells what changes', async () => {
    const s = streamsWith();
    s.show({ ...empty, nodes: [{ name: 'n1', agent: 'heard' }] });
    noteAgent(s.streams.ring, 'n1', undefined, 1);
    const { told } = s.open();
    s.show({ ...empty, nodes: [{ name: 'n1', agent: 'silent' }] });
    noteAgent(s.streams.ring, 'n1', { reason: 'Ended', sinceMs: 2 }, 2);
    changed(s.streams);
    await s.advance(200);
    assert.deepEqual(
      told().map(({ event }) => event),
      ['view', 'change'],
    );
    assert.deepEqual(told()[1]?.data.change, { put: { nodes: [{ name: 'n1', agent: 'silent' }] }, gone: {} });
    assert.deepEqual(
      told().map(({ data }) => data.transitions.map(({ id }: { id: number }) => id)),
      [[1], [2]],
    );
  });

  it('tells of many changes at once, and makes no view while nobody looks', async () => {
    const s = streamsWith();
    for (let index = 0; index < 10; index += 1) changed(s.streams);
    await s.advance(1_000);
    assert.equal(s.made(), 0);
    const { told } = s.open();
    for (let index = 1; index <= 10; index += 1) {
      s.show({ ...empty, nodes: [{ name: `n${index}`, agent: 'heard' }] });
      changed(s.streams);
    }
    await s.advance(200);
    assert.equal(told().filter(({ event }) => event === 'change').length, 1);
  });

  it('says that nothing has changed, so that what is shown has an age', async () => {
    const s = streamsWith();
    const { told } = s.open();
    await s.advance(5_000);
    await s.advance(5_000);
    assert.deepEqual(
      told().map(({ event }) => event),
      ['view', 'tick', 'tick'],
    );
  });

  it('ends when the API server does not accept its token any more, and says why', async () => {
    const s = streamsWith();
    const { told, ended } = s.open(() => refused);
    await s.advance(5_000);
    assert.deepEqual(told().at(-1), {
      event: 'end',
      data: { kind: 'bad-token', problem: 'it has expired', remedy: 'make another' },
    });
    assert(ended());
    assert.equal(s.streams.open.size, 0);
  });

  it('goes on for some minutes while the API server does not answer, and not for ever', async () => {
    const s = streamsWith();
    const { ended } = s.open(() => away);
    for (let passed = 0; passed < 295_000; passed += 5_000) await s.advance(5_000);
    assert(!ended());
    for (let passed = 0; passed < 15_000; passed += 5_000) await s.advance(5_000);
    assert(ended());
  });

  it('takes out of sight at once what its user may not list any more', async () => {
    const s = streamsWith();
    s.show({ ...empty, nodes: [{ name: 'n1', agent: 'heard' }] });
    const { told } = s.open(() => ({ allowed: true, session: { user: 'jane', rights: { ...all, nodes: false } } }));
    await s.advance(5_000);
    assert.equal(told().at(-1)?.event, 'view');
    assert.deepEqual(told().at(-1)?.data.view, empty);
  });

  it('is closed for a reader that does not read', async () => {
    const s = streamsWith();
    const stream = s.open();
    stream.waiting(9 * 1024 * 1024);
    await s.advance(5_000);
    assert(stream.destroyed());
    assert.equal(s.streams.open.size, 0);
  });
});

const empty: View = { pools: [], groups: [], nodes: [], routers: [] };

function streamsWith() {
  const clock: ManualClock = createManualClock();
  let view = empty;
  let made = 0;
  const streams = newStreams({
    clock,
    ring: newRing(),
    view: () => {
      made += 1;
      return view;
    },
  });
  return {
    streams,
    made: () => made,
    show: (next: View) => {
      view = next;
    },
    advance: async (ms: number) => {
      clock.advance(ms);
      for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    },
    open: (ask: () => Verdict = () => allowed) => {
      const written: string[] = [];
      const state = { ended: false, destroyed: false, waiting: 0 };
      const response = {
        write: (text: string) => written.push(text) > 0,
        end: () => {
          state.ended = true;
        },
        destroy: () => {
          state.destroyed = true;
        },
        get writableLength() {
          return state.waiting;
        },
      } as unknown as Stream['response'];
      openStream(streams, response, { session: { user: 'jane', rights: all }, ask: async () => ask() });
      return {
        told: () =>
          written.map((text) => {
            const [, event, data] = /^event: (\w+)\ndata: (.*)\n\n$/.exec(text)!;
            return { event, data: JSON.parse(data!) };
          }),
        ended: () => state.ended,
        destroyed: () => state.destroyed,
        waiting: (bytes: number) => {
          state.waiting = bytes;
        },
      };
    },
  };
}
