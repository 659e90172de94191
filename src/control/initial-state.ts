/** The state of a site that nobody has heard of yet. */
import type { EvseLedger } from '../../ledger/types.js';
import type { Site, SiteEvse } from '../sites/site.js';
import { CONTACT_START } from './contact.js';
import { CAPABILITY_ASSUMED } from './read-capability.js';
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
  };
}

export function newStation(id: StationState['id'], nowMs: number): StationState {
  return {
    id,
    stage: 'offline',
    stageSinceMs: nowMs,
    attempts: 0,
    capability: CAPABILITY_ASSUMED,
    stackLevel: 0,
  };
}

export function newEvse(
  site: Site,
  evse: SiteEvse,
  { station, nowMs }: { readonly station?: StationState | undefined; readonly nowMs: number },
): EvseState {
  const ledger: EvseLedger = {
    evseId: evse.id,
    currentMaxA: evse.currentMaxA,
    offlineTested: isTested(site, evse.stationId, station),
    distrusted: false,
    leaseShown: false,
    commands: [],
  };
  return {
    id: evse.id,
    ledger,
    contact: CONTACT_START,
    fallbackProvisional: false,
    reassert: false,
    sinceMs: nowMs,
    changesAtMs: [],
  };
}

/**
 * R0: the offline tests speak for one vendor, model and firmware. What the station was when they were
 * recorded counts; of one that had not booted yet, what it says at its first boot.
 */
export function isTested(
  site: Site,
  stationId: StationState['id'],
  station: StationState | undefined,
): boolean {
  const isRecorded = site.stations.find((it) => it.id === stationId)?.offlineTested ?? false;
  return isRecorded && (station?.testedAs === undefined || station.testedAs === kindOf(station));
}

/** Vendor, model and firmware; undefined before the first boot. */
export function kindOf({ vendor, model, firmware }: StationState): string | undefined {
  return vendor === undefined ? undefined : JSON.stringify([vendor, model, firmware]);
}
