/**
 * Steps that are one request and its read-back: our profile in another form, a clear, F0 again.
 *
 * A profile in another form is never an increase: its limit, its end and its tail are at most those
 * in force. Whether the station replaces by id is what is being found out, so that an accepted one
 * stays possible (unknown in the ledger, R10) until a later one has been read back (R3).
 */
import {
  firstEndMs,
  newestAccepted,
  planned,
  type PossibleCommand,
} from '../../../ledger/index.js';
import { type ChargingProfile, profileIdOf, START_BACKDATE_SEC } from '../../../profiles/index.js';
import { amps, type EvseId } from '../../../solver/index.js';
import type { StationCommand } from '../../ocpp/messages.js';
import type { EvseStanding } from '../../sites/snapshot.js';
import { fallbackProfile, takesAmps, unitFor } from '../charge-rate.js';
import { type Draft, plan, updateEvse } from '../draft.js';
import { leaseCarrierOf } from '../form.js';
import { ratingAtRisk } from '../rating-at-risk.js';
import { endStep, putWork, testOf } from './keep.js';
import { levelsOf } from './programme.js';
import { testedOf } from './tested.js';
import type { TestStep } from './test-record.js';

/** A profile in another form ends soon, and says so where its kind can. */
const FORM_MIN_SEC = 30;

export function beginRequest(draft: Draft, standing: EvseStanding, step: TestStep): void {
  switch (step.name) {
    case 'fallback':
      return beginFallback(draft, standing, step);
    case 'profiles':
      return beginProfiles(draft, standing, step);
    case 'clear':
      return beginClear(draft, standing, step);
    default:
      return beginForm(draft, standing, step);
  }
}

/** The same F0 once more (R10: never cleared and set). */
function beginFallback(draft: Draft, { evse, station }: EvseStanding, step: TestStep): void {
  const command: StationCommand = {
    kind: 'set-charging-profile',
    profile: fallbackProfile(draft.site, evse, station),
  };
  const limitA = draft.site.settings.fallbackIdleA;
  send(draft, { evse, step: { ...step, limitA }, command });
}

function beginProfiles(draft: Draft, { evse }: EvseStanding, step: TestStep): void {
  const requestId = testOf(draft, evse.id)?.number ?? 0;
  const payload = { requestId, evseId: evse.evseNumber, chargingProfile: {} };
  send(draft, { evse, step, command: { kind: 'call', action: 'GetChargingProfiles', payload } });
}

/** Some stations then draw all they can: only where the rating would bear it. */
function beginClear(draft: Draft, { evse, station }: EvseStanding, step: TestStep): void {
  if (leaseCarrierOf(station, evse.id) !== 'tx') return skipForm(draft, evse.id);
  const circuitId = ratingAtRisk(draft, evse.stationId, draft.nowMs);
  if (circuitId !== undefined) {
    const detail = `if it drew its maximum then, the rating of ${circuitId} could be exceeded`;
    return endStep(draft, evse.id, { verdict: 'skipped', detail });
  }
  const command: StationCommand = {
    kind: 'clear-charging-profile',
    profileId: profileIdOf('tx', evse.evseNumber, station.capability.externalIdMax),
  };
  // Answered as the end of a transaction is: only an accepted one frees anything.
  send(draft, { evse, step, command, purpose: 'clear-transaction' });
}

function beginForm(draft: Draft, standing: EvseStanding, step: TestStep): void {
  const { evse, station } = standing;
  if (leaseCarrierOf(station, evse.id) !== 'tx') return skipForm(draft, evse.id);
  const state = draft.evses.get(evse.id);
  const base = state === undefined ? undefined : newestAccepted(state.ledger);
  if (state?.transactionId === undefined || base === undefined || !lasts(draft, base)) {
    const detail = 'no limit of a lease is in force to be compared with';
    return endStep(draft, evse.id, { verdict: 'skipped', detail });
  }
  if (base.phases === 1) {
    const detail = 'it is told to use one phase, which other forms do not say';
    return endStep(draft, evse.id, { verdict: 'skipped', detail });
  }
  const form = formOf(draft, standing, { step, base, transactionId: state.transactionId });
  if (form === undefined) {
    const detail = 'only a limit above the smallest pilot shows the difference';
    return endStep(draft, evse.id, { verdict: 'skipped', detail });
  }
  const command: StationCommand = { kind: 'set-charging-profile', profile: form.profile };
  const pending = send(draft, { evse, step: { ...step, limitA: form.grantA }, command });
  updateEvse(draft, evse.id, (it) => ({
    ...it,
    ledger: planned(it.ledger, {
      seq: pending.seq,
      grantA: amps(form.grantA),
      boundaryAtMs: firstEndMs(base),
      tailA: form.kind === 'relative' ? amps(form.grantA) : base.tailA,
      plannedAtMs: draft.nowMs,
    }),
  }));
}

/** What stands where F0 stood is never cleared, nor written in a form that nobody knows it takes. */
function skipForm(draft: Draft, evseId: EvseId): void {
  const detail = 'its limits are written over its fallback, where nothing else is tried';
  endStep(draft, evseId, { verdict: 'skipped', detail });
}

function lasts({ nowMs }: Draft, base: PossibleCommand): boolean {
  return firstEndMs(base) - nowMs > FORM_MIN_SEC * 1000;
}

interface Form {
  readonly profile: ChargingProfile;
  /** Counted in the ledger, A. */
  readonly grantA: number;
  readonly kind?: 'relative';
}

function formOf(
  draft: Draft,
  standing: EvseStanding,
  of: {
    readonly step: TestStep;
    readonly base: PossibleCommand;
    readonly transactionId: string;
  },
): Form | undefined {
  const { step, base } = of;
  const { evse, station } = standing;
  const startAtMs = Math.floor(draft.nowMs / 1000 - START_BACKDATE_SEC) * 1000;
  const usual = {
    id: profileIdOf('tx', evse.evseNumber, station.capability.externalIdMax),
    stackLevel: step.stackLevel ?? station.stackLevel,
    purpose: 'tx' as const,
    evseNumber: evse.evseNumber,
    transactionId: of.transactionId,
    startAtMs,
    unit: unitFor(station, evse),
  };
  // Nobody knows when a Relative one ends: it may be no more than what holds for ever already.
  if (step.name === 'relative') {
    if (!takesAmps(station, evse) || base.tailA >= base.grantA) return undefined;
    const periods = [{ startSec: 0, limit: base.tailA }];
    return {
      profile: { ...usual, kind: 'relative', periods },
      grantA: base.tailA,
      kind: 'relative',
    };
  }
  const [lowestA = 0] = levelsOf(testedOf(draft, standing));
  if (lowestA <= 0 || lowestA >= base.grantA || !takesAmps(station, evse)) return undefined;
  const boundarySec = (firstEndMs(base) - startAtMs) / 1000;
  const limit = lowestA;
  // In W the same number: whoever takes it for amperes is not above the pilot either.
  const tail = step.name === 'unit' ? Math.min(base.tailA, limit) : base.tailA;
  const periods =
    tail === limit
      ? [{ startSec: 0, limit }]
      : [
          { startSec: 0, limit },
          { startSec: boundarySec, limit: tail },
        ];
  const unit = step.unit ?? usual.unit;
  return { profile: { ...usual, unit, periods }, grantA: Math.max(limit, tail) };
}

function send(
  draft: Draft,
  ask: {
    readonly evse: EvseStanding['evse'];
    readonly step: TestStep;
    readonly command: StationCommand;
    readonly purpose?: 'clear-transaction';
  },
) {
  const { evse, step, command, purpose = 'test' } = ask;
  const { id: evseId, stationId } = evse;
  const pending = plan(draft, { stationId, evseId, purpose, command });
  const work = testOf(draft, evseId)?.work;
  const asked = { ...step, startedAtMs: draft.nowMs, request: command };
  if (work !== undefined) putWork(draft, evseId, work, asked);
  return pending;
}
