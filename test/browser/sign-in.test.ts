/** Signing in, with a real browser over the whole service. Screenshots go to test-results/. */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { smallSite } from '../control/small-site.js';
import { type RunningService, runService } from '../support/running-service.js';
import { launchChromium } from './chromium.js';
import { freshDashboard } from './fresh-dashboard.js';

const results = fileURLToPath(new URL('../../test-results/', import.meta.url));
const dashboardDir = fileURLToPath(new URL('../../web/dist', import.meta.url));
const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1440, height: 1000 };
const PASSWORD = 'a few words are fine';
const EMAIL = 'ada@example.com';

let service: RunningService;
let browser: Browser;

beforeAll(async () => {
  freshDashboard();
  mkdirSync(results, { recursive: true });
  service = await runService(smallSite({ stations: 2 }), {}, { dashboardDir });
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  await service?.close();
});

async function pageAt(path: string, viewport = PHONE): Promise<Page> {
  const context = await browser.newContext({ viewport });
  const page = await context.newPage();
  await page.goto(`${service.apiUrl}${path}`);
  return page;
}

async function fits(page: Page): Promise<boolean> {
  return page.evaluate<boolean>('document.documentElement.scrollWidth <= window.innerWidth');
}

test('a link leads to a password, and the password to the site; signing out leads back', async () => {
  const asked = { email: EMAIL, name: 'Ada', role: 'owner' };
  const { link } = (await service.call('POST', '/v1/users', asked)).body.invitation;
  const page = await pageAt(link);
  await page.getByRole('heading', { name: 'Choose a password' }).waitFor();
  await page.getByLabel('Password', { exact: true }).fill('short');
  await page.getByRole('button', { name: 'Save and go on' }).click();
  await page.getByRole('alert').getByText('at least 12 characters').waitFor();
  await page.screenshot({ path: `${results}invitation-390.png` });
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByTestId('power').waitFor();
  expect(page.url()).not.toContain('invitation');

  await page.screenshot({ path: `${results}signed-in-390.png` });
  expect(await fits(page)).toBe(true);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();

  await page.getByLabel('E-mail').fill(EMAIL);
  await page.getByLabel('Password', { exact: true }).fill('not this one');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('E-mail or password is wrong').waitFor();
  await page.screenshot({ path: `${results}sign-in-390.png` });
  expect(await fits(page)).toBe(true);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByTestId('power').waitFor();
  await page.context().close();
});

test('a link that was used says so, and the page is whole on a desk', async () => {
  const page = await pageAt('/#invitation=AAAAAAAAAAAAAAAAAAAAAAAA', DESKTOP);
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.getByRole('alert').getByText('used already').waitFor();
  await page.screenshot({ path: `${results}sign-in-1440.png` });
  expect(await fits(page)).toBe(true);
  await page.context().close();
});
