import type { Fault } from '../../store/operations/fault-ports.js';
import type { FaultBody } from '../schema/fault.js';
import { defined } from './defined.js';
import { instant, instantOrNone } from './instant.js';

export function renderFault(fault: Fault): FaultBody {
  const { id, siteId, stationId, evseNumber, kind, cause, severity, summary, state } = fault;
  const { count, actor, note, version, evidence } = fault;
  const { recordIds, messageIds, figures, series } = evidence;
  return defined({
    id,
    siteId,
    stationId,
    evseNumber,
    kind,
    cause,
    severity,
    summary,
    state,
    firstSeenAt: instant(fault.firstSeenAtMs),
    lastSeenAt: instant(fault.lastSeenAtMs),
    count,
    evidence: defined({
      recordIds: recordIds === undefined ? undefined : [...recordIds],
      messageIds: messageIds === undefined ? undefined : [...messageIds],
      figures: figures === undefined ? undefined : { ...figures },
      series: series?.map(({ atMs, value }) => ({ at: instant(atMs), value })),
    }),
    actor,
    note,
    acknowledgedAt: instantOrNone(fault.acknowledgedAtMs),
    solvedAt: instantOrNone(fault.solvedAtMs),
    version,
  });
}
