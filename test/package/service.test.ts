import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { architectureOf } from '../../scripts/packaging/architecture.js';
import { debianPackage } from '../../scripts/packaging/debian-package.js';
import { source } from '../../scripts/packaging/image.js';
import { type BootedMachine, bootMachine } from '../lab/booted-machine.js';
import { eventually } from '../lab/eventually.js';

const unit = 'openelb-vip.service';
const vip = '192.0.2.5';
const manifest = JSON.stringify({
  apiVersion: 'network.kubesphere.io/v1alpha2',
  kind: 'VipGroup',
  metadata: { name: 'api' },
  spec: {
    protocol: 'vip',
    interface: 'eth0',
    addresses: [vip],
    vrrp: { virtualRouterId: 5, advertisementInterval: '250ms' },
    members: [{ node: 'one', address: '192.0.2.11', priority: 254 }],
  },
});

describe("Debian's package on a machine with systemd", function () {
  this.timeout(120_000);
  let machine: BootedMachine;
  let first: Buffer;

  before(async () => {
    first = (await debianPackage(architectureOf(undefined), await source())).data;
    machine = await bootMachine('one', '192.0.2.11/24');
  });
  after(() => machine?.end());

  const install = async (data: Buffer) => {
    machine.write('/tmp/openelb-vip.deb', data);
    return machine.run('dpkg', '--install', '/tmp/openelb-vip.deb');
  };
  const main = async () => Number(await machine.property(unit, 'MainPID'));
  const holds = async () => (await machine.run('ip', '-brief', 'address', 'show', 'eth0')).includes(`${vip}/32`);

  it('is the same to the byte when it is made again', async () => {
    assert.ok((await debianPackage(architectureOf(undefined), await source())).data.equals(first));
  });

  it('is a service that runs as soon as it is installed, and says that it is ready', async () => {
    await install(first);
    assert.equal(await machine.property(unit, 'ActiveState'), 'active');
    assert.equal(await machine.property(unit, 'Type'), 'notify');
    await eventually('its word to people', async () => (await machine.property(unit, 'StatusText')) === 'source ok');
    assert.equal(await machine.run('systemctl', 'is-enabled', unit), 'enabled');
  });

  it('holds the address of a manifest that comes into its folder, with real-time scheduling', async () => {
    machine.write('/etc/openelb-vip/api.json', manifest);
    await eventually('the address to be held', holds);
    assert.match(await machine.run('openelb-vip', 'status', '--local'), /^api .*\bActive\b/m);
    const tasks = machine.path(`/proc/${await main()}/task`);
    const policies = readdirSync(tasks).map((task) => readFileSync(`${tasks}/${task}/sched`, 'utf8'));
    assert.equal(policies.filter((each) => /^policy\s*:\s*2$/m.test(each)).length, 1); // SCHED_RR, the engine
  });

  it('is reloaded without a gap: systemd waits until it has read again', async () => {
    const before = await main();
    machine.write('/etc/openelb-vip/wrong.json', '{');
    await machine.run('systemctl', 'reload', unit);
    await eventually('the wrong manifest to be told', async () =>
      (await machine.property(unit, 'StatusText')).includes('wrong.json'),
    );
    await machine.run('rm', '/etc/openelb-vip/wrong.json');
    assert.equal(await main(), before);
    assert.equal(await machine.property(unit, 'SubState'), 'running');
    assert.ok(await holds());
  });

  it('is killed and started anew by systemd when it says nothing for the length of its patience', async () => {
    await machine.run('mkdir', '-p', `/etc/systemd/system/${unit}.d`);
    machine.write(`/etc/systemd/system/${unit}.d/patience.conf`, '[Service]\nWatchdogSec=2s\n');
    await machine.run('systemctl', 'daemon-reload');
    await machine.run('systemctl', 'restart', unit);
    const before = await main();
    await eventually('the address to be held', holds);
    await machine.run('kill', '-STOP', String(before));
    await eventually('another process', async () => ![0, before].includes(await main()));
    await eventually('the address to be held again', holds);
    assert.match(await machine.run('journalctl', '--unit', unit, '--no-pager'), /Watchdog timeout/);
  });

  it('that is upgraded keeps what people changed, hands over, and holds the address again', async () => {
    const settings = '/etc/default/openelb-vip';
    const changed = `${readFileSync(machine.path(settings), 'utf8')}OPENELB_LOG_LEVEL=debug\n`;
    machine.write(settings, changed);
    const of = await source();
    const next = await debianPackage(architectureOf(undefined), { ...of, version: '99.0.0' });
    const before = await main();
    await install(next.data);
    assert.notEqual(await main(), before);
    assert.equal(await machine.property(unit, 'ActiveState'), 'active');
    assert.match(await machine.run('dpkg', '--status', 'openelb-vip'), /^Version: 99\.0\.0-1$/m);
    assert.equal(readFileSync(machine.path(settings), 'utf8'), changed);
    assert.match(await machine.run('journalctl', '--unit', unit, '--no-pager'), /stopping: handing over.*SIGTERM/);
    await eventually('the address to be held again', holds);
  });

  it('that is removed lets go of the address, and leaves settings, manifests and what it remembers', async () => {
    await machine.run('dpkg', '--remove', 'openelb-vip');
    assert.ok(!(await holds()));
    for (const path of ['/etc/default/openelb-vip', '/etc/openelb-vip/api.json', '/var/lib/openelb-vip'])
      assert.ok(existsSync(machine.path(path)), path);
    assert.ok(!existsSync(machine.path('/usr/lib/openelb-vip')));
  });

  it('that is purged leaves nothing but the manifests that people wrote', async () => {
    await machine.run('dpkg', '--purge', 'openelb-vip');
    const found = await machine.run('find', '/etc', '/usr', '/var/lib', '/lib', '-path', '*openelb-vip*');
    const left = found.split('\n').filter((path) => !path.startsWith(`/etc/systemd/system/${unit}.d`));
    assert.deepEqual(left, ['/etc/openelb-vip', '/etc/openelb-vip/api.json']);
    await assert.rejects(machine.run('systemctl', 'cat', unit), /No files found/);
  });
});
