/** What owners, the grid and the building do in a run. */
import type { Site } from '../../src/sites/site.js';
import { signalId } from '../../solver/index.js';
import type { Dice } from './random.js';
import { type BuildingStep, type Edit, MINUTE_MS, type Order, START_MS } from './scenario.js';

interface Orders {
  readonly orders: readonly Order[];
  readonly edits: readonly Edit[];
  readonly building: readonly BuildingStep[];
}

export function planOrders(site: Site, random: Dice, endMs: number): Orders {
  const fullW = fullPowerW(site);
  const instant = (): number => START_MS + random.int(0, endMs - START_MS);
  const edits = Array.from({ length: random.chance(0.3) ? random.int(1, 3) : 0 }, instant)
    .sort((a, b) => a - b)
    .map(
      (atMs, index): Edit => ({
        atMs,
        importLimitW: index > 0 && random.chance(0.4) ? undefined : fullW * (0.1 + random.next()),
      }),
    );
  const lifted: Edit[] = edits.length === 0 ? [] : [{ atMs: endMs, importLimitW: undefined }];
  const orders = Array.from({ length: random.chance(0.4) ? random.int(1, 4) : 0 }, instant)
    .sort((a, b) => a - b)
    .map((atMs, index) => planOrder(site, random, { atMs, index, endMs, fullW }));
  const metered = site.circuits.some((it) => it.baseLoadMaxA[0] > 0) && random.chance(0.4);
  return { orders, edits: [...edits, ...lifted], building: metered ? building(random, endMs) : [] };
}

function planOrder(
  site: Site,
  random: Dice,
  { atMs, index, endMs, fullW }: { atMs: number; index: number; endMs: number; fullW: number },
): Order {
  const aheadMs = random.chance(0.5) ? 0 : random.int(30_000, 15 * MINUTE_MS);
  const pointCount = random.int(1, 3);
  const stepMs = random.int(1, 8) * MINUTE_MS;
  const series = Array.from({ length: pointCount }, (_, point) => ({
    atMs: atMs + aheadMs + point * stepMs,
    value: random.chance(0.15) ? 0 : fullW * random.next(),
  }));
  const issuer = random.pick(['grid', 'aggregator'] as const);
  const sequence = random.chance(0.15) ? Math.max(0, index - 1) : index + 1;
  const endsAtMs = Math.min(endMs + MINUTE_MS, atMs + aheadMs + pointCount * stepMs);
  return {
    atMs,
    signal: {
      id: signalId(`${issuer}-${index}`),
      siteId: site.id,
      tenantId: site.tenantId,
      type: 'import-limit',
      scope: random.chance(0.3) ? 'managed-devices' : 'total-import',
      issuer,
      sequence,
      series,
      endsAtMs,
    },
  };
}

function building(random: Dice, endMs: number): readonly BuildingStep[] {
  const steps: BuildingStep[] = [];
  let atMs = START_MS + random.int(1000, 5 * MINUTE_MS);
  while (atMs < endMs) {
    const above = random.chance(0.05);
    steps.push({ atMs, fraction: above ? 1 + random.next() * 0.3 : random.next() });
    atMs += random.int(20_000, 8 * MINUTE_MS);
  }
  return [...steps, { atMs: endMs, fraction: 0.5 }];
}

/** What everybody together could draw through the grid connection's rating. */
export function fullPowerW(site: Site): number {
  const limit = site.circuits[0]?.limits[0];
  const voltageV = site.supply === 'wye' ? site.voltageLineToNeutralV : site.voltageLineToLineV;
  if (limit?.kind !== 'wye' && limit?.kind !== 'line') return 0;
  return limit.limitA.reduce((sumW, limitA) => sumW + limitA * voltageV, 0);
}
