/** Who asks for a test, and whether it may begin. */
import type { EvseId, StationId } from '../../../solver/index.js';
import { type EvseStanding, standings, type StateView } from '../../sites/snapshot.js';
import { type Draft, wakeAt } from '../draft.js';
import { CAPABILITY_ASSUMED } from '../read-capability.js';
import type { SiteEvent } from '../state.js';
import { putTest, testAt } from './keep.js';
import { levelsOf, programmeOf } from './programme.js';
import type { SmartChargingTest, TestPart } from './test-record.js';
import { testedOf } from './tested.js';

type Asked = Extract<SiteEvent, { type: 'test.asked' }>;

export interface TestAsk {
  readonly stationId: StationId;
  readonly evseId?: EvseId | undefined;
  readonly parts: readonly TestPart[];
}

export type TestVerdict =
  | { readonly status: 'allowed'; readonly standing: EvseStanding }
  | { readonly status: 'offline' | 'refused'; readonly detail: string };

/** A draw must be seen to rise with its limit: one level shows nothing. */
const LEVELS_MIN = 2;

/** May it begin now? A test runs at one EVSE of a station at a time. */
export function judgeTest(view: StateView, { stationId, evseId, parts }: TestAsk): TestVerdict {
  const own = standings(view).filter((it) => it.evse.stationId === stationId);
  const named = evseId === undefined ? own : own.filter((it) => it.evse.id === evseId);
  const standing = named.find((it) => it.controllable) ?? named[0];
  if (standing === undefined) return refused(`${stationId} has no EVSE ${evseId ?? ''}`.trim());
  const { station } = standing;
  if (station.stage === 'offline') return { status: 'offline', detail: `${stationId} is offline` };
  if (station.stage !== 'ready' || standing.state.contact.step !== 'done') {
    return refused(`the first contact with ${stationId} is not complete`);
  }
  const running = testAt(view, stationId);
  if (running !== undefined) return refused(`test ${running.number} of ${stationId} is running`);
  if (standing.controllable) {
    const levels = levelsOf(testedOf(view, standing));
    if (levels.length >= LEVELS_MIN) return { status: 'allowed', standing };
    return refused(`${standing.evse.id} has fewer than ${LEVELS_MIN} levels to tell apart`);
  }
  const guided = parts.find((it) => it !== 'online');
  if (guided === undefined) return { status: 'allowed', standing };
  return refused(`${guided} needs a vehicle that charges at ${standing.evse.id}`);
}

function refused(detail: string): TestVerdict {
  return { status: 'refused', detail };
}

/** Every ask leaves a row, also one that cannot begin. */
export function foldTestAsked(draft: Draft, event: Asked): void {
  const { number, stationId, parts, actor } = event;
  const station = draft.stations.get(stationId);
  const verdict = judgeTest(draft, event);
  const asked: SmartChargingTest = {
    number,
    stationId,
    ...(event.evseId === undefined ? {} : { evseId: event.evseId }),
    actor,
    parts,
    status: 'running',
    startedAtMs: draft.nowMs,
    ...(station?.version === undefined ? {} : { version: station.version }),
    ...(station?.vendor === undefined ? {} : { vendor: station.vendor }),
    ...(station?.model === undefined ? {} : { model: station.model }),
    ...(station?.firmware === undefined ? {} : { firmware: station.firmware }),
    declared: station?.capability ?? CAPABILITY_ASSUMED,
    stackLevel: station?.stackLevel ?? 0,
    steps: [],
    at: 0,
  };
  if (verdict.status !== 'allowed') {
    const { detail } = verdict;
    const test = { ...asked, status: 'refused' as const, detail, endedAtMs: draft.nowMs };
    draft.effects.push({ type: 'test', test });
    return;
  }
  const { id } = verdict.standing.evse;
  const steps = programmeOf(testedOf(draft, verdict.standing), parts);
  putTest(draft, id, { ...asked, evseId: id, steps });
  wakeAt(draft, draft.nowMs);
}
