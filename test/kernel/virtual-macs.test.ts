import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createVirtualMacs, type VirtualMac, type VirtualMacs } from '../../src/agent/engine/answering/virtual-macs.js';
import type { EngineEvent, GroupConfig } from '../../src/agent/engine/messages.js';
import type { Micros } from '../../src/core/time.js';
import { createVirtualMacInterface } from '../../src/platform/linux/macvlan.js';
import { openRtnetlink, type Rtnetlink } from '../../src/platform/linux/rtnetlink.js';
import { openSysctls } from '../../src/platform/linux/sysctl.js';
import { eventually } from '../lab/eventually.js';
import { arpAnswers } from './arp-answers.js';
import { openTwoHosts, requireRoot, type TwoHosts } from './two-hosts.js';

const group = { name: 'web', family: 4, virtualRouterId: 51 } as GroupConfig;
const address = Uint8Array.of(10, 9, 0, 100);

describe('the virtual MAC of a group', function () {
  this.timeout(60_000);
  let hosts: TwoHosts;
  let rtnetlink: Rtnetlink;
  let virtualMacs: VirtualMacs;
  let virtual: VirtualMac;
  let events: EngineEvent[];
  let now: Micros;
  const renewed = () => {
    now += 1_000_000;
    virtualMacs.work(false);
  };

  before(function () {
    requireRoot(this);
    hosts = openTwoHosts('vmacs');
    rtnetlink = hosts.inA(openRtnetlink);
    hosts.onB('address', 'add', '10.9.0.2/24', 'dev', 'vb');
    hosts.onA('address', 'add', '10.9.0.1/24', 'dev', 'va');
  });
  beforeEach(() => {
    events = [];
    now = 0;
    const sysctls = openSysctls();
    virtualMacs = createVirtualMacs(
      {
        virtualMacs: {
          create: (o) => hosts.inA(() => createVirtualMacInterface({ rtnetlink, sysctls }, o)),
          restore: () => hosts.inA(() => sysctls.restore()),
        },
        rtnetlink,
        now: () => now,
      },
      (event) => events.push(event),
    );
    virtual = virtualMacs.open(rtnetlink.links().find((link) => link.name === 'va')!, group);
  });
  afterEach(() => {
    virtual?.close();
    virtualMacs?.work(false);
    virtualMacs?.removeLeftovers();
  });
  after(() => {
    rtnetlink?.close();
    hosts?.close();
  });

  /** The kernel tells of a carrier later than it has it, from a worker of its own (linkwatch). */
  const shows = (...expected: readonly string[]) => {
    let shown = '';
    return eventually(
      expected.join(),
      () => {
        const links = rtnetlink.links().filter(({ kind }) => kind === 'macvlan');
        shown = links.map(({ name, up, running }) => `${name} ${up ? (running ? 'up' : 'silent') : 'down'}`).join();
        return shown === expected.join();
      },
      { onTimeout: () => `shown: ${shown}` },
    );
  };
  const removeSpent = () => {
    for (const event of events.splice(0))
      if (event.type === 'spent-interface') rtnetlink.removeLink(event.interfaceIndex);
  };
  const lead = () => {
    virtual.raise();
    const { interfaceIndex } = virtual;
    rtnetlink.putAddresses([{ interfaceIndex, address, lifetimeSeconds: 60 }]);
    return () => rtnetlink.removeAddresses([{ interfaceIndex, address }]);
  };
  const answering = () => arpAnswers(hosts, '10.9.0.100');
  const pings = () =>
    spawnSync('ip', ['netns', 'exec', hosts.b, 'ping', '-c', '1', '-W', '1', '10.9.0.100']).status === 0;

  it('goes from interface to interface, each down until its group leads', async () => {
    for (const name of [nameOf(''), nameOf('b'), nameOf('')]) {
      await shows(`${name} down`);
      const dropAddress = lead();
      await shows(`${name} up`);
      virtual.retire();
      dropAddress();
      renewed();
      removeSpent();
    }
    await shows(`${nameOf('b')} down`);
  });

  it('is silent when told so, while what arrives for the address is still answered', async () => {
    const dropAddress = lead();
    assert.deepEqual(answering(), ['00:00:5E:00:01:33']);
    virtual.silence();
    await shows(`${nameOf('')} silent`);
    assert.deepEqual(answering(), []);
    hosts.onB('neigh', 'replace', '10.9.0.100', 'lladdr', '00:00:5e:00:01:33', 'dev', 'vb');
    assert.ok(pings());
    dropAddress();
    assert.ok(!pings());
  });

  it('answers at once when its group leads again', async () => {
    lead()();
    virtual.retire();
    await answersByWhenLeading(nameOf(''));
    renewed();
    await shows(`${nameOf('')} up`);
  });

  it('answers all the same when nobody had the time to remove its former interface', async () => {
    lead()();
    virtual.retire();
    renewed();
    await shows(`${nameOf('')} silent`, `${nameOf('b')} down`);
    await answersByWhenLeading(nameOf('b'));
    removeSpent();
    await shows(`${nameOf('b')} up`);
  });

  it('leaves the settings of the NIC as they were, once the addresses are gone', async () => {
    const setting = () => hosts.inA(() => openSysctls().get('ipv4/conf/va/arp_ignore'));
    assert.equal(setting(), '1');
    const dropAddress = lead();
    virtual.close();
    virtualMacs.work(true);
    assert.equal(setting(), '1');
    dropAddress();
    virtualMacs.work(false);
    assert.equal(setting(), '0');
    removeSpent();
    await shows();
  });

  async function answersByWhenLeading(name: string): Promise<void> {
    lead();
    assert.deepEqual(answering(), ['00:00:5E:00:01:33']);
    await shows(`${name} up`);
  }

  function nameOf(letter: string): string {
    return `vr${rtnetlink.links().find((link) => link.name === 'va')!.index}.4.51${letter}`;
  }
});
