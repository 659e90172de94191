/**
 * The live page in a real browser. Against the doubles by default; against any running server with
 * BUSBAR_ENTER_URL set to its one-time link (its origin is the base of every other address).
 */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium } from './chromium.js';
import { type DemoServer, demoServer } from './demo-server.js';
import { freshDashboard } from './fresh-dashboard.js';

const enterUrl = process.env['BUSBAR_ENTER_URL'];
const results = fileURLToPath(new URL('../../test-results/', import.meta.url));

const SIZES = [
  { name: 'phone', width: 390, height: 844 },
  { name: 'narrowest', width: 320, height: 640 },
  { name: 'desktop', width: 1440, height: 1000 },
] as const;

let server: DemoServer | undefined;
let browser: Browser;
let signedIn: Awaited<ReturnType<BrowserContext['storageState']>>;
let baseUrl: string;

beforeAll(async () => {
  freshDashboard();
  mkdirSync(results, { recursive: true });
  server = enterUrl === undefined ? await demoServer() : undefined;
  const link = enterUrl ?? server?.enterUrl ?? '';
  baseUrl = new URL(link).origin;
  browser = await launchChromium();
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(link);
  signedIn = await context.storageState();
  await context.close();
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

/** Opens the page; what the browser complains about is collected. */
async function open(
  size: { readonly width: number; readonly height: number },
  colorScheme: 'light' | 'dark' = 'light',
): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({ storageState: signedIn, viewport: size, colorScheme });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(baseUrl);
  await page.getByTestId('power').waitFor();
  return { page, complaints };
}

async function textOf(page: Page, testId: string): Promise<string> {
  return (await page.getByTestId(testId).textContent()) ?? '';
}

describe('the live page', () => {
  test('shows a sentence, a fresh picture and a power that moves', async () => {
    const { page, complaints } = await open(SIZES[2]);
    expect((await textOf(page, 'sentence')).length).toBeGreaterThan(20);
    await expect.poll(() => textOf(page, 'freshness'), { timeout: 60_000 }).toMatch(/Live, \d+ s/);
    const before = await textOf(page, 'power');
    expect(before).toMatch(/^\d+\.\d$/);
    await expect.poll(() => textOf(page, 'power'), { timeout: 60_000 }).not.toBe(before);
    expect(await page.locator('canvas').count()).toBe(1);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('opens a reason with the keyboard and shows the chain and the last decisions', async () => {
    const { page, complaints } = await open(SIZES[2]);
    const button = page.locator('[data-evse] button').first();
    await button.focus();
    await page.keyboard.press('Enter');
    const detail = page.getByTestId('reason-detail');
    await detail.waitFor();
    expect(await button.getAttribute('aria-expanded')).toBe('true');
    const text = (await detail.textContent()) ?? '';
    for (const term of ['Goal', 'Bound by', 'Allowed', 'Drawn', 'Worst case', 'Last decisions']) {
      expect(text).toContain(term);
    }
    await page.waitForTimeout(1500);
    await page.screenshot({ path: `${results}live-reason.png`, fullPage: true });
    await page.keyboard.press('Enter');
    expect(await detail.count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test.each(SIZES)('fits $name without scrolling sideways', async (size) => {
    const { page } = await open(size);
    await page.waitForTimeout(2000);
    const content = await page.evaluate<number>('document.documentElement.scrollWidth');
    expect(content).toBeLessThanOrEqual(size.width);
    await page.screenshot({ path: `${results}live-${size.width}.png` });
    await page.context().close();
  });

  test.each([SIZES[0], SIZES[2]])('is drawn in the dark for $name', async (size) => {
    const { page } = await open(size, 'dark');
    await page.waitForTimeout(2000);
    const paper = await page.evaluate<string>(
      'getComputedStyle(document.documentElement).backgroundColor',
    );
    expect(paper).toBe('rgb(12, 16, 20)');
    await page.screenshot({ path: `${results}live-${size.width}-dark.png` });
    await page.context().close();
  });

  test('shows what a new limit does before it is applied, and changes nothing on Cancel', async () => {
    const { page } = await open(SIZES[2]);
    const opener = page.getByRole('button', { name: 'Change limit' });
    await opener.click();
    const input = page.getByTestId('limit-input');
    if (await input.isDisabled()) await page.getByRole('checkbox').uncheck();
    await input.fill('20');
    await page.getByRole('button', { name: 'Show the effect' }).click();
    await page.getByTestId('limit-change').waitFor();
    expect(await textOf(page, 'limit-change')).toContain('20.0 kW');
    await page.screenshot({ path: `${results}live-limit.png` });
    await page.keyboard.press('Escape');
    await page.getByTestId('limit-input').waitFor({ state: 'detached' });
    const sites = await page.request.get(`${baseUrl}/v1/sites`);
    expect((await sites.json()).items[0].importLimitW).not.toBe(20_000);
    await page.context().close();
  });

  test('tells who is not signed in what to do', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(baseUrl);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await context.close();
  });
});

describe.runIf(enterUrl === undefined)('the live page over doubles', () => {
  test('applies a confirmed limit', async () => {
    const { page } = await open(SIZES[0]);
    await page.getByRole('button', { name: 'Change limit' }).click();
    await page.getByTestId('limit-input').fill('41.5');
    await page.getByRole('button', { name: 'Show the effect' }).click();
    await page.getByRole('button', { name: 'Apply 41.5 kW' }).click();
    await page.getByText('of 41.5 kW limit').or(page.getByText('of 32.0 kW limit')).waitFor();
    const site = await page.request.get(`${baseUrl}/v1/sites/depot`);
    expect((await site.json()).importLimitW).toBe(41_500);
    await page.context().close();
  });
});

describe.runIf(enterUrl === undefined)('the live page when the server goes away', () => {
  test('keeps the last picture and says in words how old it is', async () => {
    const own = await demoServer();
    const context = await browser.newContext({ viewport: SIZES[2] });
    const page = await context.newPage();
    await page.goto(own.enterUrl);
    await page.getByTestId('power').waitFor();
    const before = await textOf(page, 'power');
    await own.close();
    await page.getByText(/Reconnecting, \d+ s old/).waitFor();
    await page.getByText(/These figures are \d+ s old/).waitFor();
    expect(await textOf(page, 'power')).toMatch(/^\d+\.\d$/);
    expect(before).toMatch(/^\d+\.\d$/);
    await page.screenshot({ path: `${results}live-stale.png` });
    await context.close();
  });
});
