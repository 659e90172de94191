/**
 * A guided offline test (SAFETY R0): a person unplugs the network of a station whose vehicle would
 * take more than it is allowed; what the station measured meanwhile is judged when it is back.
 */
import { newestAccepted, ownSettings } from '../../../ledger/index.js';
import type { EvseId } from '../../../solver/index.js';
import { energyDeliveredWh } from '../../sessions/session.js';
import type { SiteEvse } from '../../sites/site.js';
import { channelVoltageV, isEndless } from '../charge-rate.js';
import { type Draft, wakeAt } from '../draft.js';
import type { SiteEvent } from '../state.js';
import { askMeter } from './ask-meter.js';
import { endStep, putTest, putWork, stepOf, testAt, testOf } from './keep.js';
import { judgeOffline } from './offline-verdict.js';
import { askShown } from './read-back.js';
import {
  OFFLINE_PARTS,
  type OfflinePart,
  type OfflineWork,
  type SmartChargingTest,
  type StepShown,
  type StepWork,
  type TestStep,
} from './test-record.js';

const UNPLUG_MAX_MS = 15 * 60_000;
/** Somebody went for lunch. */
const AWAY_MAX_MS = 3_600_000;
const LOSS_SEC = 180;
/** Without its lease, so that the energy of the tail tells itself from that of the grant. */
const AFTER_LEASE_SEC = 240;
const LEASE_SEC = 120;
const USUAL_LEASE_SEC = 900;
/** What was queued while it was away has come by then. */
const COLLECT_MS = 45_000;
const COLLECT_MAX_MS = 300_000;
const USED_A = 1;

export function isOfflineStep(step: TestStep): step is TestStep & { readonly name: OfflinePart } {
  return OFFLINE_PARTS.some((it) => it === step.name);
}

export interface OfflineGuide {
  readonly part: OfflinePart;
  readonly phase: 'unplug' | 'away' | 'back';
  readonly replugAtMs?: number;
  readonly givesUpAtMs?: number;
}

/** Where a guided test is; undefined while nobody is needed. */
export function whereOf({ steps, at, work }: SmartChargingTest): OfflineGuide | undefined {
  const step = steps[at];
  if (step === undefined || work === undefined || !isOfflineStep(step)) return undefined;
  const part = step.name;
  if (work.phase === 'unplug') {
    return { part, phase: 'unplug', givesUpAtMs: work.sinceMs + UNPLUG_MAX_MS };
  }
  if (work.offline === undefined) return undefined;
  const { replugAtMs } = work.offline;
  if (work.phase === 'back') return { part, phase: 'back' };
  return { part, phase: 'away', replugAtMs, givesUpAtMs: replugAtMs + AWAY_MAX_MS };
}

/** A lease ends within minutes where that is what is tested, and not within the test elsewhere. */
export function offlineLeaseSec({ name }: TestStep): number {
  return name === 'lease-expiry' ? LEASE_SEC : USUAL_LEASE_SEC;
}

export function beginOffline(draft: Draft, evse: SiteEvse, work: StepWork): void {
  const test = testOf(draft, evse.id);
  const step = test === undefined ? undefined : stepOf(test);
  if (test === undefined || step === undefined || !isOfflineStep(step)) return;
  const before = test.steps.slice(Math.max(0, test.at - 2), test.at);
  if (before.length < 2 || before.some((it) => it.verdict !== 'passed')) {
    const detail = 'the vehicle was not seen to take more than the limit to be kept';
    return endStep(draft, evse.id, { verdict: 'not-judgeable', detail });
  }
  if (step.name === 'lease-expiry' && !hasEnd(draft, evse)) {
    const detail = 'it is told limits without an end: nothing would be seen to end';
    return endStep(draft, evse.id, { verdict: 'not-judgeable', detail });
  }
  const instruction =
    step.name === 'power-cycle'
      ? `Unplug the network cable of ${evse.stationId} now; then switch its power off and on again.`
      : `Unplug the network cable of ${evse.stationId} now.`;
  putTest(draft, evse.id, { ...test, instruction, work: { ...work, phase: 'unplug' } });
}

function hasEnd(draft: Draft, { stationId }: SiteEvse): boolean {
  const station = draft.stations.get(stationId);
  return station !== undefined && !isEndless(station);
}

export function advanceOffline(
  draft: Draft,
  evse: SiteEvse,
  work: StepWork,
  step: TestStep,
): boolean {
  const { offline } = work;
  if (work.phase === 'unplug' || offline === undefined) {
    const detail = 'nobody unplugged it within 15 minutes';
    return giveUp(draft, evse.id, { atMs: work.sinceMs + UNPLUG_MAX_MS, detail });
  }
  if (work.phase === 'away') {
    const detail = `${evse.stationId} did not come back`;
    return giveUp(draft, evse.id, { atMs: offline.replugAtMs + AWAY_MAX_MS, detail });
  }
  return advanceBack(draft, evse, { work, offline, step });
}

function giveUp(
  draft: Draft,
  evseId: EvseId,
  { atMs, detail }: { readonly atMs: number; readonly detail: string },
): boolean {
  if (draft.nowMs < atMs) {
    wakeAt(draft, atMs);
    return false;
  }
  endStep(draft, evseId, { verdict: 'not-judgeable', detail });
  return true;
}

/** Its queue is let in first, its profiles are read, its meter is asked; then it is judged. */
function advanceBack(
  draft: Draft,
  evse: SiteEvse,
  { work, offline, step }: { work: StepWork; offline: OfflineWork; step: TestStep },
): boolean {
  const { backAtMs = draft.nowMs } = offline;
  const stage = draft.stations.get(evse.stationId)?.stage;
  const isSpoken = stage !== 'connecting' && stage !== 'offline';
  if (isSpoken && offline.shownAsked === undefined) {
    putWork(draft, evse.id, { ...work, offline: { ...offline, shownAsked: true } });
    askShown(draft, evse.id);
    return true;
  }
  const state = draft.evses.get(evse.id);
  const isReady = stage === 'ready' && state?.contact.step === 'done';
  const dueMs = backAtMs + COLLECT_MS;
  const lastMs = backAtMs + COLLECT_MAX_MS;
  const waits = draft.nowMs < dueMs || !isReady || offline.shown === undefined;
  if (waits && draft.nowMs < lastMs) {
    wakeAt(draft, draft.nowMs < dueMs ? dueMs : lastMs);
    if (isReady) askMeter(draft, evse, work);
    return false;
  }
  const session =
    offline.sessionId === undefined ? undefined : draft.sessions.get(offline.sessionId);
  const energyAfterWh = session === undefined ? undefined : energyDeliveredWh(session);
  const { settings } = draft.site;
  const judged = judgeOffline({
    part: step.name as OfflinePart,
    offline,
    samples: work.samples,
    settings: state === undefined ? settings : ownSettings(state.ledger, settings),
    fallbackA: settings.fallbackIdleA,
    runs: state?.transactionId !== undefined,
    voltageV: channelVoltageV(draft.site),
    ...(energyAfterWh === undefined ? {} : { energyAfterWh }),
    ...(session?.meterLastAtMs === undefined ? {} : { energyAfterAtMs: session.meterLastAtMs }),
  });
  endStep(draft, evse.id, {
    ...judged,
    ...(offline.shown === undefined ? {} : { shown: offline.shown }),
    reaction: { sampleCount: work.samples.length },
  });
  return true;
}

export function noteBack(
  draft: Draft,
  evseId: EvseId,
  { work, shown }: { readonly work: StepWork; readonly shown: StepShown },
): void {
  if (work.offline === undefined) return;
  putWork(draft, evseId, { ...work, offline: { ...work.offline, shown } });
  wakeAt(draft, draft.nowMs);
}

/** What happens to the link of a station; a boot is told before contact begins anew. */
export function noteLink(draft: Draft, event: SiteEvent): void {
  switch (event.type) {
    case 'station.disconnected':
      if (draft.stations.get(event.stationId)?.generation !== event.generation) return;
      return noteLost(draft, event.stationId);
    case 'station.connected':
      return noteConnected(draft, event.stationId);
    case 'station.booted':
      return noteBooted(draft, event);
    default:
      return;
  }
}

function noteLost(draft: Draft, stationId: SiteEvse['stationId']): void {
  const test = testAt(draft, stationId);
  const step = test === undefined ? undefined : stepOf(test);
  const state = test === undefined ? undefined : draft.evses.get(test.evseId);
  if (test?.work === undefined || state === undefined || step === undefined) return;
  if (test.work.phase !== 'unplug' || !isOfflineStep(step)) return;
  const held = newestAccepted(state.ledger);
  if (held === undefined || held.boundaryAtMs <= draft.nowMs) {
    const detail = 'no lease was in force when the link was lost';
    return endStep(draft, test.evseId, { verdict: 'not-judgeable', detail });
  }
  const session = state.sessionId === undefined ? undefined : draft.sessions.get(state.sessionId);
  const energyWh = session === undefined ? undefined : energyDeliveredWh(session);
  const used = session?.drawnA?.filter((it) => it > USED_A).length ?? 0;
  const { skewSec, settleSec } = ownSettings(state.ledger, draft.site.settings);
  const leaseOverMs = held.boundaryAtMs + (skewSec + settleSec + AFTER_LEASE_SEC) * 1000;
  const replugAtMs = step.name === 'lease-expiry' ? leaseOverMs : draft.nowMs + LOSS_SEC * 1000;
  const offline: OfflineWork = {
    grantA: held.grantA,
    tailA: held.tailA,
    boundaryAtMs: held.boundaryAtMs,
    takesA: test.steps[test.at - 2]?.reaction?.drawnA ?? 0,
    lostAtMs: draft.nowMs,
    replugAtMs,
    phaseCount: Math.max(1, used),
    ...(session === undefined ? {} : { sessionId: session.id }),
    ...(energyWh === undefined ? {} : { energyBeforeWh: energyWh }),
    ...(session?.meterLastAtMs === undefined ? {} : { energyBeforeAtMs: session.meterLastAtMs }),
  };
  const minutes = Math.ceil((replugAtMs - draft.nowMs) / 60_000);
  const first =
    step.name === 'power-cycle' ? 'Switch its power off and on again; then plug' : 'Plug';
  const instruction = `${first} the network cable of ${stationId} in again after ${minutes} minutes, and leave the vehicle plugged in.`;
  const work: StepWork = {
    ...test.work,
    phase: 'away',
    sinceMs: draft.nowMs,
    samples: [],
    offline,
  };
  putTest(draft, test.evseId, { ...test, instruction, work });
}

function noteConnected(draft: Draft, stationId: SiteEvse['stationId']): void {
  const test = testAt(draft, stationId);
  const { work, evseId } = test ?? {};
  if (work?.offline === undefined || evseId === undefined || work.phase !== 'away') return;
  const offline = { ...work.offline, backAtMs: draft.nowMs };
  const instruction = `${stationId} is back: what it measured meanwhile is being read.`;
  if (test !== undefined) {
    const next = { ...work, phase: 'back', sinceMs: draft.nowMs, offline } as const;
    putTest(draft, evseId, { ...test, instruction, work: next });
  }
}

/** Read before F0 is installed again: what it kept over the boot is what is asked. */
function noteBooted(draft: Draft, event: Extract<SiteEvent, { type: 'station.booted' }>): void {
  const test = testAt(draft, event.stationId);
  const { work, evseId } = test ?? {};
  if (work?.offline === undefined || evseId === undefined) return;
  const offline: OfflineWork = {
    ...work.offline,
    bootedAtMs: draft.nowMs,
    ...(event.reason === undefined ? {} : { bootReason: event.reason }),
    shownAsked: true,
  };
  putWork(draft, evseId, { ...work, offline });
  if (work.offline.shownAsked === undefined) askShown(draft, evseId);
}
