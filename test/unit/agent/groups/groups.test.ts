import assert from 'node:assert/strict';
import { newGroupsState } from '../../../../src/agent/agent.js';
import type { GroupConfig, Sighting } from '../../../../src/agent/engine/messages.js';
import { hear, withNotes } from '../../../../src/agent/groups/hear.js';
import type { GroupsState } from '../../../../src/agent/groups/state.js';
import { rekey, takeIn } from '../../../../src/agent/groups/take-in.js';
import type { StatusWriter } from '../../../../src/agent/status/status-writer.js';
import { createSupervisor } from '../../../../src/agent/supervisor.js';
import type { VipGroup } from '../../../../src/api/vip-group.js';
import { memberReport } from '../member-report.js';

const group = (name: string, vrrp: Partial<VipGroup['spec']['vrrp']> = {}, node = 'a'): VipGroup => ({
  metadata: { name },
  spec: {
    protocol: 'vip',
    interface: 'eth0',
    addresses: ['192.0.2.100'],
    vrrp: { virtualRouterId: 51, ...vrrp },
    members: [
      { node, priority: 254, address: '192.0.2.1' },
      { node: 'b', priority: 234, address: '192.0.2.2' },
    ],
  },
});
const groups = (...all: readonly VipGroup[]) => new Map(all.map((each) => [each.metadata.name, each]));
const scheduling = { policy: 'normal', reason: 'not allowed' } as const;
const stranger: Sighting = {
  type: 'sighting',
  group: 'web',
  kind: 'stranger',
  offender: '192.0.2.9',
  virtualRouterId: 51,
  interface: 'eth0',
};

describe("this node's groups on the main thread", () => {
  let state: GroupsState;
  let lines: string[];
  let told: string[];
  let commands: { readonly set: readonly GroupConfig[]; readonly release: readonly string[] }[];
  const engine = {
    configure: (set: readonly GroupConfig[], release: readonly string[]) => void commands.push({ set, release }),
  };
  const names = () => commands.map(({ set, release }) => [set.map(({ name }) => name), release]);

  beforeEach(() => {
    lines = [];
    told = [];
    commands = [];
    const line = (text: string) => void lines.push(text);
    const log = { debug: line, info: line, warn: line, error: line } as never;
    const status = {
      report: (report: { group: string }) => void told.push(`report ${report.group}`),
      withdraw: (name: string) => void told.push(`withdraw ${name}`),
      sighting: (sighting: Sighting) => void told.push(`sighting ${sighting.group}`),
      transition: ({ group: of }: { group: string }, isMember: boolean) =>
        void told.push(`transition ${of}${isMember ? '' : ', which it has left'}`),
      findings() {},
    } as unknown as StatusWriter;
    const supervisor = createSupervisor(log, () => 0);
    state = newGroupsState({
      node: 'a',
      stateDir: '/nowhere',
      log,
      checksDir: undefined,
      ofShared: { note() {}, connectionsNotKept() {} },
      status: () => status,
      supervisor,
    });
  });
  afterEach(() => {
    state.spareMemory.stop();
    state.surroundings.stop();
    void state.draining.stop();
    state.tracker.stop();
    state.hooks.kill();
  });

  it('once one is left, tell of it nothing but how its leadership ended', () => {
    state.engine = engine;
    takeIn(state, groups(group('web')));
    hear(state, stranger);
    takeIn(state, groups());
    hear(state, stranger);
    hear(state, { type: 'transition', group: 'web', from: 'Active', to: 'Initialize' } as never);
    assert.deepEqual(told, ['sighting web', 'withdraw web', 'transition web, which it has left']);
  });

  describe('while the engine starts', () => {
    it('take in all that it says', () => {
      for (const event of [
        { type: 'started', wakeFd: 1, scheduling },
        { type: 'log', level: 'warn', message: 'slow', fields: {} },
        stranger,
        { type: 'transition', group: 'web', from: 'Initialize', to: 'Backup' },
        { type: 'member', ...memberReport() },
        { type: 'scheduling', scheduling },
      ] as const)
        hear(state, event as never);
      assert.deepEqual(lines, ['engine started', 'slow', 'foreign advert', 'became Backup']);
      assert.deepEqual(withNotes(state, { members: [] } as never).scheduling, scheduling);
      assert.equal(state.supervisor.problem(), undefined);
    });

    it('have nothing to sign anew when keys change', () => {
      rekey(state);
      assert.deepEqual(commands, []);
    });
  });

  describe('once the engine runs', () => {
    beforeEach(() => {
      state.engine = engine;
    });

    it('are told to it when there are none, too, and then only when one changes', () => {
      takeIn(state, groups());
      const web = group('web');
      const [mail, others] = [group('mail'), group('others', {}, 'c')];
      takeIn(state, groups(web, mail, others));
      takeIn(state, groups(web, mail, others));
      takeIn(state, groups(web, group('mail', { virtualRouterId: 52 }), others));
      assert.deepEqual(names(), [
        [[], []],
        [['web', 'mail'], []],
        [['mail'], []],
      ]);
      assert.equal(state.configured, true);
    });

    it('are released that are gone, or in which the node has no part any more, which their status is told', () => {
      takeIn(state, groups(group('web'), group('mail')));
      takeIn(state, groups(group('mail', {}, 'c')));
      assert.deepEqual(names().at(-1), [[], ['web', 'mail']]);
      assert.deepEqual(told, ['withdraw web', 'withdraw mail']);
    });

    it('go on as they were where nothing can be made of what came, and the others are taken in', () => {
      takeIn(state, groups(group('web')));
      const before = state.applied.get('web');
      const broken = { ...group('web'), spec: { ...group('web').spec, addresses: ['nonsense'] } };
      takeIn(state, groups(broken, group('mail')));
      assert.deepEqual(names().at(-1), [['mail'], []]);
      assert.equal(state.applied.get('web'), before);
      assert.deepEqual([...state.supervisor.counts()], [['group', 1]]);
    });

    it('are told anew by their keys where they are signed, and only those', () => {
      takeIn(
        state,
        groups(group('web'), group('mail', { authentication: { keys: 'lan', keyId: 1, mode: 'enforce' } })),
      );
      commands = [];
      rekey(state);
      assert.deepEqual(names(), [[['mail'], []]]);
    });

    it('have notes of who should not be there, until they are gone', () => {
      takeIn(state, groups(group('web')));
      hear(state, stranger);
      const report = () => withNotes(state, { members: [memberReport({ message: 'slow' })] } as never);
      assert.match(report().members[0]?.message ?? '', /^slow; .*192\.0\.2\.9/);
      takeIn(state, groups());
      assert.equal(report().members[0]?.message, 'slow');
    });

    it('have no status of what the engine says of others', () => {
      takeIn(state, groups(group('web')));
      for (const name of ['web', 'gone']) hear(state, { type: 'member', ...memberReport({ group: name }) });
      assert.deepEqual(told, ['report web']);
    });
  });
});
