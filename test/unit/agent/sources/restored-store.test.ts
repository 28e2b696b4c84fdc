import assert from 'node:assert/strict';
import { watchOwnGroups } from '../../../../src/agent/sources/own-groups.js';
import { groupLabels } from '../../../../src/api/group-labels.js';
import { type ApiClient, openClient } from '../../../../src/platform/kubernetes/client.js';
import { fixedConnection } from '../../../../src/platform/kubernetes/connection.js';
import { silentLogger } from '../../../../src/platform/observability/log.js';
import { eventually } from '../../platform/kubernetes/eventually.js';
import { type FaultServer, startFaultServer } from '../../platform/kubernetes/fault-server.js';
import { createManualClock } from '../../platform/kubernetes/manual-clock.js';

/** Versions go back in time then, of objects that are the same all the same. */
describe('an agent whose API server comes back with an earlier copy of its store', () => {
  const clock = createManualClock();
  let server: FaultServer;
  let client: ApiClient;
  let groups: ReturnType<typeof watchOwnGroups>;

  beforeEach(async () => {
    server = await startFaultServer();
    client = openClient(fixedConnection({ server: server.url }), { clock });
  });
  afterEach(async () => {
    await groups.stop();
    client.close();
    await server.stop();
  });

  it('follows what its groups say from then on', async () => {
    const put = (address: string) =>
      server.put({
        metadata: { name: 'x', uid: 'x', labels: groupLabels('x', [{ node: 'a' }]) } as never,
        spec: { protocol: 'vip', addresses: [address], members: [{ node: 'a', priority: 254 }] },
      });
    const early = put('192.0.2.1');
    server.tick(1_000);
    put('192.0.2.2');
    groups = watchOwnGroups({
      client,
      resource: { group: 'g', version: 'v', plural: 'vipgroups', kind: 'VipGroup', namespaced: false },
      node: 'a',
      admit: (each) => ({ object: each as never }),
      onProblem: () => {},
      onChange: () => {},
      log: silentLogger(),
      clock,
    });
    await groups.synced;
    const has = (address: string) => groups.get('x')?.spec.addresses[0] === address;
    assert.ok(has('192.0.2.2'));
    await eventually('both watch', () => server.watchers.length === 2);
    server.restore(101, [early]);
    for (const watcher of [...server.watchers]) watcher.reset();
    await eventually('it has the earlier one', () => {
      clock.advance(100);
      return has('192.0.2.1');
    });
    put('192.0.2.3');
    await eventually('it has what follows', () => {
      clock.advance(100);
      return has('192.0.2.3');
    });
  });
});
