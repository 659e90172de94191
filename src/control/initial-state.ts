/** The state of a site that nobody has heard of yet, and how an edited site keeps what it knows. */
import { amps } from '../../solver/index.js';
import type { EvseLedger } from '../../ledger/types.js';
import type { Site, SiteEvse } from '../sites/site.js';
import { CONTACT_START } from './contact.js';
import type { Draft } from './draft.js';
import { CAPABILITY_ASSUMED } from './read-capability.js';
import type { EvseState, SiteState, StationState } from './state.js';

export function initialState(site: Site, epoch: number, nowMs: number): SiteState {
  return {
    site,
    epoch,
    nextSeq: 1,
    inboxSeq: 0,
    stations: new Map(site.stations.map((it) => [it.id, newStation(it.id, nowMs)])),
    evses: new Map(site.evses.map((it) => [it.id, newEvse(site, it, nowMs)])),
    sessions: new Map(),
    signals: new Map(),
    buildingLoad: new Map(),
    pending: new Map(),
    control: { notGuaranteed: [], goals: [] },
  };
}

/** After an edit: new stations and EVSEs appear at their worst, known ones keep their ledger. */
export function reconcile(draft: Draft): void {
  for (const { id } of draft.site.stations) {
    if (!draft.stations.has(id)) draft.stations.set(id, newStation(id, draft.nowMs));
  }
  for (const evse of draft.site.evses) {
    const known = draft.evses.get(evse.id);
    if (known === undefined) {
      draft.evses.set(evse.id, newEvse(draft.site, evse, draft.nowMs));
      continue;
    }
    const offlineTested = isTested(draft.site, evse);
    const currentMaxA = amps(Math.max(evse.currentMaxA, 0));
    const { ledger } = known;
    if (ledger.offlineTested === offlineTested && ledger.currentMaxA === currentMaxA) continue;
    draft.evses.set(evse.id, { ...known, ledger: { ...ledger, offlineTested, currentMaxA } });
  }
}

function newStation(id: StationState['id'], nowMs: number): StationState {
  return {
    id,
    stage: 'offline',
    stageSinceMs: nowMs,
    attempts: 0,
    capability: CAPABILITY_ASSUMED,
    stackLevel: 0,
  };
}

function newEvse(site: Site, evse: SiteEvse, nowMs: number): EvseState {
  const ledger: EvseLedger = {
    evseId: evse.id,
    currentMaxA: evse.currentMaxA,
    offlineTested: isTested(site, evse),
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

function isTested(site: Site, evse: SiteEvse): boolean {
  return site.stations.find((it) => it.id === evse.stationId)?.offlineTested ?? false;
}
