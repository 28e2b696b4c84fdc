import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { eventually } from '../lab/eventually.js';
import { startRouter } from '../lab/routers/start.js';
import { loadBalancer, vipPool } from '../lab/stack.js';
import { panels, recordedPanels } from './dashboard.js';
import { type MonitoredStack, startMonitoredStack } from './monitored-stack.js';
import { alertRules } from './rules.js';

const api = 'network.kubesphere.io/v1alpha2';

/** Brought about elsewhere: alerts.yaml has when they speak; what they go by is tested by test/cluster/metallb. */
const notHere = ['OpenelbMetallbKindUnread'];

describe('what Prometheus says of a real cluster', function () {
  this.timeout(120_000);
  let monitored: MonitoredStack;
  const spoken = new Set<string>();

  before(async () => {
    monitored = await startMonitoredStack(`monitoring${process.pid}`, '1s');
  });
  after(() => monitored?.stack.lab.close());

  /** Waits for alerts, with labels that the first one of each name has among others. */
  async function speaks(wanted: Readonly<Record<string, Readonly<Record<string, string>>>>): Promise<void> {
    for (const [name, labels] of Object.entries(wanted)) {
      let last: unknown;
      await eventually(
        `${name} ${JSON.stringify(labels)} firing`,
        async () => {
          const alerts = await monitored.prometheus.alerts();
          last = alerts;
          return alerts.some(
            (each) =>
              each.name === name &&
              each.state === 'firing' &&
              Object.entries(labels).every(([key, value]) => (each.labels as Record<string, string>)[key] === value),
          );
        },
        { withinMs: 25_000, everyMs: 250, onTimeout: () => JSON.stringify(last) },
      );
      spoken.add(name);
    }
  }

  const silent = (...names: readonly string[]) =>
    eventually(
      `${names} over`,
      async () => (await monitored.prometheus.alerts()).every(({ name }) => !names.includes(name)),
      { withinMs: 20_000, everyMs: 250 },
    );

  it('no alert while all is well', async () => {
    const { stack, prometheus } = monitored;
    await stack.apply(
      vipPool({ address: '10.77.0.100-10.77.0.119', interval: '100ms', groups: 1 }),
      loadBalancer('web'),
    );
    await stack.holderOf(await stack.addressOf('web'));
    await stack.settled();
    // What is true for a moment, such as while a group is handed over between two scrapes, is no alert yet.
    const firing = async () => (await prometheus.alerts()).filter(({ state }) => state === 'firing');
    await eventually('no alert any more', async () => (await firing()).length === 0, { withinMs: 20_000 });
    for (let i = 0; i < 6; i++) {
      assert.deepEqual(await firing(), []);
      await wait(500);
    }
  });

  it('pools that are full, Services that wait, addresses that nobody announces, routers without a session', async () => {
    const { stack } = monitored;
    const routerHost = await stack.lab.addHost('router', 1);
    await startRouter('bird', stack.lab.folder, routerHost, {
      as: 50_001,
      neighbors: stack.nodes.map(({ host }) => ({ at: { address: host.address }, as: 50_000, passive: true })),
    });
    const pool = (name: string, address: string, more: object) => ({
      ...vipPool({ address }),
      metadata: { name },
      spec: { ...vipPool({ address }).spec, ...more },
    });
    const peer = (name: string, neighborAddress: string) => ({
      apiVersion: api,
      kind: 'BgpPeer',
      metadata: { name },
      spec: { conf: { peerAs: 50_001, neighborAddress } },
    });
    const of = (eip: string) => ({ 'eip.openelb.kubesphere.io/v1alpha2': eip });
    await stack.apply(
      pool('small', '10.77.0.130', {}),
      pool('nowhere', '10.77.0.140-10.77.0.149', { interface: 'eth9' }),
      pool('routed', '192.0.2.1-192.0.2.9', { protocol: 'bgp', interface: undefined, vrrp: undefined }),
      { apiVersion: api, kind: 'BgpConf', metadata: { name: 'default' }, spec: { as: 50_000 } },
      peer('there', routerHost.address),
      peer('nobody', '10.77.0.77'),
      ...['small', 'nowhere', 'routed'].map((each) => loadBalancer(each, of(each))),
    );
    await stack.addressOf('small');
    await stack.apply(loadBalancer('late', of('small')));
    await speaks({
      OpenelbPoolNearlyFull: { eip: 'small' },
      OpenelbServicesWaiting: {},
      OpenelbAddressesUnannounced: { eip: 'nowhere' },
      OpenelbNobodyHolds: {},
      OpenelbSessionDown: { node: 'n1', peer: 'nobody' },
    });
    const sessions = (await monitored.prometheus.alerts()).filter(({ name }) => name === 'OpenelbSessionDown');
    assert.ok(!sessions.some(({ labels }) => (labels as { peer: string }).peer === 'there'));
  });

  it('two leaders, a leadership that keeps moving, adverts of a stranger', async () => {
    const { stack, dropAdverts, rival } = monitored;
    const group = await stack.groupOf(await stack.addressOf('web'));
    const { name } = group.metadata;
    await dropAdverts(true);
    await speaks({ OpenelbTwoHold: { group: name } });
    for (let i = 0; i < 4; i++) {
      await dropAdverts(false);
      await wait(600);
      await dropAdverts(true);
      await wait(900);
    }
    await dropAdverts(false);
    await speaks({ OpenelbFlapping: { group: name } });
    await silent('OpenelbTwoHold');
    rival((await stack.groupOf(group.spec.addresses[0]!)).spec.vrrp!.virtualRouterId!);
    await speaks({ OpenelbAdvertsDropped: {} });
  });

  it('an engine that is late, an error that nobody foresaw', async () => {
    const { plantError, stranger } = monitored;
    stranger.agent().signal('SIGSTOP');
    await wait(700);
    stranger.agent().signal('SIGCONT');
    plantError();
    await speaks({
      OpenelbEngineLate: { node: 'stranger' },
      OpenelbInternalErrors: { node: 'stranger', place: 'uncaught' },
    });
  });

  for (const { title, targets } of panels())
    it(`the panel "${title}" shows figures`, async () => {
      await eventually(
        'figures of each query',
        async () => {
          const answers = await monitored.prometheus.query(...targets.map(({ expr }) => expr));
          return answers.every((series) =>
            series.some(({ values }) => values.some(([, value]) => Number.isFinite(value))),
          );
        },
        { withinMs: 10_000, everyMs: 500 },
      );
    });

  it('and those figures are kept for the pictures of them, where RECORD_PANELS names a file', async () => {
    const file = process.env.RECORD_PANELS;
    const record = await recordedPanels(monitored.prometheus, 90, 1);
    assert.equal(record.length, panels().length);
    if (file !== undefined) writeFileSync(file, JSON.stringify(record));
  });

  it('every metric of the dashboard and the alerts has series', async () => {
    const texts = [...alertRules(), ...panels().flatMap(({ targets }) => targets)].map(({ expr }) => expr);
    const names = new Set(texts.flatMap((text) => text.match(/openelb_[a-z0-9_]+/g) ?? []));
    names.delete('openelb_metallb_kind_unread');
    const answers = await monitored.prometheus.query(...names);
    const empty = [...names].filter((_, at) => answers[at]!.length === 0);
    assert.deepEqual(empty, []);
  });

  it('a webhook without a certificate', async () => {
    const { stack } = monitored;
    await stack.api.kubectl(['delete', 'validatingwebhookconfigurations', '--all']);
    stack.controller().signal('SIGTERM');
    await stack.controller().exited;
    stack.startController();
    await speaks({ OpenelbWebhookCertificate: {} });
  });

  it('agents without an API server, no controller, an agent that is gone', async () => {
    const { stack, stranger } = monitored;
    const back = stack.api.restart(30_000);
    stranger.agent().signal('SIGKILL');
    await speaks({
      OpenelbAgentDown: { node: 'stranger' },
      OpenelbAgentOutOfTouch: { node: 'n1' },
      OpenelbControllerAbsent: {},
    });
    await back;
  });

  it('each alert has spoken', () => {
    const all = alertRules().map(({ alert }) => alert);
    assert.deepEqual(
      all.filter((alert) => !spoken.has(alert) && !notHere.includes(alert)),
      [],
    );
  });
});
