import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { startBrowser, type TestBrowser } from './browser.js';
import { everything, type PlayedCluster, playCluster } from './played-cluster.js';

/** Where pictures go: SCREENSHOTS=docs/pictures makes those of the documentation. */
const pictures = process.env.SCREENSHOTS;
const desktop = { viewport: { width: 1280, height: 860 } };
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };

const focusedName = "document.activeElement?.getAttribute('aria-label')";
const excessWidth = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
const headingLevels = "[...document.querySelectorAll('h1, h2, h3')].map((each) => Number(each.tagName[1]))";
const inPage = (name: string) => readFile(new URL(`./in-page/${name}.js`, import.meta.url), 'utf8');

describe('the page of the web view, in Chromium', function () {
  this.timeout(60_000);
  let browser: TestBrowser;
  let small: PlayedCluster;
  let large: PlayedCluster;

  before(async () => {
    browser = await startBrowser();
    small = await playCluster({ groups: 9, nodes: 3, names: ['rack1-a', 'rack1-b', 'rack2-a'] });
    large = await playCluster({ groups: 1000, nodes: 40 });
    const now = Date.now();
    small.move('public-0000', 'rack1-b', now - 480_000);
    small.move('public-0000', undefined, now - 300_000);
    small.move('public-0000', 'rack1-a', now - 270_000);
    small.move('public-0001', 'rack2-a', now - 200_000);
    small.move('internal-0002', 'rack1-a', now - 90_000);
  });
  after(async () => {
    await browser?.close();
    await small?.close();
    await large?.close();
  });

  async function logIn(cluster: PlayedCluster, o: BrowserContextOptions = desktop, token = 'everything') {
    const opened = await browser.open(o);
    await opened.page.goto(cluster.url);
    await opened.page.getByLabel('Token').fill(token);
    await opened.page.getByRole('button', { name: 'Log in' }).click();
    return opened;
  }

  async function picture(page: Page, name: string): Promise<void> {
    if (pictures === undefined) return;
    await mkdir(join(projectRoot(), pictures), { recursive: true });
    await page.screenshot({ path: join(projectRoot(), pictures, `${name}.png`) });
  }

  it('asks for a token, says what is wrong with one, and shows the cluster for a good one', async () => {
    const { page, context } = await logIn(small, desktop, 'wrong');
    await page.getByRole('alert').getByText('does not accept this token').waitFor();
    assert.equal(await page.locator('.tile').count(), 0);
    await picture(page, 'web-log-in');
    await page.getByLabel('Token').fill('everything');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Network' }).waitFor();
    const [cookie] = await context.cookies();
    assert.deepEqual([cookie?.httpOnly, cookie?.secure, cookie?.sameSite], [true, true, 'Strict']);
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('Token').waitFor();
    assert.equal((await context.cookies()).length, 0);
    await context.close();
  });

  it('paints a thousand groups within a second of being opened', async () => {
    const { page, context } = await logIn(large);
    await page.locator('.tile').nth(999).waitFor();
    await page.reload();
    await page.locator('.tile').nth(999).waitFor();
    const ms = await page.evaluate<number | undefined>("performance.getEntriesByName('first-cluster')[0]?.startTime");
    assert(ms !== undefined && ms < 1_000, `painted after ${ms} ms`);
    console.log(`      painted after ${Math.round(ms)} ms`);
    await picture(page, 'web-large');
    await context.close();
  });

  it('asks nobody but its own server, and breaks no rule of its policy', async () => {
    const { page, context, requests } = await browser.open(desktop);
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) complaints.push(message.text());
    });
    await page.goto(small.url);
    await page.getByLabel('Token').fill('everything');
    await page.keyboard.press('Enter');
    await page.locator('.tile').first().click();
    await page.getByRole('dialog').waitFor();
    assert(requests.length >= 5);
    assert.deepEqual(
      requests.filter((url) => !url.startsWith(small.url)),
      [],
    );
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('shows a group that moves as it moves, and says so to screen readers', async () => {
    const { page, context } = await logIn(small);
    const card = page.locator('.node', { has: page.getByRole('heading', { name: 'rack2-a' }) });
    await card.waitFor();
    const tile = card.getByRole('button', { name: /^public-0004/ });
    assert.equal(await tile.count(), 0);
    small.move('public-0004', 'rack2-a');
    await tile.waitFor();
    await page
      .locator('[aria-live=polite]', { hasText: 'public-0004: rack1-b → rack2-a (leader-silent)' })
      .waitFor({ state: 'attached' });
    small.move('public-0004', undefined);
    await page.getByRole('heading', { name: 'Held by nobody' }).waitFor();
    await picture(page, 'web-live');
    small.move('public-0004', 'rack1-b');
    await page.getByRole('heading', { name: 'Held by nobody' }).waitFor({ state: 'detached' });
    await context.close();
  });

  it('is scrubbed to an instant of the past by keyboard, and back', async () => {
    const { page, context } = await logIn(small);
    const slider = page.getByRole('slider', { name: 'Instant that is shown' });
    await slider.waitFor();
    assert.equal(await slider.getAttribute('aria-valuetext'), 'live');
    const unheld = page.locator('.nobody .tile[aria-label^="public-0000"]');
    for (let press = 0; press < 20 && !(await unheld.isVisible()); press += 1)
      await page.getByRole('button', { name: 'Earlier change' }).press('Enter');
    assert.match((await page.locator('.as-of').textContent()) ?? '', /^The past/);
    assert(await unheld.isVisible());
    await picture(page, 'web-past');
    await slider.focus();
    await page.keyboard.press('End');
    assert.equal(await slider.getAttribute('aria-valuetext'), 'live');
    await context.close();
  });

  it('is used without a mouse: arrows go from group to group, Enter opens one, Escape goes back to it', async () => {
    const { page, context } = await logIn(small, { ...desktop, colorScheme: 'dark' });
    const tiles = page.locator('.node').first().locator('.tile');
    await tiles.first().focus();
    await page.keyboard.press('ArrowRight');
    const name = await page.evaluate<string | null>(focusedName);
    assert.equal(name, await tiles.nth(1).getAttribute('aria-label'));
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('heading', { level: 2 }).waitFor();
    assert(name?.startsWith((await dialog.getByRole('heading', { level: 2 }).textContent()) ?? '?'));
    await picture(page, 'web-group');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    assert.equal(await page.evaluate<string | null>(focusedName), name);
    await context.close();
  });

  it('has a name for everything that can be used, one main part and headings in order', async () => {
    const { page, context } = await logIn(small);
    await page.locator('.tile').first().waitFor();
    assert.deepEqual(await page.evaluate(await inPage('nameless')), []);
    const levels = await page.evaluate<number[]>(headingLevels);
    assert(
      levels.every((level, index) => index === 0 || level <= levels[index - 1]! + 1),
      levels.join(),
    );
    assert.equal(await page.locator('main').count(), 1);
    await context.close();
  });

  for (const colorScheme of ['light', 'dark'] as const)
    it(`fits a phone, ${colorScheme}, and is legible`, async () => {
      const { page, context } = await logIn(small, { ...phone, colorScheme });
      await page.locator('.tile').first().waitFor();
      const excess = await page.evaluate(excessWidth);
      assert.equal(excess, 0);
      assert.deepEqual(await page.evaluate(await inPage('faint-texts')), []);
      await picture(page, `web-phone-${colorScheme}`);
      await context.close();
    });

  it('finds groups by what a Service is called, and shows no Service to who may not list them', async () => {
    const { page, context } = await logIn(large);
    await page.getByRole('searchbox').fill('198.51.100.7');
    await page.getByText(/of 1000 groups/).waitFor();
    await page.getByRole('searchbox').fill('shop/dns-32');
    await page.getByText('2 of 1000 groups').waitFor();
    await context.close();
    large.tokens.set(
      'some',
      everything.filter((kind) => kind !== 'services'),
    );
    const other = await logIn(large, desktop, 'some');
    await other.page.getByRole('searchbox').fill('shop/dns');
    await other.page.getByText('0 of 1000 groups').waitFor();
    await other.context.close();
  });

  it('shows nothing any more once the token is not accepted', async () => {
    small.tokens.set('short-lived', everything);
    const { page, context } = await logIn(small, desktop, 'short-lived');
    await page.locator('.tile').first().waitFor();
    small.tokens.delete('short-lived');
    await page.getByRole('alert').getByText('does not accept this token').waitFor();
    assert.equal(await page.locator('.tile').count(), 0);
    await context.close();
  });

  it('says that it is not live when the controller is gone, and greys what it shows', async () => {
    const gone = await playCluster({ groups: 3, nodes: 3 });
    const { page, context } = await logIn(gone);
    await page.locator('.tile').first().waitFor();
    await gone.close();
    await page.getByText('Not live').waitFor();
    await page.locator('main.stale').waitFor();
    assert.equal(await page.locator('.tile').count(), 3);
    await context.close();
  });
});
