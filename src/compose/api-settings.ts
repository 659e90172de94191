/** What the configuration says about the HTTP API, and where the dashboard is. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ApiSettings } from '../api/settings.js';
import { type Config, isLoopbackHost } from '../platform/config.js';
import { TENANT } from './tenant.js';

/** Per client address: far above a busy page, far below what would hurt. */
const RATE_LIMIT_PER_MINUTE = 6000;

/** `enterCode` opens one browser session, where only this machine reaches the service. */
export function apiSettings(config: Config, enterCode: string): ApiSettings {
  const { host, publicUrl, trustProxy = false } = config;
  return {
    ...(isLoopbackHost(host)
      ? {
          enter: {
            code: enterCode,
            tenantId: TENANT,
            scopes: ['read', 'write', 'admin'],
            actor: 'owner',
          },
        }
      : {}),
    ...(publicUrl === undefined ? {} : { publicUrl }),
    secureCookie: publicUrl?.startsWith('https:') === true,
    trustProxy,
    rateLimitPerMinute: RATE_LIMIT_PER_MINUTE,
    metricsAccess: isLoopbackHost(host) ? 'open' : 'read',
    dashboardDir: dashboardDir(),
  };
}

/** Beside the sources, or above the compiled ones. */
function dashboardDir(): string {
  const places = ['../../web/dist', '../../../web/dist'];
  const folders = places.map((it) => fileURLToPath(new URL(it, import.meta.url)));
  return folders.find((it) => existsSync(it)) ?? folders[0] ?? '';
}
