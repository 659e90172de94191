/** Which rule tells what to whom, and when: pure. Instants are real epoch ms. */
import { DateTime } from 'luxon';
import type {
  AlertRule,
  FaultEvent,
  PlannedDelivery,
  QuietHours,
  StoredRule,
} from '../store/operations/alert-ports.js';
import type { Severity } from '../store/operations/fault-ports.js';

const RANK: Readonly<Record<Severity, number>> = { info: 0, warning: 1, error: 2 };
const DAILY_AT = '08:00';
/** A site that loses its link is one message, not one a station. */
const TOLD_ONE_BY_ONE_MAX = 10;

export function planDeliveries(
  events: readonly FaultEvent[],
  rules: readonly StoredRule[],
  nowMs: number,
): readonly PlannedDelivery[] {
  return rules.flatMap((rule) => {
    const told = events.filter((event) => tells(rule, event));
    const dueAtMs = dueAt(rule, nowMs);
    const { id: ruleId, tenantId, channelIds, digest } = rule;
    return channelIds.flatMap((channelId): PlannedDelivery[] => {
      const base = { tenantId, ruleId, channelId, dueAtMs };
      if (told.length === 0) return [];
      if (digest === 'none' && dueAtMs === nowMs && told.length <= TOLD_ONE_BY_ONE_MAX) {
        return told.map(({ id, type }) => ({ ...base, type, eventIds: [id] }));
      }
      // What quiet hours held back, and what came all at once, is told in one piece as well.
      const digestKey = `${ruleId} ${channelId} ${dueAtMs}`;
      const eventIds = told.map((it) => it.id);
      return [{ ...base, type: 'faults.digest', digestKey, eventIds }];
    });
  });
}

function tells(rule: StoredRule, { type, fault }: FaultEvent): boolean {
  const { tenantId, enabled, kinds, siteIds, severityMin, tellsSolved } = rule;
  return (
    enabled &&
    fault.tenantId === tenantId &&
    (type === 'fault.opened' || tellsSolved) &&
    (kinds === undefined || kinds.includes(fault.kind)) &&
    (siteIds === undefined || siteIds.includes(fault.siteId)) &&
    RANK[fault.severity] >= RANK[severityMin]
  );
}

/** When something that happens now is told: at once, or with the next digest, outside quiet hours. */
export function dueAt(rule: AlertRule, nowMs: number): number {
  const { digest, timeZone, quietHours, dailyAt = DAILY_AT } = rule;
  const now = DateTime.fromMillis(nowMs, { zone: timeZone });
  const digestMs =
    digest === 'none'
      ? nowMs
      : digest === 'hourly'
        ? now.startOf('hour').plus({ hours: 1 }).toMillis()
        : nextAt(nowMs, dailyAt, timeZone);
  return quietHours === undefined ? digestMs : afterQuiet(digestMs, quietHours, timeZone);
}

/** The instant itself outside quiet hours, else their end. */
function afterQuiet(atMs: number, { from, to }: QuietHours, timeZone: string): number {
  const clock = DateTime.fromMillis(atMs, { zone: timeZone }).toFormat('HH:mm');
  const isQuiet = from <= to ? clock >= from && clock < to : clock >= from || clock < to;
  return isQuiet ? nextAt(atMs, to, timeZone) : atMs;
}

/** The next instant after this one at which clocks of the zone show the time. */
function nextAt(afterMs: number, clock: string, timeZone: string): number {
  const [hour = 0, minute = 0] = clock.split(':').map(Number);
  const day = DateTime.fromMillis(afterMs, { zone: timeZone });
  const today = day.set({ hour, minute, second: 0, millisecond: 0 });
  const next = today.toMillis() > afterMs ? today : today.plus({ days: 1 });
  return next.toMillis();
}
