/** The ceiling of the next hours on the page: what is said, by key and on a phone. */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SiteCeilingBody } from '../../src/api/schema/ceiling.js';
import { at } from '../api/harness.js';
import { launchChromium } from './chromium.js';
import { type DemoServer, demoServer } from './demo-server.js';
import { freshDashboard } from './fresh-dashboard.js';

const results = fileURLToPath(new URL('../../test-results/', import.meta.url));
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

let server: DemoServer;
let browser: Browser;
let signedIn: Awaited<ReturnType<BrowserContext['storageState']>>;

beforeAll(async () => {
  freshDashboard();
  mkdirSync(results, { recursive: true });
  server = await demoServer();
  browser = await launchChromium();
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(server.enterUrl);
  signedIn = await context.storageState();
  await context.close();
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

/** The site at noon: 41.4 kW at worst, down to 9.2 kW; one answer is out and one station away. */
function answer(horizonSec: number): SiteCeilingBody {
  const step = (sec: number, ceilingW: number) => ({
    fromAt: at(sec),
    limitW: 55_000,
    limitSource: 'owner' as const,
    ceilingW,
  });
  const idle = { inForceA: 0, worstCaseA: 0, reservedA: 0, reservedW: 0 };
  return {
    siteId: 'depot',
    name: 'Riverside depot',
    timeZone: 'Europe/Berlin',
    channels: ['L1', 'L2', 'L3'],
    at: at(0),
    untilAt: at(horizonSec),
    total: { steps: [step(0, 41_400), step(500, 30_000), step(922, 9200)], floorW: 9200 },
    circuits: [],
    evses: [
      { evseId: 'CP01:1', stationId: 'CP01', ...idle },
      {
        evseId: 'CP03:1',
        stationId: 'CP03',
        inForceA: 6,
        worstCaseA: 22,
        reservedA: 16,
        reservedW: 11_040,
        cause: 'unconfirmed',
        text: '16 A reserved until 13:14: its answer is outstanding',
        untilAt: at(840),
        afterA: 6,
      },
      {
        evseId: 'CP08:1',
        stationId: 'CP08',
        inForceA: 6,
        worstCaseA: 6,
        reservedA: 6,
        reservedW: 4140,
        cause: 'offline',
        text: '6 A reserved: no connection since 12:41, so it may draw what it was last allowed',
      },
    ],
  };
}

interface Opened {
  readonly page: Page;
  readonly complaints: readonly string[];
  /** Horizons that the page has asked for, s. */
  readonly asked: readonly number[];
}

async function open(viewport: typeof DESKTOP, of = answer): Promise<Opened> {
  const context = await browser.newContext({ storageState: signedIn, viewport });
  const page = await context.newPage();
  const complaints: string[] = [];
  const asked: number[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.route('**/ceiling?**', async (route) => {
    const query = new URL(route.request().url()).searchParams;
    asked.push(Number(query.get('horizonSec')));
    await route.fulfill({ json: of(Number(query.get('horizonSec'))) });
  });
  await page.goto(server.baseUrl);
  await page.getByTestId('outlook-story').waitFor();
  return { page, complaints, asked };
}

const textOf = async (page: Page, testId: string): Promise<string> =>
  ((await page.getByTestId(testId).textContent()) ?? '').replaceAll(/\s+/g, ' ').trim();

test('tells how far the ceiling falls and until when, and where the floor is', async () => {
  const { page, complaints } = await open(DESKTOP);
  expect(await textOf(page, 'outlook-story')).toContain(
    'at most 41.4 kW, falling to 9.2 kW by 13:15',
  );
  expect(await textOf(page, 'floor')).toBe('floor 9.2 kW');
  const drawing = page.getByRole('img', { name: /Ceiling over the next hour/ });
  expect(await drawing.getAttribute('aria-label')).toMatch(/Limit 55\.0 kW, floor 9\.2 kW/);
  const path = (await drawing.locator('path.ceiling').getAttribute('d')) ?? '';
  expect(path.match(/V/g)).toHaveLength(2);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('names for whom current is reserved, until when and why, most first', async () => {
  const { page } = await open(DESKTOP);
  const rows = await page.getByTestId('reserves').locator('li').allTextContents();
  const shown = rows.map((row) => row.replaceAll(/\s+/g, ' ').trim());
  expect(shown).toEqual([
    'CP03:1: 16 A reserved until 13:14: its answer is outstanding 11.0 kW',
    'CP08:1: 6 A reserved: no connection since 12:41, so it may draw what it was last allowed 4.1 kW',
  ]);
  expect(await textOf(page, 'reserved-total')).toContain('15.2 kW');
  await page.screenshot({ path: `${results}outlook-1280.png`, fullPage: true });
  await page.context().close();
});

test('says when the ceiling would be above the limit, and by how much', async () => {
  const { page } = await open(DESKTOP, (horizonSec) => {
    const { total, ...rest } = answer(horizonSec);
    const [first, second, third] = total.steps;
    if (first === undefined || second === undefined || third === undefined) throw new Error('3');
    // An order that lowers the limit while leases of before still run.
    const ordered = [second, third].map((it) => ({ ...it, limitW: 25_000 }));
    return { ...rest, total: { ...total, steps: [first, ...ordered] } };
  });
  expect(await textOf(page, 'excess')).toContain(
    'From 13:08 that is up to 5.0 kW above the limit.',
  );
  await page.context().close();
});

test('is explained, and looks further ahead, by key', async () => {
  const { page, asked, complaints } = await open(DESKTOP);
  const question = page.getByRole('button', { name: 'What is the ceiling?' });
  await question.focus();
  await page.keyboard.press('Enter');
  expect(await question.getAttribute('aria-expanded')).toBe('true');
  await page.getByText('if no charger heard from Busbar', { exact: false }).last().waitFor();
  const further = page.getByRole('button', { name: 'next 6 hours' });
  await further.focus();
  await page.keyboard.press('Space');
  await page.getByRole('img', { name: /Ceiling over the next 6 hours/ }).waitFor();
  expect(await further.getAttribute('aria-pressed')).toBe('true');
  expect(asked).toContain(21_600);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('fits a phone', async () => {
  const { page } = await open(PHONE);
  await page.getByRole('button', { name: 'What is the ceiling?' }).click();
  const width = await page.evaluate<number>('document.documentElement.scrollWidth');
  expect(width).toBeLessThanOrEqual(PHONE.width);
  await page.screenshot({ path: `${results}outlook-390.png`, fullPage: true });
  await page.context().close();
});
