import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createVirtualMacInterface, type VirtualMacInterface } from '../../src/platform/linux/macvlan.js';
import { openRtnetlink, type Rtnetlink } from '../../src/platform/linux/rtnetlink.js';
import { openSysctls, type Sysctls } from '../../src/platform/linux/sysctl.js';
import { openSysctlJournal } from '../../src/platform/linux/sysctl-journal.js';
import { eventually } from '../lab/eventually.js';
import { arpAnswers } from './arp-answers.js';
import { programUrl } from './programs/start-program.js';
import { openTwoHosts, requireRoot, type TwoHosts } from './two-hosts.js';

const name = 'vrrp.51';
const mac = Uint8Array.of(0x00, 0x00, 0x5e, 0x00, 0x01, 0x33);

describe('virtual MAC interface', function () {
  this.timeout(60_000);
  let hosts: TwoHosts;
  let rtnetlink: Rtnetlink;
  let parentIndex: number;
  const sysctls = openSysctls();
  const made: VirtualMacInterface[] = [];

  before(function () {
    requireRoot(this);
    hosts = openTwoHosts('vmac');
    rtnetlink = hosts.inA(openRtnetlink);
    parentIndex = rtnetlink.links().find((link) => link.name === 'va')!.index;
  });
  afterEach(() => {
    for (const each of made.splice(0)) rtnetlink.removeLink(each.interfaceIndex);
    if (hosts !== undefined) hosts.inA(() => sysctls.restore());
  });
  after(() => {
    rtnetlink?.close();
    hosts?.close();
  });

  function create(o: { name: string; parentIndex: number; mac: Uint8Array }): VirtualMacInterface {
    const virtual = hosts.inA(() => createVirtualMacInterface({ rtnetlink, sysctls }, o));
    made.push(virtual);
    return virtual;
  }
  const read = (path: string): string | undefined => hosts.inA(() => openSysctls().get(path));
  const link = () => rtnetlink.links().find((each) => each.name === name);

  it('is a private macvlan with the MAC, down until asked', () => {
    const virtual = create({ name, parentIndex, mac });
    const { index, kind, up, mac: actual, parentIndex: parent } = link()!;
    assert.deepEqual(
      { index, kind, up, parent, mac: [...actual] },
      { index: virtual.interfaceIndex, kind: 'macvlan', up: false, parent: parentIndex, mac: [...mac] },
    );
    assert.match(hosts.onA('-d', 'link', 'show', name), /macvlan mode private/);
    virtual.raise();
    assert.equal(link()!.up, true);
  });

  it('falls silent, and speaks again, and goes while it is silent', async () => {
    const virtual = create({ name, parentIndex, mac });
    // The kernel tells of a carrier later, from a worker of its own (linkwatch).
    const speaks = (running: boolean) =>
      eventually(`${running ? 'a' : 'no'} carrier`, () => link()!.up && link()!.running === running);
    virtual.raise();
    await speaks(true);
    virtual.silence();
    await speaks(false);
    virtual.raise();
    await speaks(true);
    virtual.silence();
    rtnetlink.removeLink(made.splice(0)[0]!.interfaceIndex);
    assert.equal(link(), undefined);
  });

  it('gets no link-local address from the virtual MAC', () => {
    create({ name, parentIndex, mac }).raise();
    assert.deepEqual(rtnetlink.addresses(link()!.index), []);
  });

  it('carries addresses that its host answers ARP for with the virtual MAC only', () => {
    const virtual = create({ name, parentIndex, mac });
    virtual.raise();
    hosts.onB('address', 'add', '10.9.0.2/24', 'dev', 'vb');
    hosts.onA('address', 'add', '10.9.0.1/24', 'dev', 'va');
    rtnetlink.putAddresses([
      { interfaceIndex: virtual.interfaceIndex, address: Uint8Array.of(10, 9, 0, 100), lifetimeSeconds: 60 },
    ]);
    assert.deepEqual(arpAnswers(hosts, '10.9.0.100'), ['00:00:5E:00:01:33']);
  });

  it('is reached by packets, too, where reverse paths are filtered strictly on every interface', () => {
    const write: Sysctls = openSysctls();
    hosts.inA(() => write.set('ipv4/conf/all/rp_filter', '1'));
    const virtual = create({ name, parentIndex, mac });
    virtual.raise();
    hosts.onB('address', 'replace', '10.9.0.2/24', 'dev', 'vb');
    hosts.onA('address', 'replace', '10.9.0.1/24', 'dev', 'va');
    rtnetlink.putAddresses([
      { interfaceIndex: virtual.interfaceIndex, address: Uint8Array.of(10, 9, 0, 100), lifetimeSeconds: 60 },
    ]);
    assert.deepEqual(arpAnswers(hosts, '10.9.0.100'), ['00:00:5E:00:01:33']);
    assert.match(hosts.execOnB('ping', '-c', '1', '-W', '2', '10.9.0.100'), /1 received/);
    hosts.inA(() => write.restore());
  });

  it('sets what ARP and reverse path filtering need, and puts back the values it found', () => {
    const watched: Record<string, [before: string, during: string]> = {
      'ipv4/conf/va/arp_ignore': ['0', '1'],
      'ipv4/conf/va/arp_filter': ['0', '1'],
      'ipv4/conf/va/arp_announce': ['0', '2'],
      'ipv4/conf/va/rp_filter': ['1', '1'],
      'ipv4/conf/all/rp_filter': ['1', '1'],
    };
    const write: Sysctls = openSysctls();
    hosts.inA(() => {
      for (const [path, [before]] of Object.entries(watched)) write.set(path, before);
    });
    create({ name, parentIndex, mac });
    for (const [path, [, during]] of Object.entries(watched)) assert.equal(read(path), during, path);
    assert.equal(read(`ipv4/conf/${name}/rp_filter`), '2');
    assert.equal(read(`ipv4/conf/${name}/arp_ignore`), '1');
    assert.equal(read(`ipv6/conf/${name}/addr_gen_mode`), '1');
    rtnetlink.removeLink(made.splice(0)[0]!.interfaceIndex);
    hosts.inA(() => sysctls.restore());
    for (const [path, [before]] of Object.entries(watched)) assert.equal(read(path), before, path);
  });

  describe('in a life that is killed', () => {
    const watched = ['arp_ignore', 'arp_filter', 'arp_announce'].map((each) => `ipv4/conf/va/${each}`);
    const values = () => watched.map(read);
    let file: string;
    const live = (boot = 'this boot') => openSysctls(openSysctlJournal(file, boot));
    const begin = () => {
      const before: Sysctls = openSysctls();
      hosts.inA(() => {
        for (const path of watched) before.set(path, '0');
        const killed = live();
        made.push(createVirtualMacInterface({ rtnetlink, sysctls: killed }, { name, parentIndex, mac }));
      });
      assert.deepEqual(values(), ['1', '1', '2']);
    };

    beforeEach(() => {
      file = join(mkdtempSync(join(tmpdir(), 'settings-')), 'deep', 'settings.json');
    });
    afterEach(() => rmSync(dirname(dirname(file)), { recursive: true }));

    it('leaves a note by which the next one puts them back, once', () => {
      begin();
      const restored = hosts.inA(() => live().restoreLeftovers());
      for (const path of watched) assert.ok(restored.includes(`${path}=0`), restored.join());
      assert.deepEqual(values(), ['0', '0', '0']);
      assert.deepEqual(
        hosts.inA(() => live().restoreLeftovers()),
        [],
      );
      assert.ok(!existsSync(file));
    });

    it('and has others set them since, keeps what they set', () => {
      begin();
      hosts.inA(() => openSysctls().set(watched[0]!, '8'));
      hosts.inA(() => live().restoreLeftovers());
      assert.deepEqual(values(), ['8', '0', '0']);
    });

    it('and is followed by another boot, leaves the settings to that', () => {
      begin();
      assert.deepEqual(
        hosts.inA(() => live('the next boot').restoreLeftovers()),
        [],
      );
      assert.deepEqual(values(), ['1', '1', '2']);
    });

    it('leaves no note when it ends in good order', () => {
      begin();
      hosts.inA(() => {
        const next = live();
        next.restoreLeftovers();
        next.set(watched[0]!, '2');
        assert.ok(existsSync(file));
        next.restore();
      });
      assert.equal(read(watched[0]!), '0');
      assert.ok(!existsSync(file));
    });

    it('writes nothing that a damaged or forged note says', () => {
      mkdirSync(dirname(file), { recursive: true });
      for (const text of [
        '{',
        '[]',
        JSON.stringify({ boot: 'this boot', changes: [{ path: '../kernel/panic', before: '1', after: '0' }, 5] }),
      ]) {
        writeFileSync(file, text);
        assert.deepEqual(
          hosts.inA(() => live().restoreLeftovers()),
          [],
        );
      }
    });
  });

  describe('where /proc/sys is read-only, as in a Pod,', () => {
    let folder: string;
    const inPod = (...args: readonly string[]): readonly string[] => {
      const readOnly = 'mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys && exec "$@"';
      const program = [process.execPath, ...process.execArgv, fileURLToPath(programUrl('read-only-settings'))];
      const command = ['netns', 'exec', hosts.a, 'sh', '-c', readOnly, 'sh', ...program, ...args];
      return JSON.parse(execFileSync('ip', command, { encoding: 'utf8' }));
    };
    const settings = ['va', name].flatMap((each) =>
      ['arp_ignore', 'arp_filter', 'arp_announce', 'rp_filter'].map((key) => `ipv4/conf/${each}/${key}`),
    );

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'settings-'));
      hosts.onB('address', 'replace', '10.9.0.2/24', 'dev', 'vb');
      hosts.onA('address', 'replace', '10.9.0.1/24', 'dev', 'va');
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    it('has all the same what keeps other MACs from answering, and says what it has not', () => {
      const before = settings.slice(0, 4).map(read);
      const unset = inPod('make', 'va', name, join(folder, 'journal'));
      assert.deepEqual(
        settings.map(read).filter((_, index) => ![3, 5, 6].includes(index)),
        ['1', '1', '2', '1', '2'],
      );
      assert.equal(read(`ipv6/conf/${name}/addr_gen_mode`), '1');
      assert.deepEqual(
        unset.map((each) => each.replace(/=.*/, '')),
        ['accept_ra', 'autoconf', 'router_solicitations'].map((key) => `ipv6/conf/${name}/${key}`),
      );
      assert.deepEqual(arpAnswers(hosts, '10.9.0.100'), ['00:00:5E:00:01:33']);
      assert.equal(arpAnswers(hosts, '10.9.0.1').length, 1, 'nor does the virtual MAC answer for the node');
      inPod('end', 'va', name, join(folder, 'journal'));
      assert.deepEqual(settings.slice(0, 4).map(read), before);
    });
  });

  it('replaces what an earlier life left behind', () => {
    const first = create({ name, parentIndex, mac });
    const second = create({ name, parentIndex, mac });
    assert.notEqual(first.interfaceIndex, second.interfaceIndex);
    assert.equal(link()!.index, second.interfaceIndex);
  });

  it('is refused, with the reason, when the name is taken or the parent is missing', () => {
    assert.throws(() => create({ name: 'va', parentIndex, mac }), {
      name: 'LinuxError',
      code: 'EEXIST',
      message: /create macvlan va/,
    });
    assert.throws(() => create({ name, parentIndex: 4711, mac }), { code: 'ENODEV' });
  });

  it('cannot be switched on while another on the same NIC is up with its MAC', () => {
    create({ name, parentIndex, mac }).raise();
    const other = create({ name: 'vrrp.52', parentIndex, mac });
    assert.throws(() => other.raise(), { name: 'LinuxError', code: 'EADDRINUSE' });
  });
});
