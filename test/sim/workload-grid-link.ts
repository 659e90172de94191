/** A grid operator that has to be heard: its heartbeats stay out for a while, and come back without a limit. */
import { signalId, watts } from '../../solver/index.js';
import type { Dice } from './random.js';
import { MINUTE_MS, type Order, type Scenario, START_MS } from './scenario.js';

const HEARTBEAT_MS = 60_000;
const ISSUER = 'grid';

export function gridLink(scenario: Scenario, random: Dice): Scenario {
  const { site, siteBelieved, fullPowerW } = scenario;
  const link = {
    issuer: ISSUER,
    failsafeLimitW: watts(fullPowerW * (0.1 + 0.4 * random.next())),
    scope: random.pick(['total-import', 'managed-devices'] as const),
  };
  const withLink = (it: Scenario['site']): Scenario['site'] => ({
    ...it,
    settings: { ...it.settings, gridLink: link },
  });
  return {
    ...scenario,
    site: withLink(site),
    siteBelieved: withLink(siteBelieved),
    orders: [...heartbeats(scenario, random), ...limits(scenario, random)].sort(
      (a, b) => a.atMs - b.atMs,
    ),
  };
}

/** Silent for some minutes, again and again; in a calm end they come to the end. */
function heartbeats({ site, endMs, faultsEndMs }: Scenario, random: Dice): readonly Order[] {
  const found: Order[] = [];
  let silentFromMs = START_MS + random.int(4, 10) * MINUTE_MS;
  let silentMs = random.int(1, 6) * MINUTE_MS;
  let sequence = 0;
  for (let atMs = START_MS + random.int(0, HEARTBEAT_MS); atMs < endMs; ) {
    const isSilent = atMs >= silentFromMs && atMs < silentFromMs + silentMs && atMs < faultsEndMs;
    // Some come twice, and late ones after their successors.
    sequence += random.chance(0.05) ? 0 : 1;
    if (!isSilent) {
      found.push({
        atMs,
        signal: {
          id: signalId(`${ISSUER}/heartbeat`),
          siteId: site.id,
          tenantId: site.tenantId,
          type: 'heartbeat',
          scope: 'total-import',
          issuer: ISSUER,
          sequence,
          series: [],
          endsAtMs: atMs + 2 * HEARTBEAT_MS,
        },
      });
    } else if (atMs + HEARTBEAT_MS >= silentFromMs + silentMs) {
      silentFromMs = atMs + random.int(3, 9) * MINUTE_MS;
      silentMs = random.int(1, 6) * MINUTE_MS;
    }
    atMs += random.int(30_000, HEARTBEAT_MS);
  }
  return found;
}

/** A limit every few minutes; the last one leaves all of the rating. */
function limits(
  { site, endMs, faultsEndMs, fullPowerW }: Scenario,
  random: Dice,
): readonly Order[] {
  const found: Order[] = [];
  let atMs = START_MS + random.int(1000, 2 * MINUTE_MS);
  for (let sequence = 1; atMs < endMs; sequence += 1) {
    const isLast = atMs >= faultsEndMs;
    const share = isLast ? 1 : 0.3 + 0.7 * random.next();
    found.push({
      atMs,
      signal: {
        id: signalId(`${ISSUER}/import-limit`),
        siteId: site.id,
        tenantId: site.tenantId,
        type: 'import-limit',
        scope: 'total-import',
        issuer: ISSUER,
        sequence,
        series: [{ atMs, value: fullPowerW * share }],
        endsAtMs: endMs + MINUTE_MS,
      },
    });
    atMs += random.int(2, 6) * MINUTE_MS;
  }
  return found;
}
