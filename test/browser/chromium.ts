import { type Browser, chromium } from 'playwright-core';

const EXECUTABLE = process.env['BUSBAR_CHROMIUM'] ?? '/usr/bin/chromium';

/** Starts the system's Chromium without a window and without any traffic of its own. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      '--no-sandbox',
      '--headless=new',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
