import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { execa } from 'execa';
import { foreignVirtualRouterIdsAnnotation, rebalanceAnnotation } from '../../src/api/annotations.js';
import type { VipGroup } from '../../src/api/vip-group.js';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { keepalivedVersion, startKeepalived } from '../lab/keepalived.js';
import { type Prober, startProber } from '../lab/prober.js';
import type { Process } from '../lab/process.js';
import { outageOf } from '../lab/silence.js';
import { loadBalancer, type Stack, startStack, vipPool } from '../lab/stack.js';

const services = ['web', 'mail', 'db'];

describe('placement with real agents', function () {
  this.timeout(180_000);
  let stack: Stack;
  let addresses: readonly string[];
  let stranger: Host;
  let keepalived: Process | undefined;

  before(async () => {
    stack = await startStack(`e2eplace${process.pid}`);
    await stack.apply(vipPool({ groups: 3 }), ...services.map((name) => loadBalancer(name)));
    addresses = await Promise.all(services.map((name) => stack.addressOf(name)));
    for (const address of addresses) await stack.holderOf(address);
    await stack.settled();
    stranger = await stack.lab.addHost('stranger', 150);
  });
  after(() => stack?.lab.close());
  afterEach(async function () {
    keepalived?.signal('SIGTERM');
    await keepalived?.exited;
    keepalived = undefined;
    if (this.currentTest?.state !== 'failed' || stack === undefined) return;
    console.log(
      [stack.controller(), ...stack.nodes.map((node) => node.agent())].map((each) => each.log()).join('\n--\n'),
    );
  });

  it('moves a group off the virtual router ID of a keepalived, and no probe is lost', async function () {
    if ((await keepalivedVersion()) === undefined) {
      console.log('skipped: there is no keepalived here');
      return this.skip();
    }
    const [address = ''] = addresses;
    const { metadata, spec, status } = await stack.groupOf(address);
    const before = spec.vrrp!.virtualRouterId;
    const probers = await startProbers(addresses);
    // Without multicast it hears nothing of the group, so nothing silences it.
    const instance = {
      ...{ virtualRouterId: before, priority: 100, interval: 1, addresses: ['10.77.0.250'] },
      unicast: { source: stranger.address, peers: stack.nodes.map(({ host }) => host.address) },
    };
    const rival = await startKeepalived(stranger, stack.lab.folder, [instance]);
    keepalived = rival;
    const after = await eventually(
      'another virtual router ID',
      async () => {
        const id = (await stack.groupOf(address)).spec.vrrp!.virtualRouterId;
        return id === before ? undefined : id;
      },
      { withinMs: 15_000, onTimeout: () => rival.log() },
    );
    await wait(12_000); // until nobody says anything under the former ID any more
    await assertNothingLost(probers);
    const now = await stack.groupOf(address);
    assert.deepEqual([now.metadata.name, now.status?.holder], [metadata.name, status?.holder], 'nobody took over');
    assert.equal(now.status?.transitions, status?.transitions);
    const said = (await Promise.all(stack.nodes.map(({ name }) => frames(name)))).join('');
    assert.match(said, new RegExp(`vrid ${after},`));
    assert.doesNotMatch(said, new RegExp(`vrid ${before},`));
    const events = await stack.api.kubectl(['get', 'events', '-A', '-o', 'jsonpath={.items[*].message}']);
    assert.match(events, new RegExp(`group ${metadata.name} goes from virtual router ID ${before} to ${after}`));
    assert.match(events, /because 10\.77\.0\.150, which is no member/);
    assert.match(await annotation(foreignVirtualRouterIdsAnnotation), /"by":"10\.77\.0\.150"/);
    await eventually('no condition left', async () => {
      const conditions = (await stack.groupOf(address)).status?.conditions ?? [];
      return conditions.length === 0;
    });

    /** What a node sends of adverts in a second and a half. */
    async function frames(name: string): Promise<string> {
      const { host } = stack.nodes.find((node) => node.name === name)!;
      return host.run('sh', ['-c', 'timeout 1.5 tcpdump -lnvi eth0 -Q out vrrp 2>/dev/null || true']);
    }
  });

  it('makes a new group leave the ID of a weaker keepalived before it could silence that', async function () {
    if ((await keepalivedVersion()) === undefined) {
      console.log('skipped: there is no keepalived here');
      return this.skip();
    }
    const name = 'late';
    const pool = { ...vipPool({ groups: 1 }), metadata: { name } };
    const late = { ...pool, spec: { ...pool.spec, address: '10.77.0.180-10.77.0.184' } };
    const idOf = async () => {
      const text = await stack.api.kubectl(['get', 'vipgroup', `${name}-0`, '-o', 'json']);
      return (JSON.parse(text) as VipGroup).spec.vrrp!.virtualRouterId;
    };
    await stack.apply(late);
    const before = await eventually('its group', idOf);
    await stack.api.kubectl(['delete', 'eip', name]);
    await eventually('no group', () =>
      idOf().then(
        () => false,
        () => true,
      ),
    );
    const theirs = '10.77.0.251';
    const instance = { virtualRouterId: before, priority: 1, interval: 0.2, addresses: [theirs] };
    const rival = await startKeepalived(stranger, stack.lab.folder, [instance]);
    keepalived = rival;
    await eventually('keepalived leading', async () => (await stranger.addresses()).includes(theirs));
    await stack.apply(late);
    await eventually('another ID', async () => (await idOf()) !== before, { onTimeout: () => rival.log() });
    await eventually('keepalived leading', async () => (await stranger.addresses()).includes(theirs), {
      withinMs: 15_000,
    });
    await wait(2_000);
    assert.ok((await stranger.addresses()).includes(theirs), 'nothing silences it any more');
    await stack.api.kubectl(['delete', 'eip', name]);
  });

  it('spreads the leaders again on request after failovers, and no probe is lost', async () => {
    const [first] = stack.nodes;
    for (const node of stack.nodes.slice(1)) {
      node.agent().signal('SIGTERM');
      await node.agent().exited;
    }
    await eventually('one leader for all', async () => (await holders()).every((holder) => holder === first!.name));
    for (const node of stack.nodes.slice(1)) node.startAgent();
    await eventually('everybody standing by', async () => (await groups()).every(isWhole), { withinMs: 20_000 });
    assert.deepEqual(new Set(await holders()), new Set([first!.name]), 'leadership is sticky');

    const probers = await startProbers(addresses);
    await stack.api.kubectl(['annotate', 'eip', 'pool', `${rebalanceAnnotation}=true`]);
    await eventually('an end of it', async () => (await annotation(rebalanceAnnotation)) === '', { withinMs: 60_000 });
    await wait(1000);
    await assertNothingLost(probers);
    await eachLeadsOne();
    const events = await stack.api.kubectl(['get', 'events', '-A', '-o', 'jsonpath={.items[*].message}']);
    assert.match(events, /2 of 3 groups were brought to their preferred leaders/);
    assert.ok((await groups()).every(({ spec }) => spec.vrrp?.yield === undefined));
  });

  it('goes on with it when the controller is killed in the middle', async () => {
    const last = stack.nodes.at(-1)!;
    for (const node of stack.nodes.slice(0, -1)) {
      node.agent().signal('SIGTERM');
      await node.agent().exited;
    }
    await eventually('one leader for all', async () => (await holders()).every((holder) => holder === last.name));
    for (const node of stack.nodes.slice(0, -1)) node.startAgent();
    await eventually('everybody standing by', async () => (await groups()).every(isWhole), { withinMs: 20_000 });

    const probers = await startProbers(addresses);
    const marks = watchAnnotations();
    try {
      await eventually('the first of what is watched', () => marks.lines.length > 0);
      await stack.api.kubectl(['annotate', 'eip', 'pool', `${rebalanceAnnotation}=true`]);
      await eventually('a move', () => marks.lines.some((line) => line.includes('moving')), { everyMs: 1 });
    } finally {
      await marks.stop();
    }
    stack.controller().signal('SIGKILL');
    await stack.controller().exited;
    stack.startController();
    await eventually('an end of it', async () => (await annotation(rebalanceAnnotation)) === '', { withinMs: 60_000 });
    await wait(1000);
    await assertNothingLost(probers);
    await eachLeadsOne();
  });

  it('gives a node that comes back its group by itself with rebalance: auto, and no probe is lost', async () => {
    await eachLeadsOne();
    await rebalance('auto', '1s');
    const node = await leaves();
    const probers = await startProbers(addresses);
    node.startAgent();
    await eachLeadsOne();
    await wait(1000);
    await assertNothingLost(probers);
    const events = await stack.api.kubectl(['get', 'events', '-A', '-o', 'jsonpath={.items[*].message}']);
    assert.match(events, /1 of 1 groups were brought to their preferred leaders/);
  });

  it('does so with whenIdle only once nothing about the groups has changed for a while', async () => {
    await eachLeadsOne();
    await rebalance('whenIdle', '3s');
    const node = await leaves();
    const probers = await startProbers(addresses);
    node.startAgent();
    // An address more, every second, for longer than a node that is fit would be waited for.
    for (const name of ['one', 'two', 'three', 'four', 'five']) {
      await stack.apply(loadBalancer(name));
      await wait(1000);
      assert.ok(!(await holders()).includes(node.name), 'its group stays where it is');
    }
    await eachLeadsOne();
    await wait(1000);
    await assertNothingLost(probers);
  });

  async function rebalance(when: 'auto' | 'whenIdle', delay: string): Promise<void> {
    const pool = vipPool({ groups: 3 });
    const vrrp = { ...pool.spec.vrrp, rebalance: when, rebalanceDelay: delay };
    await stack.apply({ ...pool, spec: { ...pool.spec, vrrp } });
  }

  /** A node's agent ends, so that the others lead in its place. */
  async function leaves(): Promise<Stack['nodes'][number]> {
    const node = stack.nodes[0]!;
    node.agent().signal('SIGTERM');
    await node.agent().exited;
    await eventually('others leading', async () => {
      const all = await holders();
      return all.every((holder) => holder !== undefined && holder !== node.name);
    });
    return node;
  }

  async function groups(): Promise<readonly VipGroup[]> {
    return (JSON.parse(await stack.api.kubectl(['get', 'vipgroups', '-o', 'json'])) as { items: VipGroup[] }).items;
  }

  async function holders(): Promise<readonly (string | undefined)[]> {
    return (await groups()).map(({ status }) => status?.holder);
  }

  /** Two nodes that lead for a moment may take each other's word out of the status: it is said again some seconds later. */
  async function eachLeadsOne(): Promise<void> {
    const names = stack.nodes.map(({ name }) => name).join();
    await eventually('each node leading one', async () => (await holders()).toSorted().join() === names, {
      withinMs: 15_000,
      onTimeout: () => stack.controller().log(),
    });
  }

  function isWhole({ status }: VipGroup): boolean {
    const states = (status?.members ?? []).map(({ state }) => state);
    const standing = states.filter((state) => state === 'Active' || state === 'Backup');
    return standing.length === stack.nodes.length && states.filter((state) => state === 'Active').length === 1;
  }

  async function annotation(name: string): Promise<string> {
    const path = `jsonpath={.metadata.annotations.${name.replaceAll('.', '\\.')}}`;
    return stack.api.kubectl(['get', 'eip', 'pool', '-o', path]);
  }

  /** What the annotations of the Eip are from now on, a line each time: a move may be over between two requests. */
  function watchAnnotations(): { readonly lines: readonly string[]; stop(): Promise<void> } {
    const lines: string[] = [];
    const [program = '', ...flags] = stack.api.kubectlCommand;
    const what = ['get', 'eip', 'pool', '--watch', '-o', 'jsonpath={.metadata.annotations}{"\\n"}'];
    const kubectl = execa(program, [...flags, ...what], { reject: false });
    createInterface({ input: kubectl.stdout }).on('line', (line) => lines.push(line));
    return {
      lines,
      async stop() {
        kubectl.kill();
        await kubectl;
      },
    };
  }

  async function startProbers(targets: readonly string[]): Promise<readonly Prober[]> {
    const probers = targets.map((address) => startProber(stack.client, address, 1000));
    for (const prober of probers) await prober.answered();
    return probers;
  }

  async function assertNothingLost(probers: readonly Prober[]): Promise<void> {
    for (const [at, prober] of probers.entries()) {
      const outage = outageOf(await prober.stop());
      assert.equal(outage, undefined, `of ${services[at]} lost: ${JSON.stringify(outage)}`);
    }
  }
});
