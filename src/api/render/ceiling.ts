/** The ceiling over time -> wire. */
import type { CircuitCeiling, GridLinkNow, SiteCeiling } from '../../sites/ceiling.js';
import type { SiteCeilingBody } from '../schema/ceiling.js';
import { defined } from './defined.js';
import { instant, instantOrNone } from './instant.js';

type CircuitBody = SiteCeilingBody['circuits'][number];

export function renderCeiling(ceiling: SiteCeiling, detail: 'circuits' | 'total'): SiteCeilingBody {
  const { siteId, name, timeZone, channels, total, circuits, evses, gridLink, untestedPolicy } =
    ceiling;
  return defined({
    siteId,
    name,
    timeZone,
    channels: [...channels],
    at: instant(ceiling.atMs),
    untilAt: instant(ceiling.untilMs),
    total: {
      steps: total.steps.map(({ fromMs, limitOwner, ...step }) => ({
        fromAt: instant(fromMs),
        limitSource: limitOwner,
        ...step,
      })),
      floorW: total.floorW,
    },
    circuits: detail === 'total' ? [] : circuits.map(renderCircuit),
    evses: evses.map(({ untilMs, countedOn, countedOnUntilMs, ...evse }) =>
      defined({
        ...evse,
        reservedW: shown(evse.reservedW),
        countedOn: countedOn === undefined ? undefined : [...countedOn],
        countedOnUntilAt: instantOrNone(countedOnUntilMs),
        untilAt: instantOrNone(untilMs),
      }),
    ),
    gridLink: gridLink && renderLink(gridLink),
    untestedPolicy: untestedPolicy && { ...untestedPolicy },
  });
}

function renderLink({
  lastHeartbeatAtMs,
  failsafeFromMs,
  ...link
}: GridLinkNow): NonNullable<SiteCeilingBody['gridLink']> {
  return defined({
    ...link,
    lastHeartbeatAt: instantOrNone(lastHeartbeatAtMs),
    failsafeFromAt: instant(failsafeFromMs),
  });
}

function renderCircuit(circuit: CircuitCeiling): CircuitBody {
  const { steps, floor, limits, notGuaranteed, untestedReserve, powerW, ...place } = circuit;
  return defined({
    ...place,
    powerW: shown(powerW),
    steps: steps.map((step) => ({ fromAt: instant(step.fromMs), ...renderWorst(step) })),
    floor: renderWorst(floor),
    limits: limits.map(renderLimit),
    untestedReserve: untestedReserve && {
      currentA: untestedReserve.currentA.map(shown),
      carriesAll: untestedReserve.carriesAll,
    },
    notGuaranteed:
      notGuaranteed === undefined
        ? undefined
        : {
            cause: notGuaranteed.cause,
            text: notGuaranteed.text,
            sinceAt: instant(notGuaranteed.sinceMs),
          },
  });
}

function renderWorst({ currentA, powerW }: CircuitCeiling['floor']): CircuitBody['floor'] {
  return { currentA: currentA.map(shown), powerW: shown(powerW) };
}

function renderLimit(limit: CircuitCeiling['limits'][number]): CircuitBody['limits'][number] {
  const { steps, actual, ...rest } = limit;
  return defined({
    ...rest,
    floor: shown(rest.floor),
    actual: shownOrNone(actual),
    steps: steps.map(({ fromMs, ...step }) =>
      defined({
        fromAt: instant(fromMs),
        limit: shownOrNone(step.limit),
        guaranteed: shownOrNone(step.guaranteed),
        metered: shownOrNone(step.metered),
        otherLoad: shownOrNone(step.otherLoad),
        ceiling: shownOrNone(step.ceiling),
      }),
    ),
  });
}

function shownOrNone(value: number | undefined): number | undefined {
  return value === undefined ? undefined : shown(value);
}

/** Without the noise of binary fractions. */
function shown(value: number): number {
  return Math.round(value * 1000) / 1000;
}
