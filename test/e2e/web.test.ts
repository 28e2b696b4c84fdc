import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { loadBalancer, type Stack, startStack, vipPool } from '../lab/stack.js';
import { openWebView, type WebView } from '../lab/web-view.js';
import { startBrowser, type TestBrowser } from '../web/browser.js';

describe('the web view of a network whose cables are cut', function () {
  this.timeout(120_000);
  let stack: Stack;
  let view: WebView;
  let browser: TestBrowser;
  let page: Page;

  before(async () => {
    stack = await startStack('web', { web: true });
    await stack.apply(vipPool({ interval: '100ms', groups: 3 }), loadBalancer('shop'));
    view = await openWebView(stack);
    browser = await startBrowser();
    ({ page } = await browser.open());
    await page.goto(view.url);
    await page.getByLabel('Token').fill(view.token);
    await page.keyboard.press('Enter');
  });
  after(async () => {
    await browser?.close();
    view?.close();
    stack?.lab.close();
  });

  it('shows within a second of the cut who answers now, and later that the agent is silent', async () => {
    const address = await stack.addressOf('shop');
    await stack.settled();
    const leader = await stack.holderOf(address);
    const card = (name: string) => page.locator('.node', { has: page.getByRole('heading', { name, exact: true }) });
    const tile = (name: string) => card(name).locator(`.tile[aria-label*="${address}"]`);
    await tile(leader.name).waitFor();
    const others = stack.nodes.filter(({ name }) => name !== leader.name);
    const moved = Promise.any(others.map(({ name }) => tile(name).waitFor()));
    const cut = performance.now();
    await leader.host.cable.cut();
    await moved;
    const ms = performance.now() - cut;
    console.log(`      seen ${Math.round(ms)} ms after the cut`);
    assert(ms < 1_000, `seen only after ${Math.round(ms)} ms`);
    await card(leader.name).getByText('agent silent').waitFor({ timeout: 20_000 });
    await leader.host.cable.heal();
    await card(leader.name).getByText('agent heard of').waitFor({ timeout: 20_000 });
  });
});
