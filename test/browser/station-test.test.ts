/**
 * The page of a smart-charging test over the real service, with a virtual station whose cable can be
 * pulled: started, followed, guided, cancelled. Screenshots go to test-results/.
 */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { siteId } from '../../solver/index.js';
import { smallSite } from '../control/small-site.js';
import { type RunningService, runService } from '../support/running-service.js';
import { type Simulated, simulate } from '../support/simulated-station.js';
import { launchChromium } from './chromium.js';
import { freshDashboard } from './fresh-dashboard.js';

const results = fileURLToPath(new URL('../../test-results/', import.meta.url));
const WIDE = { width: 1440, height: 1000 };
const PHONE = { width: 390, height: 844 };
const SPEED = 20;
const SOON = { timeout: 120_000, interval: 200 };
const TEST_MS = 300_000;
const CODE = 'a-code-of-the-tests';
const ORIGIN = { originSiteMs: Date.now(), originRealMs: Date.now(), speed: SPEED };
const SITE = smallSite({
  stations: 2,
  limitA: 100,
  untested: ['S1', 'S2'],
  settings: { acceptAnyToken: true },
});

let service: RunningService;
let station: Simulated;
let browser: Browser;
let context: BrowserContext;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  freshDashboard();
  mkdirSync(results, { recursive: true });
  const enter = {
    code: CODE,
    tenantId: 'main',
    scopes: ['read', 'write'],
    actor: 'owner',
  } as const;
  const dashboardDir = fileURLToPath(new URL('../../web/dist', import.meta.url));
  service = await runService(SITE, {}, { enter, dashboardDir }, ORIGIN);
  station = await simulate({
    site: SITE,
    stationId: 'S1',
    traits: {
      version: 'ocpp1.6',
      units: ['A'],
      stackLevelMax: 8,
      periodsMax: 24,
      rounding: 'down',
      fuss: 'no-tx',
    },
    secret: service.ocpp.secret,
    ocppPort: service.ocpp.port,
    origin: ORIGIN,
    vehicleMaxA: 32,
  });
  await vi.waitFor(() => expect(drawnA()).toBeGreaterThan(20), SOON);
  browser = await launchChromium();
  context = await browser.newContext({ viewport: WIDE });
  page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // A refusal is an answer, and the browser logs its status.
    if (message.type() === 'error' && !message.text().includes('409'))
      complaints.push(message.text());
  });
  await page.goto(`${service.apiUrl}/enter?code=${CODE}`);
}, TEST_MS);
afterAll(async () => {
  await browser?.close();
  await station?.close();
  await service?.close();
});

const drawnA = (): number =>
  service.engine.live(siteId('site'))?.evses.find((it) => it.stationId === 'S1')?.drawnA ?? 0;
const text = async (testId: string): Promise<string> =>
  ((await page.getByTestId(testId).textContent()) ?? '').replaceAll(/\s+/g, ' ').trim();
const shot = (name: string) =>
  page.screenshot({ path: `${results}station-test-${name}.png`, fullPage: true });

async function expectNoSidewaysScroll(): Promise<void> {
  const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
  expect(await page.evaluate(overflow)).toBe(0);
}

test('from the place of a station on the live page one comes to its test, and back', async () => {
  await page.locator('[data-evse="S1:1"]').click();
  await page.getByRole('link', { name: 'Test whether it follows' }).scrollIntoViewIfNeeded();
  await shot('row');
  await page.getByRole('link', { name: 'Test whether it follows its limits' }).click();
  await expect
    .poll(() => page.locator('h1').textContent(), SOON)
    .toBe('Smart-charging test of S1:1');
  await page.getByTestId('card').waitFor();
  const card = await text('card');
  expect(card).toContain('Never tested.');
  expect(card).toContain('Follows its limits Not tested');
  expect(card).toContain('Takes no profile of a transaction');
  await shot('start');
  await page.getByRole('link', { name: 'Back to the site' }).click();
  await page.getByTestId('sentence').waitFor();
  await page.goBack();
  await page.getByTestId('start-online').waitFor();
});

test(
  'a test is started, seen step by step with what was measured, and ends on the card',
  async () => {
    await page.getByTestId('start-online').click();
    await expect.poll(() => text('test-status'), SOON).toMatch(/^Running: step \d+ of \d+$/);
    await expect.poll(() => text('steps'), SOON).toMatch(/Limit of 6 A Passed .*draws \d\.\d A/);
    await shot('running');
    await expect.poll(() => text('test-status'), SOON).toBe('Passed: it follows its limits');
    expect(await text('steps')).toMatch(/Pause: 0 A Passed/);
    await expect.poll(() => text('card'), SOON).toMatch(/Follows its limits Passed/);
    await page.setViewportSize(PHONE);
    await expectNoSidewaysScroll();
    await shot('passed-390');
    await page.setViewportSize(WIDE);
    await shot('passed');
  },
  TEST_MS,
);

test(
  'a running test is cancelled, and another may begin',
  async () => {
    await page.getByTestId('start-online').click();
    await page.getByTestId('cancel').click();
    await expect.poll(() => text('test-status'), SOON).toBe('Cancelled');
    await page.getByTestId('start-online').waitFor();
    await expect.poll(drawnA, SOON).toBeGreaterThan(20);
  },
  TEST_MS,
);

test(
  'a person is led through an offline test: unplug, count down, plug in again',
  async () => {
    await page.getByLabel('Limit runs out while unplugged').uncheck();
    await page.getByLabel('Power off and on while unplugged').uncheck();
    await page.getByTestId('start-guided').click();
    await expect.poll(() => text('guide'), SOON).toContain('Unplug the network cable of S1 now');
    await page.setViewportSize(PHONE);
    await expectNoSidewaysScroll();
    await shot('unplug-390');
    station.cable.unplug();
    await page.getByTestId('countdown').waitFor({ timeout: SOON.timeout });
    // Three minutes by the clock of the site: nine seconds here.
    expect(await text('countdown')).toMatch(/^0:0\d$/);
    await shot('countdown-390');
    await page.setViewportSize(WIDE);
    await shot('countdown');
    await expect
      .poll(() => text('guide'), SOON)
      .toContain('Plug the network cable of S1 in again now');
    await shot('plug');
    station.cable.plug();
    await expect.poll(() => text('test-status'), SOON).toBe('Passed: it follows its limits');
    await expect.poll(() => text('card'), SOON).toMatch(/Network unplugged Passed/);
  },
  TEST_MS,
);

test('what cannot begin says why, and nothing went wrong on the page', async () => {
  await page.goto(`${service.apiUrl}/#test/S2%3A1`);
  await page.getByTestId('start-online').click();
  await expect.poll(() => text('refused'), SOON).toBe('S2 is offline');
  await shot('refused');
  expect(complaints).toEqual([]);
});
