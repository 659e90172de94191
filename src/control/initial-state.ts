/** The state of a site that nobody has heard of yet. */
import { shapedEntry } from '../../ledger/index.js';
import type { Site, SiteEvse } from '../sites/site.js';
import { CONTACT_START } from './contact-retry.js';
import { type KindCredit, kindOf } from './kind.js';
import { CAPABILITY_ASSUMED } from './read-capability.js';
import { evseRow, stationRow } from './row-shapes.js';
import type { EvseState, SiteState, StationState } from './state.js';

export function initialState(site: Site, epoch: number, nowMs: number): SiteState {
  return {
    site,
    epoch,
    nextSeq: 1,
    inboxSeq: 0,
    stations: new Map(site.stations.map((it) => [it.id, newStation(it.id, nowMs)])),
    evses: new Map(site.evses.map((it) => [it.id, newEvse(site, it, { nowMs })])),
    sessions: new Map(),
    signals: new Map(),
    buildingLoad: new Map(),
    pending: new Map(),
    control: { notGuaranteed: [], goals: [] },
    plan: undefined,
  };
}

export function newStation(id: StationState['id'], nowMs: number): StationState {
  return stationRow({
    id,
    stage: 'offline',
    stageSinceMs: nowMs,
    attempts: 0,
    capability: CAPABILITY_ASSUMED,
    stackLevel: 0,
  });
}

export function newEvse(
  site: Site,
  evse: SiteEvse,
  { station, nowMs }: { readonly station?: StationState | undefined; readonly nowMs: number },
): EvseState {
  const ledger = shapedEntry({
    evseId: evse.id,
    currentMaxA: evse.currentMaxA,
    offlineTested: isTested(site, evse.stationId, station),
    distrusted: false,
    leaseShown: false,
    settleSec: creditNow(station)?.settleSec,
    phaseCredit: undefined,
    replacesUnshown: true,
    commands: [],
  });
  return evseRow({
    id: evse.id,
    ledger,
    contact: CONTACT_START,
    fallbackProvisional: false,
    late: undefined,
    phaseWatch: undefined,
    reassert: false,
    clearedSeq: undefined,
    followedSeq: undefined,
    sinceMs: nowMs,
    changesAtMs: [],
  });
}

/**
 * R0: the offline tests speak for one vendor, model and firmware. Passed ones count for every station
 * of that kind, and failed ones too. Of those that an owner recorded by hand, what the station was then counts; of one that
 * had not booted yet, what it says at its first boot.
 */
export function isTested(
  site: Site,
  stationId: StationState['id'],
  station: StationState | undefined,
): boolean {
  const isRecorded = site.stations.find((it) => it.id === stationId)?.offlineTested ?? false;
  const credit = creditNow(station);
  if (credit?.offlineTested === true) return true;
  if (credit?.offlineFailed === true) return false;
  return isRecorded && (station?.testedAs === undefined || station.testedAs === kindOf(station));
}

/** What tests have shown of the vendor, model and firmware that the station is now. */
export function creditNow(station: StationState | undefined): KindCredit | undefined {
  if (station?.card === undefined) return undefined;
  return station.card.kind === kindOf(station) ? station.card : undefined;
}
