import assert from 'node:assert/strict';
import { InvariantError } from '../../../../src/core/assert.js';
import { never } from '../../../../src/core/time.js';
import { createVirtualRouter, type Input, step } from '../../../../src/core/vrrp/virtual-router.js';
import { advert, config, ms, play } from './given.js';

describe('a router in Initialize', () => {
  it('asks for no time before it is started', () => {
    assert.equal(createVirtualRouter(config()).deadline, never);
  });

  it('becomes a Backup at start-up that waits its own Active_Down_Interval', () => {
    const { router, outputs } = play(createVirtualRouter(config()), [ms(5), { type: 'startup' }]);
    assert.deepEqual(outputs, ['Initialize -> Backup (startup)']);
    assert.equal(router.state, 'Backup');
    assert.equal(router.deadline, ms(5 + 3000 + 609.375));
  });

  it('that owns the addresses is Active at once: advert, addresses, announcement, in that order', () => {
    const { router, outputs } = play(createVirtualRouter(config({ priority: 255 })), [0, { type: 'startup' }]);
    assert.deepEqual(outputs, ['advertise 255', 'take-addresses', 'announce', 'Initialize -> Active (owner)']);
    assert.equal(router.deadline, ms(1000));
  });

  it('that does not own them sends nothing at start-up, however high its priority', () => {
    const { outputs } = play(createVirtualRouter(config({ priority: 254 })), [0, { type: 'startup' }]);
    assert.deepEqual(outputs, ['Initialize -> Backup (startup)']);
  });

  for (const input of [
    { type: 'time' },
    advert(0),
    advert(200),
    { type: 'hand-over' },
    { type: 'slept', lateness: ms(1e6) },
    { type: 'link-up' },
  ] satisfies Input[]) {
    it(`ignores ${name(input)} before it is started`, () => {
      const { router, outputs } = play(createVirtualRouter(config()), [0, input], [ms(9000), { type: 'time' }]);
      assert.equal(router.state, 'Initialize');
      assert.deepEqual(outputs, []);
    });
  }

  it('waits for the link when it is started without one', () => {
    const started = play(createVirtualRouter(config()), [0, { type: 'link-down' }], [0, { type: 'startup' }]);
    assert.deepEqual(started.outputs, []);
    const { router, outputs } = play(started.router, [ms(10), { type: 'link-up' }]);
    assert.deepEqual(outputs, ['Initialize -> Backup (link-up)']);
    assert.equal(router.deadline, ms(10 + 3609.375));
  });

  it('is released at once by a shutdown, and only once', () => {
    const { outputs } = play(createVirtualRouter(config()), [0, { type: 'shutdown' }], [0, { type: 'shutdown' }]);
    assert.deepEqual(outputs, ['released']);
  });

  it('can be started again after a shutdown', () => {
    const { outputs } = play(createVirtualRouter(config()), [0, { type: 'shutdown' }], [0, { type: 'startup' }]);
    assert.deepEqual(outputs, ['released', 'Initialize -> Backup (startup)']);
  });

  it('takes a new configuration before the start', () => {
    const changed: Input = { type: 'configure', config: config({ priority: 255 }) };
    const { outputs } = play(createVirtualRouter(config()), [0, changed], [0, { type: 'startup' }]);
    assert.equal(outputs[0], 'advertise 255');
  });
});

describe('a configuration out of range', () => {
  for (const [changes, message] of [
    [{ priority: 0 }, /priority must be 1..255, it is 0/],
    [{ priority: 256 }, /priority must be 1..255, it is 256/],
    [{ priority: 1.5 }, /priority must be 1..255, it is 1.5/],
    [{ virtualRouterId: 0 }, /virtualRouterId must be 1..255/],
    [{ advertisementInterval: 0 }, /advertisementInterval must be above 0/],
    [{ preemptDelay: -1 }, /preemptDelay must not be negative/],
    [{ version: 2, family: 6, source: new Uint8Array(16) }, /version 2 has no IPv6/],
    [{ source: new Uint8Array(16) }, /source must fit IPv4, it has 16 bytes/],
  ] as const) {
    it(`is our own fault: ${message.source}`, () => {
      assert.throws(() => createVirtualRouter(config(changes)), { name: 'InvariantError', message });
    });
  }

  it('cannot come in by a change either, nor one that makes it another virtual router', () => {
    const router = createVirtualRouter(config());
    const change = (changes: object) => () => step(router, { type: 'configure', config: config(changes) }, 0);
    assert.throws(change({ priority: 300 }), InvariantError);
    assert.throws(change({ virtualRouterId: 0 }), /virtualRouterId must be 1..255, it is 0/);
    assert.doesNotThrow(change({ virtualRouterId: 52 }), 'the same router under another number');
    assert.throws(change({ version: 2 }), /version cannot change in place/);
  });
});

function name(input: Input): string {
  return input.type === 'advert' ? `priority ${input.advert.priority}` : input.type;
}
