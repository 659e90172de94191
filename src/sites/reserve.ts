/** What is kept back for each EVSE, for how long and why, in words. Pure. */
import {
  countedChannels,
  creditAt,
  inForce,
  reserveCause,
  type ReserveCause,
  worstCase,
} from '../../ledger/index.js';
import type { EvseId, StationId } from '../../solver/index.js';
import { DateTime } from 'luxon';
import { channelVoltageV } from '../control/charge-rate.js';
import type { SiteState } from '../control/state.js';
import { countOf } from './channel-loads.js';
import type { EvseStanding } from './snapshot.js';

/** `offline`: the station has no link, so that nobody can make use of what it keeps. */
export type ReservedFor = ReserveCause | 'offline';

export interface Reserve {
  readonly evseId: EvseId;
  readonly stationId: StationId;
  /** What it should be obeying now; absent where it was never told and has not shown it. */
  readonly inForceA?: number;
  /** W now. */
  readonly worstCaseA: number;
  /** Of W, what nobody can use: all of it without a link, else what is above `inForceA`. */
  readonly reservedA: number;
  /** `reservedA` on every channel that the EVSE loads. */
  readonly reservedW: number;
  readonly cause?: ReservedFor;
  /** One sentence without the EVSE's name; absent where nothing is reserved. */
  readonly text?: string;
  /** Phases on which its session counts, of those that it is wired to, and until when (R12); absent: all. */
  readonly countedOn?: readonly string[];
  readonly countedOnUntilMs?: number;
  /** When W falls by itself, and to what; absent: something has to happen first. */
  readonly untilMs?: number;
  readonly afterA?: number;
}

/** Every EVSE, in the order of the site. */
export function reserves(
  state: SiteState,
  all: readonly EvseStanding[],
  nowMs: number,
): readonly Reserve[] {
  return all.map((standing) => reserveOf(state, standing, nowMs));
}

function reserveOf({ site }: SiteState, standing: EvseStanding, nowMs: number): Reserve {
  const { evse, station, state } = standing;
  const { ledger } = state;
  const isTold = ledger.commands.some((it) => it.state === 'accepted');
  const isKnown = isTold || ledger.fallbackIdleA !== undefined;
  const inForceA = isKnown ? inForce(ledger, nowMs) : undefined;
  const steps = worstCase(ledger, nowMs, site.settings);
  const worstCaseA = steps[0]?.currentA ?? 0;
  const credit = creditAt(ledger, nowMs);
  const counted = countedChannels(ledger, evse.channels, { nowMs, atMs: nowMs });
  const countedOn = ['L1', 'L2', 'L3'].filter((_, channel) => counted[channel] === true);
  const isAway = station.stage === 'offline';
  const reservedA = isAway ? worstCaseA : Math.max(0, worstCaseA - (inForceA ?? 0));
  const figures = {
    evseId: evse.id,
    stationId: evse.stationId,
    ...(inForceA === undefined ? {} : { inForceA }),
    worstCaseA,
    reservedA,
    reservedW: reservedA * countOf(counted) * channelVoltageV(site),
    ...(credit === undefined ? {} : { countedOn, countedOnUntilMs: credit.untilMs }),
  };
  if (reservedA <= 0) return figures;
  const cause: ReservedFor = isAway ? 'offline' : reserveCause(ledger, nowMs, site.settings);
  const next = steps.find(({ currentA }) => currentA < worstCaseA);
  const until = next === undefined ? {} : { untilMs: next.fromMs, afterA: next.currentA };
  const reserve = { ...figures, cause, ...until };
  return { ...reserve, text: textOf(reserve, { standing, timeZone: site.timeZone, nowMs }) };
}

interface Telling {
  readonly standing: EvseStanding;
  readonly timeZone: string;
  readonly nowMs: number;
}

/** Sooner than this an instant is told with its seconds. */
const SOON_MS = 120_000;

function textOf(reserve: Reserve & { readonly cause: ReservedFor }, telling: Telling): string {
  const { untilMs } = reserve;
  const until = untilMs === undefined ? '' : ` until ${clock(untilMs, telling)}`;
  return `${amps(reserve.reservedA)} reserved${until}: ${causeText(reserve, telling)}`;
}

function causeText(
  { cause, afterA }: Pick<Reserve, 'afterA'> & { readonly cause: ReservedFor },
  telling: Telling,
): string {
  switch (cause) {
    case 'offline':
      return offlineText(afterA, telling);
    case 'not-read-back':
      return 'it has not shown its fallback yet, and counts at its maximum until it has';
    case 'offline-untested':
      return 'its model has not passed the offline tests, and counts at its maximum';
    case 'distrusted':
      return 'it drew more than it was allowed, and counts at its worst until it is tested again';
    case 'unconfirmed':
      return 'its answer is outstanding';
    case 'settling':
      return 'it has just accepted a lower limit, and the vehicle needs a moment to follow';
    case 'lease-not-shown':
      return 'it has not shown yet that its limits end when they should';
    case 'lease-ending':
      return 'its last limit has just run out, and its clock may be late';
    case 'fallback':
      return 'it falls back to this when it loses its link';
  }
}

function offlineText(afterA: number | undefined, telling: Telling): string {
  const { station, credited } = telling.standing;
  const { disconnectedAtMs } = station;
  const since = disconnectedAtMs === undefined ? '' : ` since ${clock(disconnectedAtMs, telling)}`;
  if (!credited) return `no connection${since}, so it counts at its maximum`;
  const after = afterA === undefined ? '' : `, ${amps(afterA)} after that`;
  return `no connection${since}, so it may draw what it was last allowed${after}`;
}

function clock(atMs: number, { timeZone, nowMs }: Telling): string {
  const format = Math.abs(atMs - nowMs) < SOON_MS ? 'HH:mm:ss' : 'HH:mm';
  return DateTime.fromMillis(atMs, { zone: timeZone }).toFormat(format);
}

/** With one decimal at the most. */
function amps(currentA: number): string {
  return `${Math.round(currentA * 10) / 10} A`;
}
