// The web view as the chart turns it on, in Chromium: over TLS, to whom may list, and under a controller that is started anew.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { projectRoot } from '../../../scripts/tools/project-root.js';
import { eventually } from '../../lab/eventually.js';
import { type ForwardedPort, forwardPort } from '../../lab/forwarded-port.js';
import { startProcess } from '../../lab/process.js';
import { startBrowser, type TestBrowser } from '../../web/browser.js';
import { besideEmpty } from '../lab/beside.js';
import { namespace, served } from '../lab/installed.js';

/** What the view may add to the memory of a controller that nobody looks at, in MB: its code, TLS, and transitions. */
const mostMoreMb = 10;

besideEmpty('a cluster whose chart is installed without the web view', (o) => {
  let browser: TestBrowser | undefined;
  let way: ForwardedPort | undefined;
  let page: Page;
  let memoryWithout = 0;
  after(async () => {
    await browser?.close();
    way?.close();
  });

  const upgrade = async (...flags: readonly string[]) => {
    await o.cluster.helm(['upgrade', '--install', 'openelb', projectRoot(), '-n', namespace, ...flags]);
    for (const program of ['daemonset/openelb-agent', 'deployment/openelb-controller'])
      await o.cluster.kubectl(['-n', namespace, 'rollout', 'status', program, '--timeout=90s']);
  };
  const tokenOf = (account: string) => o.cluster.kubectl(['-n', namespace, 'create', 'token', account]);
  const logIn = async (token: string) => {
    await page.getByLabel('Token').fill(token);
    await page.getByRole('button', { name: 'Log in' }).click();
  };

  before(async () => {
    await upgrade('--create-namespace');
    const product = await served(o.cluster);
    product.judge.end();
    memoryWithout = await memoryOf(await controllerProcess());
  });

  it('has no port for it, and no right to ask who somebody is', async () => {
    const asks = [
      'auth',
      'can-i',
      'create',
      'tokenreviews',
      '--as',
      `system:serviceaccount:${namespace}:openelb-controller`,
    ];
    assert.equal(await o.cluster.kubectl(asks).catch(() => 'no'), 'no');
    await assert.rejects(o.cluster.kubectl(['-n', namespace, 'get', 'service', 'openelb-web']), /not found/);
  });

  it('has it by one value, and a controller that is hardly larger', async () => {
    await upgrade('--reuse-values', '--set', 'controller.web.enabled=true');
    const address = await o.cluster.kubectl([
      '-n',
      namespace,
      'get',
      'service',
      'openelb-web',
      '-o',
      'jsonpath={.spec.clusterIP}',
    ]);
    const start = (args: readonly string[]) =>
      startProcess({
        title: 'relay',
        log: join(o.cluster.folder, 'web-relay.log'),
        command: 'nsenter',
        args: ['--net=/run/netns/n1', process.execPath, ...args],
      });
    way = await forwardPort(start, join(o.cluster.folder, 'web.sock'), { host: address, port: 443 });
    browser = await startBrowser();
    ({ page } = await browser.open());
    await eventually('the page', () => page.goto(url()).then(() => true), { withinMs: 20_000 });
    const memory = await memoryOf(await controllerProcess());
    console.log(`      controller without the view ${memoryWithout} MB, with it and nobody looking ${memory} MB`);
    assert.ok(memory - memoryWithout < mostMoreMb, `${memoryWithout} MB without, ${memory} MB with it`);
  });

  it('shows it to nobody without rights, and says whose they are', async () => {
    await o.cluster.kubectl(['-n', namespace, 'create', 'serviceaccount', 'stranger']);
    await logIn(await tokenOf('stranger'));
    await page.getByRole('alert').getByText('may list none of').waitFor();
    assert.equal(await page.locator('.tile').count(), 0);
    await logIn('nonsense');
    await page.getByRole('alert').getByText('does not accept this token').waitFor();
    await assert.rejects(fetch(url().replace('https:', 'http:')), 'it speaks nothing but TLS');
  });

  it('shows its viewer the real nodes with their groups', async () => {
    await logIn(await tokenOf('openelb-viewer'));
    for (const node of o.cluster.nodes)
      await page.locator('.node', { has: page.getByRole('heading', { name: node, exact: true }) }).waitFor();
    await page.locator('.tile').first().waitFor();
    console.log(`      and with one page open ${await memoryOf(await controllerProcess())} MB`);
  });

  it('says how old the page is while its controller is started anew, and is live again without anybody touching it', async () => {
    const { pid } = await controllerProcess();
    const tiles = await page.locator('.tile').count();
    const began = performance.now();
    await o.cluster.kubectl(['-n', namespace, 'delete', 'pod', '-l', 'component=controller', '--wait=false']);
    await page.getByText('What is shown is from then.').waitFor();
    const asOf = page.locator('.as-of');
    assert.match((await asOf.textContent()) ?? '', /^Not live, as of .*\d\d:\d\d:\d\d/);
    assert.equal(await page.locator('.tile').count(), tiles);
    await page.locator('.as-of.live').waitFor({ timeout: 60_000 });
    console.log(`      live again after ${((performance.now() - began) / 1000).toFixed(1)} s`);
    assert.equal(await page.getByText('What is shown is from then.').count(), 0);
    assert.notEqual((await controllerProcess()).pid, pid);
    await eventually('every tile again', async () => (await page.locator('.tile').count()) === tiles);
  });

  const url = () => `https://localhost:${way!.port}/`;

  /** The one of the container that is ready, as its node runs it. */
  async function controllerProcess(): Promise<{ readonly pid: number }> {
    return eventually('the process of a controller that is ready', async () => {
      const { items } = await o.cluster.get<{ items: readonly ControllerPod[] }>(
        ...['-n', namespace, 'pods', '-l', 'component=controller'],
      );
      const [running, ...others] = items;
      const [container] = running?.status.containerStatuses ?? [];
      if (others.length > 0 || container?.ready !== true) return undefined;
      const id = container.containerID.replace('containerd://', '');
      for (const name of (await readdir('/proc')).filter((each) => /^\d+$/.test(each)))
        if ((await readFile(`/proc/${name}/cgroup`, 'utf8').catch(() => '')).includes(id)) return { pid: Number(name) };
      return undefined;
    });
  }
});

interface ControllerPod {
  readonly status: {
    readonly containerStatuses?: readonly { readonly ready: boolean; readonly containerID: string }[];
  };
}

/** What no file backs, in MB, once it does not grow any more. Source: proc(5), RssAnon. */
async function memoryOf({ pid }: { readonly pid: number }): Promise<number> {
  const now = async () => {
    const [, kb] = /^RssAnon:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Math.round(Number(kb) / 1024);
  };
  let last = 0;
  return eventually(
    'memory that does not grow',
    async () => {
      const before = last;
      last = await now();
      return last <= before ? last : undefined;
    },
    { everyMs: 3_000 },
  );
}
