import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openRtnetlink, type Rtnetlink } from '../../src/platform/linux/rtnetlink.js';
import { openTwoHosts, requireRoot, type TwoHosts } from './two-hosts.js';

/** As kube-proxy in IPVS mode has them, for as many Services. */
const standing = 1000;

describe('lists of addresses that others change all the while', function () {
  this.timeout(60_000);
  let hosts: TwoHosts;
  let rtnetlink: Rtnetlink;
  let churn: ChildProcess | undefined;

  before(function () {
    requireRoot(this);
    hosts = openTwoHosts('list');
    rtnetlink = hosts.inA(openRtnetlink);
    const lines = Array.from({ length: standing }, (_, n) => `address add 10.70.${n >> 8}.${n & 255}/32 dev va`);
    execFileSync('ip', ['-n', hosts.a, '-batch', '-'], { input: lines.join('\n') });
    churn = spawn('ip', ['-n', hosts.a, '-force', '-batch', '-'], { stdio: ['pipe', 'ignore', 'ignore'] });
    const change = Array.from(
      { length: 50 },
      (_, n) => `address add 10.71.0.${n}/32 dev va\naddress del 10.71.0.${n}/32 dev va\n`,
    );
    const more = () => {
      while (churn?.stdin?.write(change.join('')));
    };
    churn.stdin!.on('drain', more).on('error', () => {});
    more();
  });
  after(async () => {
    if (churn !== undefined) {
      churn.kill('SIGKILL');
      await once(churn, 'exit');
    }
    rtnetlink?.close();
    hosts?.close();
  });

  it('have what stands all the time, and say when they were never whole', async () => {
    let interrupted = 0;
    const lists = 300;
    for (let i = 0; i < lists; i++) {
      await new Promise(setImmediate); // whoever changes them is fed by this thread
      const listed = rtnetlink.addresses(undefined, () => {
        interrupted++;
      });
      const found = new Set(listed.map(({ address }) => address.join('.')));
      const missing = Array.from({ length: standing }, (_, n) => `10.70.${n >> 8}.${n & 255}`).filter(
        (address) => !found.has(address),
      );
      assert.deepEqual(missing, []);
      assert.equal(found.size, listed.length, 'each once');
    }
    assert.ok(interrupted > 0, 'nothing was changed while it was listed');
    console.log(`      ${interrupted} of ${lists} lists could not be read in peace`);
  });

  it('find a link that was just made', () => {
    const parentIndex = rtnetlink.links().find((link) => link.name === 'va')!.index;
    for (let i = 0; i < 20; i++) {
      const index = rtnetlink.createMacvlan({ name: 'made', parentIndex, mac: Uint8Array.of(2, 0, 0, 0, 0, 9) });
      rtnetlink.removeLink(index);
    }
  });
});
