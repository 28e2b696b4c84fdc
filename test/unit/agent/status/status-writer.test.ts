import assert from 'node:assert/strict';
import type { Remembered } from '../../../../src/agent/history/remembered.js';
import { createStatusWriter, type StatusWriter } from '../../../../src/agent/status/status-writer.js';
import type { VipGroup, VipGroupStatus } from '../../../../src/api/vip-group.js';
import { ApiError } from '../../../../src/platform/kubernetes/api-error.js';
import type { ApiClient } from '../../../../src/platform/kubernetes/client.js';
import { silentLogger } from '../../../../src/platform/observability/log.js';
import { eventually } from '../../../lab/eventually.js';
import { memberReport as report } from '../member-report.js';

describe('the status writer', () => {
  let written: { key: string; status: VipGroupStatus; options: object }[];
  let patched: { key: string; operations: object }[];
  let failures: Error[];
  let latest: VipGroup | undefined;
  /** Of the object that comes of a write. */
  let version: string | undefined;
  let writer: StatusWriter;

  beforeEach(() => {
    written = [];
    patched = [];
    failures = [];
    latest = undefined;
    version = undefined;
    const apply = async (_: unknown, key: string, body: { status: VipGroupStatus }, options: object) => {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      written.push({ key, status: body.status, options });
      return version && { metadata: { name: key, resourceVersion: version } };
    };
    const jsonPatch = async (_: unknown, key: string, operations: object) => {
      patched.push({ key, operations });
      latest = undefined;
    };
    const client = { apply, jsonPatch } as unknown as ApiClient;
    writer = createStatusWriter({ client, node: 'a', latest: () => latest, log: silentLogger(), sweepMs: 5 });
  });
  afterEach(() => writer.close());

  it('applies its own part of the status subresource by force, under a field manager of its own', async () => {
    writer.report(report());
    await writer.idle();
    assert.deepEqual(
      written.map(({ key, options }) => [key, options]),
      [['web', { fieldManager: 'openelb-agent-a', force: true, subresource: 'status' }]],
    );
  });

  it('writes several changes as one, and nothing when nothing changed', async () => {
    writer.report(report());
    writer.report(report({ state: 'Active' }));
    await writer.idle();
    writer.report(report({ state: 'Active', held: ['192.0.2.9'], notHeld: [] }));
    await writer.idle();
    assert.equal(written.length, 1);
    assert.equal(written[0]!.status.holder, 'a');
  });

  it('counts on from the transitions that the API server knows of', async () => {
    latest = {
      metadata: { name: 'web' },
      spec: { protocol: 'vip', addresses: [], members: [] },
      status: { transitions: 7 },
    };
    writer.report(report({ state: 'Active' }));
    await writer.idle();
    assert.equal(written[0]!.status.transitions, 8);
  });

  it('does not say it again while the watch has not brought it back, unless that takes very long', async () => {
    version = '12';
    const shown = (resourceVersion: string) => ({
      metadata: { name: 'web', resourceVersion },
      spec: { protocol: 'vip' as const, addresses: [], members: [] },
      status: {},
    });
    latest = shown('11');
    writer.report(report({ state: 'Active' }));
    await writer.idle();
    const wroteAt = performance.now();
    await eventually('it is said again', () => written.length > 1);
    const tookMs = performance.now() - wroteAt;
    assert.ok(tookMs >= 70, `15 sweeps of 5 ms, not ${tookMs} ms`);
    latest = shown('12');
    await eventually('it is said again where the watch has brought it, and it is not shown', () => written.length > 2);
  });

  it('says again that it leads when the status shows another holder or none', async () => {
    writer.report(report({ state: 'Active' }));
    await writer.idle();
    for (const holder of ['b', undefined]) {
      written = [];
      latest = {
        metadata: { name: 'web' },
        spec: { protocol: 'vip', addresses: [], members: [] },
        status: { ...(holder && { holder }) },
      };
      for (const deadline = performance.now() + 2_000; written.length === 0 && performance.now() < deadline; ) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      assert.equal(written[0]?.status.holder, 'a', `shown as ${holder}`);
    }
  });

  it('does not object to another holder while it does not lead', async () => {
    writer.report(report());
    await writer.idle();
    latest = {
      metadata: { name: 'web' },
      spec: { protocol: 'vip', addresses: [], members: [] },
      status: { holder: 'b', members: written[0]!.status.members! },
    };
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(written.length, 1);
  });

  it('says again what it is when somebody else has changed its entry, or taken it out', async () => {
    writer.report(report());
    await writer.idle();
    const [own] = written[0]!.status.members!;
    for (const members of [[{ ...own!, state: 'Lost' as const }], []]) {
      written = [];
      latest = {
        metadata: { name: 'web' },
        spec: { protocol: 'vip', addresses: [], members: [] },
        status: { members },
      };
      for (const deadline = performance.now() + 2_000; written.length === 0 && performance.now() < deadline; ) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      assert.deepEqual(written[0]?.status.members, [own]);
    }
  });

  it('tries again after a failure, with what is true by then', async () => {
    failures = [new Error('the API server is away')];
    writer.report(report());
    await writer.idle();
    writer.report(report({ state: 'Active' }));
    for (const deadline = performance.now() + 2_000; written.length === 0 && performance.now() < deadline; ) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.equal(written[0]?.status.holder, 'a');
  });

  it('takes back what a write left that was done although its answer was lost', async () => {
    const finding = { type: 'KernelAnswers', reason: 'StrictArpOff', message: 'the kernel answers' } as const;
    writer.report(report());
    await writer.idle();
    failures = [new Error('no answer within 10000 ms')];
    writer.findings('web', [finding]);
    await writer.idle();
    writer.findings('web', []);
    await writer.idle();
    assert.equal(written.length, 2);
    assert.equal(written[1]!.status.conditions, undefined);
  });

  it("removes a condition with its words that it says no more, and nobody else's", async () => {
    writer.report(report());
    await writer.idle();
    const condition = (type: string, node: string) => ({
      type,
      status: 'True' as const,
      message: `… (seen by ${node})`,
    });
    latest = {
      metadata: { name: 'web' },
      spec: { protocol: 'vip', addresses: [], members: [] },
      status: {
        members: written[0]!.status.members!,
        conditions: [condition('DuplicateNode', 'b'), condition('KernelAnswers', 'a')],
      },
    };
    await eventually('it is removed', () => patched.length > 0, { everyMs: 1 });
    assert.deepEqual(patched, [
      {
        key: 'web',
        operations: [
          { op: 'test', path: '/status/conditions/1/message', value: '… (seen by a)' },
          { op: 'remove', path: '/status/conditions/1' },
        ],
      },
    ]);
    assert.equal(written.length, 1);
  });

  it('gives up on a group that was deleted', async () => {
    failures = [
      new ApiError({ method: 'PATCH', path: '/x', code: 404, status: { reason: 'NotFound', message: 'gone' } }),
    ];
    writer.report(report());
    await writer.idle();
    assert.deepEqual(written, []);
    assert.deepEqual(failures, []);
  });

  it('takes back everything when the node has no part in the group any more', async () => {
    writer.report(report());
    await writer.idle();
    writer.withdraw('web');
    await writer.idle();
    assert.equal(written.at(-1)!.status, undefined);
  });

  describe('of a node that led a group and has no part in it any more', () => {
    const change = (from: 'Active' | 'Backup', to: 'Active' | 'Initialize', at: number): Remembered => ({
      ...{ at, group: 'web', from, to, reason: to === 'Active' ? 'no-response' : 'shutdown', priority: 254 },
    });
    const refusal = (code: number, message = 'no') =>
      new ApiError({
        method: 'PATCH',
        path: '/x',
        code,
        status: { reason: code === 404 ? 'NotFound' : 'Refused', message },
      });
    const lead = async () => {
      writer.transition(change('Backup', 'Active', 1_000), true);
      writer.report(report({ state: 'Active' }));
      await writer.idle();
    };
    const leave = async () => {
      writer.withdraw('web');
      writer.transition(change('Active', 'Initialize', 2_000), false);
      await writer.idle();
    };

    it('leaves its last word, also what comes after it has left', async () => {
      await lead();
      await leave();
      const { members, holder, formerMembers } = written.at(-1)!.status;
      assert.deepEqual([members, holder], [undefined, undefined]);
      assert.deepEqual(
        formerMembers?.map(({ node, address, history }) => [node, address, history?.map(({ at, to }) => [at, to])]),
        [
          [
            'a',
            report().address,
            [
              ['1970-01-01T00:00:01.000Z', 'Active'],
              ['1970-01-01T00:00:02.000Z', 'Initialize'],
            ],
          ],
        ],
      );
    });

    it('goes on from it as a member again, whether it remembers that itself or the status does', async () => {
      await lead();
      await leave();
      const { formerMembers } = written.at(-1)!.status;
      writer.report(report());
      await writer.idle();
      const again = written.at(-1)!.status;
      assert.deepEqual([again.members![0]!.history, again.formerMembers], [formerMembers![0]!.history, undefined]);
      const status = { formerMembers: formerMembers! };
      latest = { metadata: { name: 'api' }, spec: { protocol: 'vip', addresses: [], members: [] }, status };
      writer.report(report({ group: 'api' }));
      await writer.idle();
      assert.deepEqual(written.at(-1)!.status.members![0]!.history, formerMembers![0]!.history);
    });

    it('says it again where the server fails', async () => {
      await lead();
      failures = [refusal(500, 'etcdserver: request timed out')];
      await leave();
      await eventually('it is said', () => written.at(-1)!.status.formerMembers !== undefined, { everyMs: 1 });
    });

    for (const [code, why] of [
      [403, 'by a webhook'],
      [422, 'no'],
      [500, '.status.formerMembers: field not declared in schema'],
    ] as const)
      it(`takes back what it said as a member all the same where its last word is refused: ${code} ${why}`, async () => {
        await lead();
        failures = [refusal(code, why)];
        await leave();
        await eventually('it is taken back', () => written.length > 1, { everyMs: 1 });
        assert.equal(written.at(-1)!.status, undefined);
      });

    it('says nothing of a group that is gone altogether', async () => {
      await lead();
      failures = [refusal(404)];
      await leave();
      writer.transition(change('Backup', 'Active', 3_000), false);
      await writer.idle();
      assert.ok(written.every(({ status }) => status?.formerMembers === undefined));
    });

    it('remembers that of the latest 256 groups', async () => {
      const group = (at: number) => `group-${at}`;
      for (let at = 0; at <= 256; at += 1) {
        writer.transition({ ...change('Backup', 'Active', 1_000), group: group(at) }, true);
        writer.withdraw(group(at));
      }
      await writer.idle();
      written = [];
      for (const at of [0, 256]) writer.report(report({ group: group(at) }));
      await writer.idle();
      assert.deepEqual(
        written.map(({ key, status }) => [key, status.members![0]!.history?.length]),
        [
          [group(0), undefined],
          [group(256), 1],
        ],
      );
    });
  });

  it('says in the member entry that a spec was refused, and takes it back', async () => {
    writer.report(report());
    writer.refused('web', 'spec.interface: is missing');
    await writer.idle();
    writer.refused('web', undefined);
    await writer.idle();
    assert.match(written[0]!.status.members![0]!.message!, /refused.*spec\.interface/);
    assert.equal(written[1]!.status.members![0]!.message, undefined);
  });
});
