/** What an operator asks of a station: whether it may leave, and what it does to what we believe. */
import type { StationId } from '../../solver/index.js';
import { type CallEffect, callEffect, resetEvse } from '../ocpp/call-effects.js';
import type { CommandOutcome, StationCommand } from '../ocpp/messages.js';
import { disturb } from './disturb.js';
import { type Draft, evseOf, plan, withhold } from './draft.js';
import { type RatingView, ratingAtRisk } from './rating-at-risk.js';
import type { PendingCommand, SiteEvent } from './state.js';

/** More than a person starts at once; a queue behind a slow station must not grow without end. */
const WAITING_MAX = 16;

export type Verdict =
  /** `consequence`: what it costs, in words. */
  | { readonly status: 'allowed'; readonly consequence?: string }
  | { readonly status: 'offline'; readonly detail: string }
  | { readonly status: 'refused'; readonly detail: string };

/** What the verdict depends on: a state of the site, or the draft of one. */
export interface Judged extends RatingView {
  readonly pending: ReadonlyMap<number, PendingCommand>;
}

interface Ask {
  readonly stationId: StationId;
  readonly command: StationCommand;
}

type Asked = Extract<SiteEvent, { type: 'operator.command' }>;

/**
 * Would the engine let this command out at `nowMs`? A command that disturbs a station may leave also
 * where its worst case does not fit: that is a boot on demand, and the circuit is `not-guaranteed`
 * until the fallback is read back. It is refused where a vehicle is plugged in there and no cut
 * anywhere could make room: then the rating could really be exceeded and nothing be done about it.
 */
export function judge(site: Judged, { stationId, command }: Ask, nowMs: number): Verdict {
  const station = site.stations.get(stationId);
  const effect = callEffect(command);
  if (effect.kind === 'owned') return { status: 'refused', detail: effect.detail };
  if (station === undefined || station.stage === 'offline') {
    return { status: 'offline', detail: `${stationId} is offline` };
  }
  const waitingCount = [...site.pending.values()].filter(
    (it) => it.stationId === stationId && it.purpose === 'operator',
  ).length;
  if (waitingCount >= WAITING_MAX) {
    const detail = `${waitingCount} commands wait for ${stationId} already`;
    return { status: 'refused', detail };
  }
  if (effect.kind === 'none') return { status: 'allowed' };
  const waiting = resetsSomeDay(site, { stationId, command });
  if (waiting !== undefined) return { status: 'refused', detail: waiting };
  const circuitId = ratingAtRisk(site, stationId, nowMs);
  if (circuitId === undefined) return { status: 'allowed', consequence: consequenceOf(effect) };
  const detail =
    `the rating of ${circuitId} could be exceeded while nobody knows what ${stationId} does, ` +
    `and no cut could make room: stop its transactions first`;
  return { status: 'refused', detail };
}

/** Nobody would hear when, so that nobody would know from when on what was read back counts no more. */
function resetsSomeDay(site: Judged, { stationId, command }: Ask): string | undefined {
  const reset = resetEvse(command);
  if (reset?.when !== 'on-idle') return undefined;
  const evse = evseOf(site.site, stationId, reset.evseNumber);
  const isIdle = evse === undefined || site.evses.get(evse.id)?.transactionId === undefined;
  if (isIdle) return undefined;
  return `a transaction runs on ${evse.id}, and nobody hears when an EVSE resets alone: stop it first, reset at once, or reset the station`;
}

function consequenceOf({ kind }: CallEffect): string {
  const until = kind === 'reboots' ? 'until it has booted and was read back' : 'until read back';
  return `every EVSE of the station is reserved at its hardware maximum ${until}`;
}

/** Every command leaves a row, also one that is not let out. */
export function foldOperatorCommand(draft: Draft, event: Asked): void {
  const { type: _, ...asked } = event;
  const row = { ...asked, purpose: 'operator' } as const;
  const verdict = judge(draft, event, draft.nowMs);
  if (verdict.status !== 'allowed') return withhold(draft, row, outcomeOf(verdict));
  disturb(draft, plan(draft, row));
}

function outcomeOf({ status, detail }: Exclude<Verdict, { status: 'allowed' }>): CommandOutcome {
  return { status: 'not-sent', detail, ...(status === 'refused' ? { cause: 'refused' } : {}) };
}
