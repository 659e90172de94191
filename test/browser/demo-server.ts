/** The real API server over doubles with a site in motion, for the page's tests. */
import { fileURLToPath } from 'node:url';
import type { AddressInfo } from 'node:net';
import { circuitId, amps, siteId } from '../../solver/index.js';
import { siteFromFile } from '../../src/api/render/site.js';
import { createApi } from '../../src/api/server.js';
import { NOW_MS, testDeps } from '../api/doubles.js';
import { siteFile } from '../api/site-file.js';
import { pictureAt } from './moving-site.js';

const TICK_MS = 250;
const TICKS_BEFORE = 25;

export interface DemoServer {
  /** The one-time link. */
  readonly enterUrl: string;
  readonly baseUrl: string;
  close(): Promise<void>;
}

export async function demoServer(): Promise<DemoServer> {
  const code = 'a-code-of-the-tests';
  const deps = testDeps({
    enter: { code, tenantId: 'demo', scopes: ['read', 'write'], actor: 'owner' },
    dashboardDir: fileURLToPath(new URL('../../web/dist', import.meta.url)),
  });
  const site = siteFromFile({ ...siteFile(), importLimitW: 55_000 }, 'demo');
  await deps.engine.addSite(site, 'test');
  let tick = TICKS_BEFORE;
  const publish = (): void => {
    const newest = deps.engine.state(siteId('depot'))?.site ?? site;
    deps.engine.publish(pictureAt(newest, NOW_MS, tick));
  };
  publish();
  keepDecisions(deps.store.rows.decisions);
  const timer = setInterval(() => {
    tick += 1;
    publish();
  }, TICK_MS);

  const app = await createApi({ ...deps, clock: { ...deps.clock, speed: 20 } });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const baseUrl = `http://127.0.0.1:${port}`;
  return {
    baseUrl,
    enterUrl: `${baseUrl}/enter?code=${code}`,
    async close() {
      clearInterval(timer);
      await app.close();
    },
  };
}

function keepDecisions(decisions: ReturnType<typeof testDeps>['store']['rows']['decisions']): void {
  const north = circuitId('north');
  const source = { kind: 'rating' } as const;
  for (const [ago, limitA] of [
    [45, 12],
    [190, 9],
    [420, 14],
    [900, 0],
  ] as const) {
    decisions.push({
      evseId: 'CP01:1' as (typeof decisions)[number]['evseId'],
      atMs: NOW_MS - ago * 1000,
      limitA,
      goalA: 16,
      boundBy:
        limitA === 0
          ? { kind: 'admission', circuitId: north, conductor: 'L2', source, queuePlace: 2 }
          : limitA === 14
            ? { kind: 'vehicle', currentMaxA: amps(14) }
            : { kind: 'circuit', circuitId: north, conductor: 'L2', source, shareCount: 3 },
    });
  }
}
