/**
 * The live page over the real demo: the CPMS and its virtual stations as processes of their own.
 * Screenshots go to test-results/.
 */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchChromium } from './chromium.js';
import { freshDashboard } from './fresh-dashboard.js';
import { type RunningDemo, runningDemo } from './running-demo.js';

const results = fileURLToPath(new URL('../../test-results/', import.meta.url));
const WIDE = { width: 1440, height: 1000 };
/** What is to be seen is seen on a busy machine too; how soon is printed. */
const SOON = { timeout: 180_000, interval: 200 };
/** The page shows kW with one decimal. */
const SHOWN_KW = 0.05;

interface Live {
  readonly sentence: string;
  readonly powerW: number;
  readonly otherLoadW: number;
  readonly limitW: number;
  readonly ceilingW: number;
  readonly evses: readonly {
    readonly evseId: string;
    readonly limitW: number;
    readonly limitA: number;
    readonly reason: string;
    readonly boundBy: { readonly kind: string };
  }[];
}

let demo: RunningDemo | undefined;
let browser: Browser | undefined;
let context: BrowserContext;
let page: Page;
let baseUrl: string;
let startedMs: number;
const complaints: string[] = [];

beforeAll(async () => {
  freshDashboard();
  mkdirSync(results, { recursive: true });
  startedMs = Date.now();
  demo = await runningDemo('--speed', '20');
  baseUrl = new URL(demo.enterUrl).origin;
  browser = await launchChromium();
  context = await browser.newContext({ viewport: WIDE });
  page = await listened(context);
  await page.goto(demo.enterUrl);
  await page.getByTestId('power').waitFor();
});

afterAll(async () => {
  await browser?.close();
  await demo?.end();
});

/** A page whose errors are collected. */
async function listened(of: BrowserContext): Promise<Page> {
  const opened = await of.newPage();
  opened.on('pageerror', (error) => complaints.push(error.message));
  opened.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  return opened;
}

async function live(): Promise<Live> {
  const answer = await page.request.get(`${baseUrl}/v1/sites/demo/live`);
  expect(answer.status()).toBe(200);
  return answer.json();
}

const sum = (values: readonly number[]): number => values.reduce((all, each) => all + each, 0);

async function shown(testId: string): Promise<string> {
  return (await page.getByTestId(testId).textContent()) ?? '';
}

async function overflowPx(of: Page): Promise<number> {
  return of.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
}

test('moves soon after the start and names the vehicles that charge', async () => {
  const seen = new Set<string>();
  const moves = async () => {
    seen.add(await shown('power'));
    return seen.size >= 3 && /[1-9]\d* of \d+ vehicles? charging/.test(await shown('sentence'));
  };
  await expect.poll(moves, SOON).toBe(true);
  console.info(`the page moved ${((Date.now() - startedMs) / 1000).toFixed(1)} s after the start`);
  await expect.poll(() => shown('freshness'), SOON).toMatch(/Live, \d s/);
  expect(await page.locator('canvas').count()).toBe(1);
});

test('adds other load to what vehicles draw, and says both', async () => {
  await expect.poll(async () => (await live()).otherLoadW, SOON).toBeGreaterThan(0);
  const text = (await page.locator('.tiles').textContent()) ?? '';
  expect(text).toMatch(/Vehicles \d+\.\d kW, other load \d+\.\d kW/);
  // Until first contact with every station is over, its maximum is reserved.
  const holds = async () => {
    const { ceilingW, limitW } = await live();
    return ceilingW <= limitW + 1;
  };
  await expect.poll(holds, SOON).toBe(true);
});

test('tells what the site would draw if no message got through from now on', async () => {
  const story = async () => (await shown('outlook-story')).replaceAll(/\s+/g, ' ');
  // The fallbacks of the demo are below its leases: a ceiling with vehicles in it falls.
  await expect.poll(story, SOON).toMatch(/at most \d+\.\d kW, falling to \d+\.\d kW by \d\d:\d\d/);
  // What is asked here and what the page has asked are moments apart.
  const isShown = async () => {
    const answer = await page.request.get(`${baseUrl}/v1/sites/demo/ceiling?detail=total`);
    expect(answer.status()).toBe(200);
    const { total } = await answer.json();
    expect(total.steps.at(-1).ceilingW).toBe(total.floorW);
    for (const step of total.steps) expect(step.ceilingW).toBeLessThanOrEqual(step.limitW + 1);
    return (await shown('floor')).includes(`floor ${(total.floorW / 1000).toFixed(1)} kW`);
  };
  await expect.poll(isShown, SOON).toBe(true);
  await page.getByRole('heading', { name: 'Reserved: for whom and why' }).waitFor();
});

test('tells why an EVSE gets what it gets, with the decisions that led there', async () => {
  const sharing = page.locator('[data-evse]', { hasText: /shared by \d+|place \d+|Waits for/ });
  const row = sharing.first();
  const evseId = (await row.getAttribute('data-evse')) ?? '';
  const button = page.locator(`[data-evse="${evseId}"] button`);
  await button.focus();
  await page.keyboard.press('Enter');
  const detail = page.getByTestId('reason-detail');
  await detail.locator('.decisions li').first().waitFor();
  const text = (await detail.textContent()) ?? '';
  for (const term of ['Goal', 'Bound by', 'Allowed', 'Drawn', 'Worst case']) {
    expect(text).toContain(term);
  }
  const sentence = (await detail.locator('.sentence').textContent()) ?? '';
  expect(sentence).toMatch(/^[A-Z].{15,}\.$/);
  expect(sentence).not.toMatch(/panel-a|panel-b|\bgrid\b|\d{6}/);
  const { evses } = await live();
  expect(evses.find((it) => it.evseId === evseId)?.reason.length).toBeGreaterThan(10);
  await page.screenshot({ path: `${results}demo-reason.png`, fullPage: true });
});

test.each([
  { name: '1440', size: WIDE, colorScheme: 'light' },
  { name: '1440-dark', size: WIDE, colorScheme: 'dark' },
  { name: '390', size: { width: 390, height: 844 }, colorScheme: 'light' },
] as const)('fits $name', async ({ name, size, colorScheme }) => {
  const other = await browser?.newContext({
    viewport: size,
    colorScheme,
    storageState: await context.storageState(),
  });
  if (other === undefined) throw new Error('no browser');
  const opened = await listened(other);
  await opened.goto(baseUrl);
  await opened.getByTestId('power').waitFor();
  await opened.waitForTimeout(1500);
  expect(await overflowPx(opened)).toBe(0);
  await opened.screenshot({ path: `${results}demo-${name}.png`, fullPage: true });
  await other.close();
});

test('brings everybody below a limit that the owner confirms', async () => {
  const before = await live();
  expect(before.limitW).toBeGreaterThan(40_000);
  await page.getByRole('button', { name: 'Change limit' }).click();
  await page.getByRole('checkbox').uncheck();
  await page.getByTestId('limit-input').fill('20');
  await page.getByRole('button', { name: 'Show the effect' }).click();
  await page.getByTestId('limit-change').waitFor();
  expect(await shown('limit-change')).toContain('20.0 kW');
  await page.screenshot({ path: `${results}demo-confirm.png` });
  await page.getByRole('button', { name: 'Apply 20.0 kW' }).click();

  const follows = async () => {
    const now = await live();
    return now.limitW === 20_000 && now.ceilingW <= 20_000 && now.powerW + now.otherLoadW <= 20_000;
  };
  await expect.poll(follows, SOON).toBe(true);
  const after = await live();
  expect(sum(after.evses.map((it) => it.limitW))).toBeLessThan(
    sum(before.evses.map((it) => it.limitW)),
  );
  expect(after.sentence).toContain("limit 20.0 kW (the owner's)");
  await page.getByText('of 20.0 kW limit').waitFor();
  await expect.poll(() => shown('sentence'), SOON).toContain("limit 20.0 kW (the owner's)");
  await expect.poll(async () => Number(await shown('ceiling')), SOON).toBeLessThan(20 + SHOWN_KW);
  await page.waitForTimeout(3000);
  await page.screenshot({ path: `${results}demo-limited.png`, fullPage: true });
  expect(await overflowPx(page)).toBe(0);
});

test('has not complained, and ends on Ctrl-C without one ampere too many', async () => {
  expect(complaints).toEqual([]);
  await browser?.close();
  browser = undefined;
  const ended = await demo?.end();
  demo = undefined;
  expect(ended?.code).toBe(0);
  expect(JSON.parse(ended?.stdout ?? '').overLimitAmpSeconds).toBe(0);
});
