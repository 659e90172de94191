/** A plan in plain words, in the local time of the site. Pure. */
import { DateTime } from 'luxon';
import type { CurrencyClash } from './money.js';
import { plannedTarget, type SessionPlan, type SitePlan } from './site-plan.js';
import type { Session } from '../sessions/session.js';

/** Less is missing by rounding. */
const MISSING_MIN_WH = 300;
const MICROS = 1_000_000;

/** Of one session; undefined: the plan says nothing of it now. */
export function planSentence(
  plan: SitePlan | undefined,
  session: Pick<Session, 'id' | 'claim' | 'pluggedInAtMs' | 'startedAtMs'>,
  at: { readonly nowMs: number; readonly timeZone: string },
): string | undefined {
  const target = plannedTarget(plan, session, at.nowMs);
  const own = plan?.sessions.find((it) => it.sessionId === session.id);
  if (target === undefined || own === undefined || plan === undefined) return undefined;
  const time = (atMs: number): string =>
    DateTime.fromMillis(atMs, { zone: at.timeZone }).toFormat('HH:mm');
  const parts = [
    nowText(own, target.targetA, at.nowMs, time),
    ...(own.finishedAtMs === undefined ? [] : [`finished by ${time(own.finishedAtMs)}`]),
    ...missingText(own, time),
    ...costText(plan, own),
  ];
  return `Plan: ${parts.join(', ')}${BASIS[own.need.source]}.`;
}

const BASIS: Readonly<Record<SessionPlan['need']['source'], string>> = {
  claim: '',
  history: '; its token usually needs this',
  assumed: '; nobody said what it needs, so a common need is assumed',
};

function nowText(
  { steps, targetIsMax }: SessionPlan,
  targetA: number,
  nowMs: number,
  time: (atMs: number) => string,
): string {
  if (targetA > 0) return `${targetIsMax ? '' : 'at least '}${Number(targetA.toFixed(1))} A now`;
  const next = steps.find((it) => it.fromMs > nowMs && it.targetA > 0);
  const wait = targetIsMax ? 'waits' : 'can wait';
  return next === undefined ? wait : `${wait} until ${time(next.fromMs)}`;
}

function missingText(
  { need, plannedWh }: SessionPlan,
  time: (atMs: number) => string,
): readonly string[] {
  const missingWh = need.energyWh - plannedWh;
  if (missingWh < MISSING_MIN_WH) return [];
  return [`${(missingWh / 1000).toFixed(1)} kWh will be missing at ${time(need.departureAtMs)}`];
}

function costText({ currency = '' }: SitePlan, { costMicros }: SessionPlan): readonly string[] {
  if (costMicros === undefined) return [];
  return [`about ${(costMicros / MICROS).toFixed(2)} ${currency} from now on`.replace('  ', ' ')];
}

/** Undefined: nothing that somebody told is left out. */
export function planWarning(clash: CurrencyClash | undefined): string | undefined {
  if (clash === undefined) return undefined;
  const { demandCharge, prices } = clash;
  return `The demand charge is not counted: it is in ${demandCharge}, and prices are in ${prices}.`;
}

/** Of the site. */
export function sitePlanSentence(
  plan: SitePlan | undefined,
  solver: string,
  nowMs: number,
): string {
  if (solver === 'off') return 'Planning is off: limits follow ratings and urgency alone.';
  if (plan === undefined) {
    return 'No plan: nobody lacks current, and without prices that differ, a demand charge or an order there is nothing to gain.';
  }
  if (nowMs >= plan.staleAtMs) return 'The last plan is too old and has no effect.';
  const count = plan.sessions.length;
  const sessions = count === 1 ? '1 session is' : `${count} sessions are`;
  return `${sessions} planned; the highest import planned is ${(plan.peakW / 1000).toFixed(1)} kW.`;
}
