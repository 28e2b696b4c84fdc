import assert from 'node:assert/strict';
import { openRtnetlink, type Rtnetlink } from '../../src/platform/linux/rtnetlink.js';
import { eventually } from '../lab/eventually.js';
import { openTwoHosts, requireRoot, type TwoHosts } from './two-hosts.js';

const anchor = Uint8Array.of(10, 1, 0, 1);
const [routed, other] = [Uint8Array.of(10, 1, 0, 2), Uint8Array.of(10, 1, 0, 3)];

describe('addresses that a route takes packets in for', function () {
  this.timeout(60_000);
  let hosts: TwoHosts;
  let rtnetlink: Rtnetlink;
  let interfaceIndex: number;

  before(function () {
    requireRoot(this);
    hosts = openTwoHosts('routes');
    rtnetlink = hosts.inA(openRtnetlink);
    interfaceIndex = rtnetlink.links().find((link) => link.name === 'va')!.index;
    hosts.onB('address', 'add', '10.1.0.9/24', 'dev', 'vb');
    hosts.onA('address', 'add', '10.1.0.8/24', 'dev', 'va');
  });
  after(() => {
    rtnetlink?.close();
    hosts?.close();
  });
  beforeEach(() => {
    rtnetlink.putAddresses([{ interfaceIndex, address: anchor, lifetimeSeconds: 60 }]);
  });
  afterEach(() => {
    if (rtnetlink === undefined) return;
    rtnetlink.removeAddresses([{ interfaceIndex, address: anchor }]);
    hosts.onB('neigh', 'flush', 'dev', 'vb');
  });

  const local = () => hosts.onA('route', 'show', 'table', 'main', 'type', 'local').trim();
  const isAnswered = (address: string) => {
    try {
      hosts.execOnB('ping', '-c', '1', '-W', '1', address);
      return true;
    } catch {
      return false;
    }
  };

  it('are answered for, by ARP and by IP, and no others', () => {
    assert.deepEqual(rtnetlink.putLocalRoutes({ interfaceIndex, address: anchor }, [routed]), [undefined]);
    assert.ok(isAnswered('10.1.0.2'));
    assert.ok(!isAnswered('10.1.0.3'));
    assert.ok(!hosts.onA('address', 'show', 'dev', 'va').includes('10.1.0.2'));
  });

  it('answer no more when their routes are removed, while another program’s route stays', () => {
    hosts.onA('route', 'add', '10.1.0.2/32', 'via', '10.1.0.9');
    rtnetlink.putLocalRoutes({ interfaceIndex, address: anchor }, [routed, other]);
    assert.match(hosts.onA('route', 'get', '10.1.0.2'), /^local/);
    assert.deepEqual(rtnetlink.removeLocalRoutes([routed, other]), [undefined, undefined]);
    assert.equal(local(), '');
    assert.match(hosts.onA('route', 'get', '10.1.0.2'), /via 10.1.0.9/);
    hosts.onA('route', 'del', '10.1.0.2/32');
  });

  it('go with the address that they name when its lease ends', async () => {
    rtnetlink.putAddresses([{ interfaceIndex, address: anchor, lifetimeSeconds: 2 }]);
    rtnetlink.putLocalRoutes({ interfaceIndex, address: anchor }, [routed, other]);
    assert.equal(local().split('\n').length, 2);
    await eventually('the routes are gone', () => local() === '', { withinMs: 3_000 });
    assert.ok(!hosts.onA('address', 'show', 'dev', 'va').includes('10.1.0.1/'));
  });

  it('go with it when somebody removes it', () => {
    rtnetlink.putLocalRoutes({ interfaceIndex, address: anchor }, [routed, other]);
    hosts.onA('address', 'del', '10.1.0.1/32', 'dev', 'va');
    assert.equal(local(), '');
  });

  it('go with it although the NIC has them by then, which go on', () => {
    rtnetlink.putLocalRoutes({ interfaceIndex, address: anchor }, [routed]);
    rtnetlink.putAddresses([{ interfaceIndex, address: routed, lifetimeSeconds: 60 }]);
    hosts.onA('address', 'del', '10.1.0.1/32', 'dev', 'va');
    assert.equal(local(), '');
    assert.ok(isAnswered('10.1.0.2'));
    rtnetlink.removeAddresses([{ interfaceIndex, address: routed }]);
    assert.ok(!isAnswered('10.1.0.2'));
  });

  it('are refused, by name, where the host has no such address to go with, and where they are there already', () => {
    const codes = (results: ReturnType<Rtnetlink['putLocalRoutes']>) => results.map((failure) => failure?.code);
    assert.deepEqual(codes(rtnetlink.putLocalRoutes({ interfaceIndex, address: other }, [routed])), ['EINVAL']);
    assert.deepEqual(codes(rtnetlink.putLocalRoutes({ interfaceIndex, address: anchor }, [routed])), [undefined]);
    assert.deepEqual(codes(rtnetlink.putLocalRoutes({ interfaceIndex, address: anchor }, [routed, other])), [
      'EEXIST',
      undefined,
    ]);
    assert.deepEqual(codes(rtnetlink.removeLocalRoutes([routed, routed, other])), [undefined, 'ESRCH', undefined]);
  });

  it('let a program of this host answer from them, as it would from those of a NIC', () => {
    rtnetlink.putLocalRoutes({ interfaceIndex, address: anchor }, [routed]);
    assert.match(hosts.onA('route', 'get', '10.1.0.9', 'from', '10.1.0.2'), /from 10.1.0.2 dev va/);
  });
});
