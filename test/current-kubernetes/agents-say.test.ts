import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { MemberReport } from '../../src/agent/engine/messages.js';
import {
  type MemberRecord,
  newRecord,
  statusOf,
  withFindings,
  withReport,
} from '../../src/agent/status/member-status.js';
import type { Finding } from '../../src/agent/surroundings/findings.js';
import type { VipGroupStatus } from '../../src/api/vip-group.js';
import { agentOn, groupsPath, startPolicedServer } from './policed-server.js';
import { buildDeadlineMs, type CurrentServer, currentServerProgram } from './server.js';

const nodes = ['n1', 'n2', 'n3'] as const;
const head = { apiVersion: 'network.kubesphere.io/v1alpha2', kind: 'VipGroup' };

/** What happens on one node. */
interface Turn {
  readonly node: (typeof nodes)[number];
  readonly state: 'Initialize' | 'Backup' | 'Active' | 'withdrawn';
  readonly reason: string;
  /** Of a leader: whether it answers for the group's address. */
  readonly holds: boolean;
  readonly findings: readonly Finding['type'][];
}

const turn: fc.Arbitrary<Turn> = fc.record({
  node: fc.constantFrom(...nodes),
  state: fc.constantFrom('Initialize', 'Backup', 'Active', 'Active', 'withdrawn'),
  reason: fc.constantFrom('startup', 'silent'),
  holds: fc.boolean(),
  findings: fc.subarray(['KernelAnswers', 'OutsideSubnet'] as const),
});

const address = '192.0.2.1';
const report = ({ state, reason, holds }: Turn): MemberReport => ({
  group: 'lan-0',
  state: state === 'withdrawn' ? 'Initialize' : state,
  priority: 100,
  interface: 'eth0',
  address: '192.0.2.11',
  reason,
  activeSource: undefined,
  reasons: [],
  message: undefined,
  held: state === 'Active' && holds ? [address] : [],
  notHeld: state === 'Active' && !holds ? [{ address, reason: 'AnsweredElsewhere', message: '02:00:00:00:00:66' }] : [],
});

describe('the policy for agents on the newest Kubernetes', function () {
  this.timeout(300_000);
  let server: CurrentServer;
  before(async function () {
    this.timeout(buildDeadlineMs);
    const program = await currentServerProgram();
    if (program === undefined) this.skip();
    server = await startPolicedServer(program);
  });
  after(() => server?.stop());

  it('lets agents say all that they have to, one after the other, whatever happens on their nodes', async () => {
    let made = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 12 }), async (turns) => {
        const name = `lan-${made++}`;
        const members = nodes.map((node, at) => ({ node, priority: 254 - at }));
        const spec = { protocol: 'bgp', addresses: [address], members };
        await server.call('POST', groupsPath, { ...head, metadata: { name }, spec });
        const records = new Map<string, MemberRecord>();
        let shown: VipGroupStatus | undefined;
        for (const [at, each] of turns.entries()) {
          const now = new Date(Date.UTC(2026, 0, 1) + at * 1000).toISOString().replace('.000Z', 'Z');
          const before = records.get(each.node) ?? newRecord(now);
          const found = each.findings.map((type) => ({ type, reason: 'StrictArpOff' as const, message: 'so' }));
          const record = withFindings(withReport(before, report(each), each.node, shown, now), found, now);
          if (each.state === 'withdrawn') records.delete(each.node);
          else records.set(each.node, record);
          const part = each.state === 'withdrawn' ? {} : { status: statusOf(record, each.node) };
          // As src/agent/status-writer.ts applies it.
          const path = `${groupsPath}/${name}/status?fieldManager=openelb-agent-${each.node}&force=true`;
          const said = await server.call('PATCH', path, { ...head, metadata: { name }, ...part }, agentOn(each.node));
          assert.equal(said.status, 200, `${said.body.message}: ${JSON.stringify({ shown, part })}`);
          shown = said.body.status as VipGroupStatus | undefined;
        }
        await server.call('DELETE', `${groupsPath}/${name}`);
      }),
      { numRuns: 200 },
    );
  });
});
