/** What happened at an instant and is a fault: security events, failed firmware, the engine's alarms. */
import type { Effect } from '../control/state.js';
import type { Site } from '../sites/site.js';
import type { Condition, FaultKind } from '../store/operations/fault-ports.js';
import type { KeptRecord } from '../store/operations/figure-ports.js';

/** Solved by themselves when they have not happened again for a day. */
export const PASSING_KINDS: readonly FaultKind[] = ['engine-alarm', 'firmware-failed'];
export const QUIET_AFTER_MS = 24 * 3_600_000;
const KEY_LENGTH_MAX = 80;

/** Several records of one fault become one condition that shows all of them. */
export function recordIncidents(records: readonly KeptRecord[]): readonly Condition[] {
  return records.flatMap((record): Condition[] => {
    const { id, kind, severity, stationId, evseNumber, summary } = record;
    if (severity === 'info') return [];
    const place = evseNumber === undefined ? { stationId } : { stationId, evseNumber };
    const evidence = { recordIds: [id], figures: { receivedAtMs: record.receivedAtMs } };
    if (kind === 'security-event') {
      const key = `security-event ${stationId} ${withoutDetails(summary)}`;
      const cause = 'A station reports a security event';
      return [{ key, kind: 'security-event', cause, severity, ...place, summary, evidence }];
    }
    if (kind !== 'firmware-status') return [];
    const key = `firmware-failed ${stationId}`;
    const cause = 'A firmware update failed';
    return [{ key, kind: 'firmware-failed', cause, severity, ...place, summary, evidence }];
  });
}

/** Details differ each time; a fault, and a message about it, each time would hide all others. */
function withoutDetails(summary: string): string {
  return summary.replace(/ \(.*$/s, '').slice(0, KEY_LENGTH_MAX);
}

type Alarm = Extract<Effect, { type: 'alarm' }>;

const ALARM_CAUSES: Readonly<Record<string, string>> = {
  'allocation-refused': 'An allocation failed its independent check',
  'clock-ahead': 'A charger holds a vehicle back, because its clock is ahead',
  'event-set-aside': 'The engine failed on an event and goes on without it',
  'foreign-transaction': 'A charger runs a transaction that was begun under another system',
  'phases-not-switched': 'A charger draws on phases that it was told to leave out',
  'profile-impossible': 'A limit cannot be written as a charging profile',
  'step-failed': 'The engine of a site cannot decide',
};

/** Alarms that the engine's state does not show by itself. */
export function alarmIncident(site: Site, alarm: Alarm): Condition | undefined {
  const cause = ALARM_CAUSES[alarm.code];
  if (cause === undefined) return undefined;
  const { code, evseId, detail } = alarm;
  const evse = site.evses.find((it) => it.id === evseId);
  const stationId = alarm.stationId ?? evse?.stationId;
  return {
    key: `engine-alarm ${code} ${evseId ?? stationId ?? site.id}`,
    kind: 'engine-alarm',
    cause,
    severity: 'error',
    summary: detail,
    evidence: { figures: { code } },
    ...(stationId === undefined ? {} : { stationId }),
    ...(evse === undefined ? {} : { evseNumber: evse.evseNumber }),
  };
}
