// Owns: headless Chromium (Debian's) and its life, driven by playwright-core, which brings no browser.
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const executablePath = '/usr/bin/chromium';

export interface TestBrowser {
  /** A page of a fresh browser session, which trusts any certificate. */
  open(
    o?: BrowserContextOptions,
  ): Promise<{ readonly page: Page; readonly context: BrowserContext; readonly requests: readonly string[] }>;
  close(): Promise<void>;
}

export async function startBrowser(): Promise<TestBrowser> {
  if (!existsSync(executablePath))
    throw new Error(`${executablePath} is missing: scripts/test installs Debian's chromium`);
  // Tests run as root, where Chromium has no sandbox.
  const browser: Browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  return {
    open: async (o = {}) => {
      const context = await browser.newContext({ ignoreHTTPSErrors: true, reducedMotion: 'reduce', ...o });
      const page = await context.newPage();
      page.setDefaultTimeout(15_000);
      const requests: string[] = [];
      page.on('request', (request) => requests.push(request.url()));
      page.on('pageerror', (error) => {
        throw error;
      });
      return { page, context, requests };
    },
    close: () => browser.close(),
  };
}
