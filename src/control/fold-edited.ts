/**
 * An edited site: what is new appears at its worst, what is known keeps its ledger, and nothing
 * leaves that might still draw.
 */
import { carries, distrusted, worstCase, worstCaseAt } from '../../ledger/index.js';
import { amps, type Circuit, type CircuitId, type EvseId } from '../../solver/index.js';
import type { SiteEvse } from '../sites/site.js';
import { siteTiers, standings, type StateView } from '../sites/snapshot.js';
import { CONTACT_START } from './contact-retry.js';
import { type Draft, plan, updateEvse, updateStation, without } from './draft.js';
import { newEvse, newStation } from './initial-state.js';
import { declareTested } from './offline-tests.js';
import { finish } from './smart-charging-test/finish.js';
import type { ControlState, EvseState, SiteEvent } from './state.js';
import { noteUnknownCall } from './unknown-call.js';

/** EVSEs that left the site distrusted; more than these are never remembered. */
const REMOVED_MAX = 1000;

type Edited = Extract<SiteEvent, { type: 'site.edited' }>;

export function foldEdited(draft: Draft, event: Edited): void {
  // Made from a site that has changed since: its editor is told so by the version.
  if (event.site.version !== draft.site.version + 1) return;
  const detail = editRefusal(draft, event, draft.nowMs);
  if (detail !== undefined) {
    // Something began between the question and this: the edit is refused as a whole. Its version is
    // used up, so that the editor finds the site as it is.
    draft.site = { ...draft.site, version: event.site.version };
    draft.effects.push({ type: 'alarm', code: 'edit-refused', detail });
    return;
  }
  const before = draft.site;
  draft.site = event.site;
  dropRemoved(draft);
  reconcile(draft, event);
  if (before.settings.fallbackIdleA !== event.site.settings.fallbackIdleA) installFallback(draft);
  if (before.settings.sampleIntervalSec !== event.site.settings.sampleIntervalSec) resample(draft);
}

/**
 * Why an edit cannot be taken now, in words; undefined when it can.
 *
 * - An EVSE that has a running session, or may draw (W above 0), is not removed, unless somebody says
 *   that it is without power. What has never been connected holds nothing of ours.
 * - A higher F0 is an increase: it needs room now, because it may be in force as soon as it is sent
 *   (R2, R5).
 */
export function editRefusal(
  state: StateView,
  edit: Pick<Edited, 'site' | 'deEnergised'>,
  nowMs: number,
): string | undefined {
  const held = state.site.evses.find(({ id }) => isHeld(state, edit, { id, nowMs }));
  if (held !== undefined) return `${held.id} has a running session, or may still draw`;
  const { fallbackIdleA } = edit.site.settings;
  if (fallbackIdleA <= state.site.settings.fallbackIdleA) return undefined;
  const full = circuitWithoutRoom({ ...state, site: edit.site }, nowMs);
  if (full === undefined) return undefined;
  const inMin = Math.ceil((full.atMs - nowMs) / 60_000);
  const when = inMin > 0 ? `in ${inMin} min` : 'now';
  return `${full.circuitId} has no room ${when} for a fallback of ${fallbackIdleA} A at each EVSE`;
}

function isHeld(
  { site, evses, sessions, stations }: StateView,
  edit: Pick<Edited, 'site' | 'deEnergised'>,
  { id, nowMs }: { readonly id: EvseId; readonly nowMs: number },
): boolean {
  const evse = evses.get(id);
  if (evse === undefined || edit.site.evses.some((it) => it.id === id)) return false;
  if ([...sessions.values()].some((it) => it.evseId === id && it.phase === 'active')) return true;
  if (edit.deEnergised?.includes(id) === true) return false;
  const stationId = site.evses.find((it) => it.id === id)?.stationId;
  const wasSeen = stationId !== undefined && stations.get(stationId)?.connectedAtMs !== undefined;
  return wasSeen && worstCaseAt(evse.ledger, nowMs, site.settings) > 0;
}

/**
 * The first circuit that does not carry the higher of W and F0 of everything below it, now or once other
 * limits hold: F0 has no end, so what a meter shows to be free for minutes is no room for it.
 */
function circuitWithoutRoom(
  state: StateView,
  nowMs: number,
): { readonly circuitId: CircuitId; readonly atMs: number } | undefined {
  const { settings } = state.site;
  const loads = standings(state).map(({ evse, state: { ledger } }) => ({
    evse,
    steps: worstCase(ledger, nowMs, settings),
  }));
  for (const { fromMs, circuits } of siteTiers(state, nowMs)) {
    const full = circuits.find((circuit) => {
      const sumA: [number, number, number] = [0, 0, 0];
      for (const { evse, steps } of loads) {
        if (!isBelow(circuits, evse.circuitId, circuit.id)) continue;
        const later = steps.filter((_, at) => (steps[at + 1]?.fromMs ?? Infinity) > fromMs);
        const worstA = Math.max(settings.fallbackIdleA, ...later.map((it) => it.currentA));
        for (const channel of [0, 1, 2] as const)
          if (evse.channels[channel]) sumA[channel] += worstA;
      }
      return !carries(circuit, ...sumA, 'all');
    });
    if (full !== undefined) return { circuitId: full.id, atMs: fromMs };
  }
  return undefined;
}

function isBelow(circuits: readonly Circuit[], from: CircuitId, ancestor: CircuitId): boolean {
  let next = circuits.find((it) => it.id === from);
  for (let hops = 0; next !== undefined && hops < circuits.length; hops += 1) {
    if (next.id === ancestor) return true;
    const { parentId } = next;
    next = circuits.find((it) => it.id === parentId);
  }
  return next?.id === ancestor;
}

function dropRemoved(draft: Draft): void {
  const { site } = draft;
  for (const id of draft.stations.keys()) {
    if (!site.stations.some((it) => it.id === id)) draft.stations.delete(id);
  }
  for (const id of draft.evses.keys()) {
    if (site.evses.some((it) => it.id === id)) continue;
    finish(draft, id, `${id} left the site`);
    rememberDistrust(draft, id);
    draft.evses.delete(id);
  }
  for (const session of draft.sessions.values()) {
    if (session.phase === 'ended' || draft.evses.has(session.evseId)) continue;
    draft.sessions.set(session.id, { ...session, phase: 'ended', endedAtMs: draft.nowMs });
  }
  for (const [seq, { stationId, evseId }] of draft.pending) {
    const isGone =
      !draft.stations.has(stationId) || (evseId !== undefined && !draft.evses.has(evseId));
    if (isGone) draft.pending.delete(seq);
  }
  for (const id of draft.buildingLoad.keys()) {
    if (!site.circuits.some((it) => it.id === id)) draft.buildingLoad.delete(id);
  }
}

/** R9: who drew more than it was told does not earn trust by leaving and coming back. */
function rememberDistrust(draft: Draft, id: EvseId): void {
  const ledger = draft.evses.get(id)?.ledger;
  if (ledger?.distrusted !== true) return;
  const known = draft.control.distrusted ?? [];
  const { measuredMaxA } = ledger;
  const measured = measuredMaxA === undefined ? {} : { [id]: measuredMaxA };
  keepDistrust(draft, [...known, id].slice(-REMOVED_MAX), measured);
}

/** Of what was measured, that of those alone that are remembered. */
function keepDistrust(
  draft: Draft,
  ids: readonly EvseId[],
  measured: ControlState['measuredMaxA'] = {},
): void {
  const all = { ...draft.control.measuredMaxA, ...measured };
  const kept = ids.flatMap((id) => (all[id] === undefined ? [] : [[id, all[id]] as const]));
  draft.control = { ...draft.control, distrusted: ids, measuredMaxA: Object.fromEntries(kept) };
}

/** New stations and EVSEs appear at their worst, known ones keep their ledger. */
function reconcile(draft: Draft, { retested = [] }: Edited): void {
  for (const { id } of draft.site.stations) {
    if (!draft.stations.has(id)) draft.stations.set(id, newStation(id, draft.nowMs));
    if (retested.includes(id)) updateStation(draft, id, (it) => without(it, 'testedAs'));
  }
  for (const evse of draft.site.evses) {
    const known = draft.evses.get(evse.id);
    if (known === undefined) addEvse(draft, evse);
    else declare(draft, evse, known);
  }
  for (const { id } of draft.site.stations) declareTested(draft, id);
}

/** A station that is connected already is ready only once its new EVSE is. */
function addEvse(draft: Draft, evse: SiteEvse): void {
  const station = draft.stations.get(evse.stationId);
  const fresh = newEvse(draft.site, evse, { station, nowMs: draft.nowMs });
  const { distrusted: known = [], measuredMaxA } = draft.control;
  const isDistrusted = known.includes(evse.id);
  const ledger = isDistrusted ? distrusted(fresh.ledger, measuredMaxA?.[evse.id]) : fresh.ledger;
  draft.evses.set(evse.id, { ...fresh, ledger });
  if (isDistrusted)
    keepDistrust(
      draft,
      known.filter((id) => id !== evse.id),
    );
  reinstall(draft, evse.stationId);
}

function declare(draft: Draft, evse: SiteEvse, known: EvseState): void {
  const { ledger } = known;
  const currentMaxA = amps(Math.max(evse.currentMaxA, 0));
  if (ledger.currentMaxA === currentMaxA) return;
  draft.evses.set(evse.id, { ...known, ledger: { ...ledger, currentMaxA } });
}

/**
 * Another F0 is installed and read back like the first one. Until then either may be in force, so
 * the higher of the two counts; of an EVSE whose F0 was never read back the maximum counts anyway.
 */
function installFallback(draft: Draft): void {
  const { fallbackIdleA } = draft.site.settings;
  for (const { id } of draft.site.evses) {
    updateEvse(draft, id, ({ ledger, ...rest }) => ({
      ...rest,
      contact: CONTACT_START,
      ledger:
        ledger.fallbackIdleA === undefined
          ? ledger
          : { ...ledger, fallbackIdleA: amps(Math.max(ledger.fallbackIdleA, fallbackIdleA)) },
    }));
  }
  for (const [seq, pending] of draft.pending) {
    if (pending.purpose !== 'contact') continue;
    // R3: of the F0 of before, which may be the higher one, as well.
    noteUnknownCall(draft, pending, 'forgotten');
    draft.pending.delete(seq);
  }
  for (const { id } of draft.site.stations) reinstall(draft, id);
}

function reinstall(draft: Draft, stationId: Parameters<typeof updateStation>[1]): void {
  updateStation(draft, stationId, (it) =>
    it.stage === 'ready' ? { ...it, stage: 'installing', stageSinceMs: draft.nowMs } : it,
  );
}

function resample(draft: Draft): void {
  const { sampleIntervalSec: intervalSec } = draft.site.settings;
  for (const { id, stage } of draft.stations.values()) {
    if (stage !== 'ready' && stage !== 'installing') continue;
    plan(draft, {
      stationId: id,
      purpose: 'configure-sampling',
      command: { kind: 'configure-sampling', intervalSec },
    });
  }
}
