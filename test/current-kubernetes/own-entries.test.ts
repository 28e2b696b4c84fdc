import assert from 'node:assert/strict';
import { leaseWrites, sessionWrites, statusWrites } from '../vectors/own-entries.js';
import { agentOn, groupsPath, leasesPath, serviceAccount, startPolicedServer } from './policed-server.js';
import { type Answer, buildDeadlineMs, type Caller, type CurrentServer, currentServerProgram } from './server.js';

for (const emulated of [undefined, '1.31'])
  describe(`the policy for agents on ${emulated === undefined ? 'the newest Kubernetes' : `one that emulates ${emulated}`}`, function () {
    this.timeout(60_000);
    let server: CurrentServer;
    before(async function () {
      this.timeout(buildDeadlineMs);
      const program = await currentServerProgram();
      if (program === undefined) this.skip();
      server = await startPolicedServer(program, emulated);
    });
    after(() => server?.stop());

    const allowed = ({ status, body }: Answer) => assert.ok(status < 300, `${status}: ${body.message}`);
    const denied = ({ status, body }: Answer, message: RegExp) => {
      assert.equal(status, 403, JSON.stringify(body));
      assert.match(body.message ?? '', /ValidatingAdmissionPolicy 'openelb-agent-own-entries'.* denied request/);
      assert.match(body.message ?? '', message);
    };

    /** A group that has a status; what becomes of a write of another by somebody. It is gone afterwards. */
    async function write(o: {
      before?: object;
      after?: object;
      members?: readonly string[];
      by: Caller;
      change?: object;
    }) {
      const members = (o.members ?? ['n1', 'n2']).map((node, at) => ({ node, priority: Math.max(1, 255 - at) }));
      const spec = { protocol: 'bgp', addresses: ['192.0.2.1'], members };
      const group = {
        apiVersion: 'network.kubesphere.io/v1alpha2',
        kind: 'VipGroup',
        metadata: { name: 'lan-0' },
        spec,
      };
      const path = `${groupsPath}/lan-0`;
      const created = await server.call('POST', groupsPath, group);
      allowed(created);
      try {
        const { body } = o.before
          ? await server.call('PUT', `${path}/status`, { ...created.body, status: o.before })
          : created;
        assert.deepEqual(body.status, o.before, 'the server has stored it as it is');
        return await server.call('PUT', `${path}/status`, { ...body, ...o.change, status: o.after }, o.by);
      } finally {
        await server.call('DELETE', path);
      }
    }

    for (const { claim, before, after, members, refused } of statusWrites)
      it(`${refused ? 'refuses' : 'lets'} an agent write ${claim}`, async () => {
        const answer = await write({
          by: agentOn('n1'),
          ...(before && { before }),
          ...(after && { after }),
          ...(members && { members }),
        });
        if (refused) denied(answer, refused);
        else allowed(answer);
      });

    for (const { claim, plural, before, after, refused } of sessionWrites)
      it(`${refused ? 'refuses' : 'lets'} an agent write, into ${plural}, ${claim}`, async () => {
        const kind = plural === 'bgppeers' ? 'BgpPeer' : 'BgpConf';
        const spec =
          plural === 'bgppeers' ? { conf: { neighborAddress: '192.0.2.254', peerAs: 64513 } } : { as: 64512 };
        const path = groupsPath.replace('vipgroups', plural);
        const object = { apiVersion: 'network.kubesphere.io/v1alpha2', kind, metadata: { name: 'default' }, spec };
        const created = await server.call('POST', path, object);
        allowed(created);
        try {
          const at = `${path}/default/status`;
          const { body } = before ? await server.call('PUT', at, { ...created.body, status: before }) : created;
          assert.deepEqual(body.status, before, 'the server has stored it as it is');
          const answer = await server.call('PUT', at, { ...body, status: after }, agentOn('n1'));
          if (refused) denied(answer, refused);
          else allowed(answer);
        } finally {
          await server.call('DELETE', `${path}/default`);
        }
      });

    for (const { claim, bound = 'n1', lease, refused } of leaseWrites)
      it(`${refused ? 'refuses' : 'lets'} an agent write ${claim}`, async () => {
        const object = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', ...lease };
        const path = `${leasesPath}/${lease.metadata.name}`;
        const judge = (answer: Answer) => (refused ? denied(answer, refused) : allowed(answer));
        judge(await server.call('POST', `${leasesPath}?dryRun=All`, object, agentOn(bound)));
        const { body } = await server.call('POST', leasesPath, object);
        judge(await server.call('PUT', path, body, agentOn(bound)));
        allowed(await server.call('DELETE', path));
      });

    it('refuses a token that is bound to no Pod, or to two nodes', async () => {
      for (const by of [agentOn(), agentOn('n1', 'n2')])
        denied(await write({ by, after: { members: [{ node: 'n1' }] } }), /must be bound to its Pod/);
    });

    it('goes by the members that the group has, not by those that the agent sends along', async () => {
      const spec = { protocol: 'bgp', addresses: ['192.0.2.1'], members: [{ node: 'n1', priority: 1 }] };
      const answer = await write({ by: agentOn('n1'), members: ['n2'], after: { holder: 'n1' }, change: { spec } });
      denied(answer, /holder only to say/);
    });

    it('lets the controller, an administrator and agents of other installations write all of it', async () => {
      const after = { holder: 'n2', members: [{ node: 'n2', state: 'Lost' }] };
      const elsewhere = 'system:serviceaccount:elsewhere:openelb-agent';
      for (const user of [serviceAccount('openelb-controller'), 'somebody', elsewhere])
        allowed(await write({ by: { user }, after }));
    });
  });
