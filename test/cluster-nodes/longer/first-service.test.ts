// What somebody does who has never seen the product, on an empty cluster of real nodes: docs/tutorials/first-service.md from its first command
// to its last, as they stand there, by way of an address that answers, a picture of a failover, and a mistake that is explained.
import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import type { Page } from 'playwright-core';
import { imageName } from '../../../scripts/packaging/image.js';
import { unpackTools } from '../../../scripts/tools/kubectl.js';
import { projectRoot } from '../../../scripts/tools/project-root.js';
import { eventually } from '../../lab/eventually.js';
import { type Process, startProcess } from '../../lab/process.js';
import { probePort } from '../../lab/responder.js';
import { missingLines, type Step, stepsOf } from '../../lab/runnable-page.js';
import { startBrowser, type TestBrowser } from '../../web/browser.js';
import { besideEmpty } from '../lab/beside.js';
import { settled, uninstallAll } from '../lab/installed.js';
import { programOnEachNode } from '../lab/objects.js';

/** The LAN that the page speaks of, in whose place its reader writes that of the cluster. */
const [written, lan] = ['192.0.2.', '10.198.0.'] as const;
const vip = `${lan}200`;
/** How long what a command shows may take to become true, in milliseconds. */
const patienceMs = 60_000;

besideEmpty('a real cluster, and somebody who types what the first tutorial says,', (o) => {
  let folder: string;
  let steps: Step[];
  let browser: TestBrowser | undefined;
  let page: Page;
  const environment: Record<string, string> = {};
  /** What does not end by itself is in a terminal of its own. */
  const terminals: Process[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'openelb-vip-tutorial-'));
    const text = await readFile(join(projectRoot(), 'docs/tutorials/first-service.md'), 'utf8');
    steps = [...stepsOf(text.replaceAll(written, lan), 'cluster')];
    browser = await startBrowser();
    await symlink(join(projectRoot(), 'deploy'), join(folder, 'deploy'));
    await mkdir(join(folder, 'bin'));
    // The program as it is built in a clone; and another machine of the LAN.
    await command('openelb-vip', `exec ${process.execPath} ${join(projectRoot(), 'dist/main.js')} "$@"`);
    for (const [name, asks] of [
      ['get', '/usr/bin/curl -sS --fail'],
      ['curl', '/usr/bin/curl'],
    ] as const)
      await command(name, `exec nsenter --net=/run/netns/c1 ${asks} "$@"`);
    environment.PATH = `${join(folder, 'bin')}:${dirname((await unpackTools()).kubectl)}:${process.env.PATH}`;
    // "Any Deployment does."
    const program = ['responder', '$(NODE)', String(probePort), '8080'] as const;
    await o.cluster.apply(programOnEachNode({ name: 'web', image: await imageName(), program, port: 8080 }));
    await o.cluster.kubectl(['rollout', 'status', 'daemonset/web', '--timeout=60s']);
  });
  after(async () => {
    for (const terminal of terminals) terminal.signal('SIGKILL');
    await browser?.close();
    if (o.cluster === undefined) return;
    await o.cluster.kubectl(['delete', '--ignore-not-found', 'daemonset/web']);
    await o.cluster.kubectl(['delete', '--ignore-not-found', '-f', join(projectRoot(), 'deploy/web/web.yaml')]);
    await uninstallAll(o.cluster);
    await rm(folder, { recursive: true, force: true });
  });

  it('gets to an address that another machine of the LAN is answered by', async () => {
    const said = await typeUntil(/^get http/);
    assert.match(said, new RegExp(`^n[123] answers for ${vip.replaceAll('.', '\\.')}`));
  });

  it('gets to a page that shows who holds it', async () => {
    const token = (await typeUntil(/create token/)).trim();
    await typeUntil(/port-forward/);
    ({ page } = await browser!.open());
    await eventually('the page', () => page.goto('https://localhost:9444/').then(() => true), { withinMs: 20_000 });
    await page.getByLabel('Token').fill(token);
    await page.keyboard.press('Enter');
    await page.locator(`.tile[aria-label*="${vip}"]`).waitFor();
  });

  it('loses the node that holds it and nothing else, and has a picture of that, and the same as text', async () => {
    await settled(o.cluster);
    await typeUntil(/^while /);
    const asker = terminals.at(-1)!;
    await typeUntil(/^kubectl cordon/);
    const tile = page.locator('.node', {
      hasNot: page.getByRole('heading', { name: environment.holder!, exact: true }),
    });
    await tile.locator(`.tile[aria-label*="${vip}"]`).waitFor();
    await page.locator('.timeline .lanes').getByText(environment.holder!).first().waitFor();
    const picture = await page.screenshot({ path: join(o.cluster.folder, 'failover.png'), fullPage: true });
    assert.ok(picture.length > 10_000, `${picture.length} octets`);
    const history = await typeUntil(/^openelb-vip history/);
    assert.match(history, new RegExp(`${environment.holder} +Active +Backup`));
    const codes = await eventually('thirty answers, some of them since', async () => {
      const all = (await readFile(printed(terminals.length), 'utf8')).match(/\d+/g) ?? [];
      return all.length >= 30 && all;
    });
    asker.signal('SIGTERM');
    assert.deepEqual([...new Set(codes)], ['200']);
  });

  it('is told what is wrong with a wish, and what to do, and keeps what there is', async () => {
    const said = await typeUntil(/^kubectl describe/);
    assert.match(said, /AddressOutsidePools.*ask for one of their addresses/);
    await typeUntil(/alpha1-$/);
    assert.match(await type(`get http://${vip}/`), /answers/);
  });

  it('leaves nothing behind', async () => {
    await typeUntil(undefined);
    await eventually('no group', async () => (await o.cluster.kubectl(['get', 'vipgroups', '-o', 'name'])) === '');
  });

  /** Types the commands that come next, up to the first one of this kind, or all. @returns what the last one printed */
  async function typeUntil(last: RegExp | undefined): Promise<string> {
    let said = '';
    for (let step = steps.shift(); step !== undefined; step = steps.shift()) {
      if (step.kind === 'file') await writeFile(join(folder, step.name), step.text);
      else said = await type(step.text, step.expected);
      if (step.kind === 'command' && last?.test(step.text) === true) return said;
    }
    if (last !== undefined) assert.fail(`the page has no command ${last}`);
    return said;
  }

  /** As often as somebody would, until what the page shows is there. */
  async function type(text: string, expected: readonly string[] = []): Promise<string> {
    if (/^while |port-forward/.test(text)) return openTerminal(text);
    let last = '';
    return eventually(
      text,
      async () => {
        const { stdout, all, exitCode } = await execa('bash', ['-c', text], {
          ...{ cwd: folder, env: environment, reject: false, all: true, timeout: patienceMs },
        });
        last = `it ended with ${exitCode} and printed\n${all}`;
        const assigned = /^(\w+)=\$\(/.exec(text)?.[1];
        if (assigned !== undefined) environment[assigned] = await assignedBy(text, assigned);
        return exitCode === 0 && missingLines(expected, all).length === 0 && { stdout };
      },
      { withinMs: patienceMs, everyMs: 250, onTimeout: () => last },
    ).then(({ stdout }) => stdout);
  }

  async function assignedBy(text: string, variable: string): Promise<string> {
    const { stdout } = await execa('bash', ['-ec', `${text}; printf %s "$${variable}"`], {
      ...{ cwd: folder, env: environment },
    });
    return stdout;
  }

  function openTerminal(text: string): string {
    const [title, log] = [`terminal ${terminals.length + 1}`, join(folder, 'terminal.log')];
    const args = ['-c', `{ ${text} ; } >${printed(terminals.length + 1)}`];
    terminals.push(startProcess({ title, log, command: 'bash', args, env: { ...process.env, ...environment } }));
    return '';
  }

  /** What the one of this number prints; the first is 1. */
  function printed(terminal: number): string {
    return join(folder, `terminal-${terminal}`);
  }

  async function command(name: string, text: string): Promise<void> {
    const path = join(folder, 'bin', name);
    await writeFile(path, `#!/bin/sh\n${text}\n`);
    await chmod(path, 0o755);
  }
});
