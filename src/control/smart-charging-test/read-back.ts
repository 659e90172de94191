/** The composite schedule after a step: asked for, and understood. */
import { inForce } from '../../../ledger/index.js';
import type { CompositeSchedule } from '../../../profiles/index.js';
import type { EvseId } from '../../../solver/index.js';
import type { CommandOutcome } from '../../ocpp/messages.js';
import { ampsOfComposite, LIMIT_TOLERANCE_A, unitFor } from '../charge-rate.js';
import { type Draft, plan } from '../draft.js';
import { stepOf, testOf } from './keep.js';
import type { StepShown, StepWork } from './test-record.js';

/** Beyond the end of a lease, so that it shows. */
const BEYOND_SEC = 120;

export function askShown(draft: Draft, evseId: EvseId): void {
  const evse = draft.site.evses.find((it) => it.id === evseId);
  const test = testOf(draft, evseId);
  if (evse === undefined || test === undefined) return;
  const untilMs = test.work?.boundaryAtMs ?? draft.nowMs;
  const aheadSec = Math.max(0, Math.ceil((untilMs - draft.nowMs) / 1000));
  const station = draft.stations.get(evse.stationId);
  const unit = stepOf(test)?.unit ?? (station === undefined ? undefined : unitFor(station, evse));
  plan(draft, {
    stationId: evse.stationId,
    evseId,
    purpose: 'test',
    command: {
      kind: 'get-composite-schedule',
      evseNumber: evse.evseNumber,
      durationSec: aheadSec + BEYOND_SEC,
      ...(unit === undefined ? {} : { unit }),
    },
  });
}

/** What the answer shows for now, and of the end of the lease. */
export function shownIn(
  draft: Draft,
  evseId: EvseId,
  { outcome, work }: { readonly outcome: CommandOutcome; readonly work: StepWork | undefined },
): StepShown {
  const evse = draft.site.evses.find((it) => it.id === evseId);
  if (outcome.status !== 'accepted') {
    const detail = 'detail' in outcome ? outcome.detail : outcome.status;
    return { detail: `its composite schedule was not shown: ${detail}` };
  }
  const { schedule } = outcome;
  const first = schedule?.periods[0];
  if (schedule === undefined || first === undefined || first.startSec > 0 || evse === undefined) {
    return { detail: 'its composite schedule says nothing about now' };
  }
  const limitA = ampsOfComposite(draft.site, evse, schedule.unit, first);
  const boundaryShown = showsBoundary(draft, { evseId, schedule, work });
  return {
    limitA,
    unit: schedule.unit,
    ...(first.numberPhases === undefined ? {} : { numberPhases: first.numberPhases }),
    ...(first.phaseToUse === undefined ? {} : { phaseToUse: first.phaseToUse }),
    ...(boundaryShown === undefined ? {} : { boundaryShown }),
  };
}

/** Undefined: there is no end to be seen, as the tail is the limit itself. */
function showsBoundary(
  draft: Draft,
  read: {
    readonly evseId: EvseId;
    readonly schedule: CompositeSchedule;
    readonly work: StepWork | undefined;
  },
): boolean | undefined {
  const { boundaryAtMs, tailA } = read.work ?? {};
  const ledger = draft.evses.get(read.evseId)?.ledger;
  const evse = draft.site.evses.find((it) => it.id === read.evseId);
  if (boundaryAtMs === undefined || tailA === undefined) return undefined;
  if (ledger === undefined || evse === undefined) return undefined;
  if (inForce(ledger, draft.nowMs) <= tailA) return undefined;
  const skewMs = draft.site.settings.skewSec * 1000;
  const { schedule } = read;
  return schedule.periods.some((period) => {
    const fromMs = schedule.startAtMs + period.startSec * 1000;
    const limitA = ampsOfComposite(draft.site, evse, schedule.unit, period);
    return Math.abs(fromMs - boundaryAtMs) <= skewMs && limitA <= tailA + LIMIT_TOLERANCE_A;
  });
}
