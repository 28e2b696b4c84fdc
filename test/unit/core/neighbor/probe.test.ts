import assert from 'node:assert/strict';
import { hearClaim, type Probe, probeDue, probeOutcome, startProbe } from '../../../../src/core/neighbor/probe.js';
import { never } from '../../../../src/core/time.js';

const mac = Uint8Array.of(2, 0, 0, 0, 0, 9);
const otherMac = Uint8Array.of(2, 0, 0, 0, 0, 10);

describe('a probe for duplicate addresses', () => {
  it('asks three times and has its answer 30 ms after it began', () => {
    const { instants, probe } = run(startProbe(1, 1000));
    assert.deepEqual(instants, [1000, 11_000, 21_000]);
    assert.equal(probe.deadline, never);
  });

  it('finds an address free when nobody claims it', () => {
    const { probe, finishedAt } = run(startProbe(2, 0));
    assert.equal(finishedAt, 30_000);
    assert.deepEqual(probeOutcome(probe, 0), { state: 'free' });
    assert.deepEqual(probeOutcome(probe, 1), { state: 'free' });
  });

  it('knows nothing before the end', () => {
    assert.deepEqual(probeOutcome(probeDue(startProbe(1, 0), 0).probe, 0), { state: 'probing' });
  });

  it('names the MAC of the first host that claims an address, and only for that address', () => {
    const asked = probeDue(startProbe(2, 0), 0).probe;
    const { probe } = run(hearClaim(hearClaim(asked, 1, mac), 1, otherMac));
    assert.deepEqual(probeOutcome(probe, 1), { state: 'taken', mac });
    assert.deepEqual(probeOutcome(probe, 0), { state: 'free' });
  });

  it('is over as soon as every address is taken', () => {
    const asked = probeDue(startProbe(2, 0), 0).probe;
    assert.equal(hearClaim(hearClaim(asked, 0, mac), 1, mac).deadline, never);
  });

  it('does not listen to what comes after the end, nor to addresses it does not probe', () => {
    const { probe } = run(startProbe(1, 0));
    assert.equal(hearClaim(probe, 0, mac), probe);
    const running = startProbe(1, 0);
    assert.equal(hearClaim(running, 1, mac), running);
  });

  it('of no addresses is over before it begins', () => {
    assert.equal(startProbe(0, 0).deadline, never);
  });

  it('does nothing early', () => {
    const asked = probeDue(startProbe(1, 0), 0).probe;
    assert.deepEqual(probeDue(asked, 9_999), { probe: asked, send: false });
  });

  it('called late still asks and listens after each question', () => {
    const late = probeDue(startProbe(1, 0), 200_000);
    assert.equal(late.send, true);
    assert.equal(late.probe.deadline, 210_000);
  });
});

/** Calls the probe at its deadlines until it is over: when it asked, and when it was over. */
function run(started: Probe): { probe: Probe; instants: number[]; finishedAt: number } {
  const instants: number[] = [];
  let probe = started;
  let finishedAt = 0;
  while (probe.deadline !== never) {
    finishedAt = probe.deadline;
    const { probe: next, send } = probeDue(probe, probe.deadline);
    if (send) instants.push(finishedAt);
    probe = next;
  }
  return { probe, instants, finishedAt };
}
