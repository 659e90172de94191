/** Orders of the grid as they come over a bad line: late, twice, in disorder, and against each other. */
import { signalId } from '../../solver/index.js';
import type { Dice } from './random.js';
import { MINUTE_MS, type Order, type Scenario, START_MS } from './scenario.js';

const ISSUERS = ['grid', 'aggregator', 'owner-api'] as const;
const LATE_MAX_MS = 600_000;

/** Two issuers or three, each of which numbers what it says. */
export function gridMessages(scenario: Scenario, random: Dice): Scenario {
  const orders = ISSUERS.flatMap((issuer) =>
    random.chance(0.8) ? ordersOf(scenario, issuer, random) : [],
  );
  return { ...scenario, orders: orders.toSorted((a, b) => a.atMs - b.atMs) };
}

function ordersOf(scenario: Scenario, issuer: string, random: Dice): readonly Order[] {
  const { faultsEndMs } = scenario;
  const sent: Order[] = [];
  let saidMs = START_MS + random.int(1000, 5 * MINUTE_MS);
  let sequence = 0;
  while (saidMs < faultsEndMs) {
    sequence += 1;
    const order = orderOf(scenario, random, { issuer, sequence, saidMs });
    if (!random.chance(0.1)) sent.push({ ...order, atMs: arrival(saidMs, random) });
    if (random.chance(0.25)) sent.push({ ...order, atMs: arrival(saidMs, random) });
    // The same number once more, for something else.
    const other = orderOf(scenario, random, { issuer, sequence, saidMs });
    if (random.chance(0.2)) sent.push({ ...other, atMs: arrival(saidMs, random) });
    saidMs += random.int(5000, 6 * MINUTE_MS);
  }
  const last = { issuer, sequence: sequence + 1, saidMs: faultsEndMs };
  return [...sent, { ...orderOf(scenario, random, last), atMs: faultsEndMs }].filter(
    ({ atMs }) => atMs <= faultsEndMs,
  );
}

function arrival(saidMs: number, random: Dice): number {
  return saidMs + (random.chance(0.3) ? random.int(0, LATE_MAX_MS) : random.int(0, 2000));
}

/** From the moment at which it was said, or from later on, or for a time that was over by then. */
function orderOf(
  { site, fullPowerW, faultsEndMs }: Scenario,
  random: Dice,
  { issuer, sequence, saidMs }: { issuer: string; sequence: number; saidMs: number },
): Order {
  const fromMs = saidMs + random.pick([0, 0, -2, 1, 4]) * MINUTE_MS;
  const stepMs = random.int(30_000, 6 * MINUTE_MS);
  const series = Array.from({ length: random.int(1, 4) }, (_, index) => ({
    atMs: fromMs + index * stepMs,
    value: random.chance(0.15) ? 0 : fullPowerW * random.next() * 1.2,
  }));
  const lastsMs = series.length * stepMs + random.pick([-1, 0, 10]) * MINUTE_MS;
  return {
    atMs: saidMs,
    signal: {
      id: signalId(`${issuer}-${sequence}`),
      siteId: site.id,
      tenantId: site.tenantId,
      type: 'import-limit',
      scope: random.chance(0.4) ? 'managed-devices' : 'total-import',
      issuer,
      sequence,
      series,
      endsAtMs: Math.min(faultsEndMs + MINUTE_MS, Math.max(fromMs + 1000, fromMs + lastsMs)),
    },
  };
}
