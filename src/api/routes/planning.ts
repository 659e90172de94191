/** Prices, forecasts and plans of a site. */
import type { App } from '../app.js';
import type { ApiContext } from '../context.js';
import { forecast } from './forecast.js';
import { plan } from './plan.js';
import { prices } from './prices.js';
import { storagePort } from './storage-port.js';
import { whatIf } from './what-if.js';

export async function planning(app: App, api: ApiContext): Promise<void> {
  await prices(app, api);
  forecast(app, api);
  plan(app, api);
  whatIf(app, api);
  storagePort(app, api);
}
