/**
 * The capability card of a vendor, model and firmware: what the tests of all its stations have shown.
 * It is made from their rows and from nothing else, so that it cannot be edited.
 */
import type { SmartChargingCapability } from '../../../profiles/charging-profile.js';
import type { StationId } from '../../../solver/index.js';
import { type KindCredit, kindKey } from '../kind.js';
import { phaseSwitchOf } from './phase-verdict.js';
import {
  OFFLINE_PARTS,
  type OfflinePart,
  type SmartChargingTest,
  type StepName,
  type StepVerdict,
  type TestPart,
} from './test-record.js';

export interface Kind {
  readonly vendor: string;
  readonly model: string;
  readonly firmware?: string;
}

export interface PartResult {
  readonly verdict: StepVerdict;
  readonly detail?: string;
  readonly atMs: number;
  readonly actor: string;
  readonly stationId: StationId;
  readonly testNumber: number;
}

/** By the newest test that came so far; absent: none has. */
export type Observed = Readonly<
  Partial<
    Record<
      | 'follows'
      | 'pauses'
      | 'resumes'
      | 'stackLevelOther'
      | 'unitOther'
      | 'relative'
      | 'replaces'
      | 'clears'
      | 'showsComposite'
      | 'showsBoundary'
      | 'switchesPhases'
      | 'takesPhaseToUse',
      StepVerdict
    >
  >
>;

/** Of every measured step; s and A. */
export interface Reactions {
  readonly count: number;
  readonly p50Sec: number;
  readonly p99Sec: number;
  readonly maxSec: number;
  readonly overshootMaxA: number;
}

export interface CapabilityCard extends Kind {
  readonly testCount: number;
  /** The end of the newest test. */
  readonly asOfMs: number;
  readonly declared?: SmartChargingCapability;
  readonly observed: Observed;
  /** The newest judged result of each part. */
  readonly parts: Readonly<Partial<Record<TestPart, PartResult>>>;
  readonly offlineTested: boolean;
  readonly reactions?: Reactions;
  /** What R1 uses: the larger of the site's settle time and measured p99 + 2 s; absent: unmeasured. */
  readonly settleSec?: number;
}

/** R1. */
const SETTLE_MARGIN_SEC = 2;
/** A model that is slower than this is not slow, it does not follow. */
const SETTLE_MAX_SEC = 60;

/** Precondition: tests of this kind that have ended, newest first. */
export function cardOf(kind: Kind, tests: readonly SmartChargingTest[]): CapabilityCard {
  const [newest] = tests;
  const parts = partsOf(tests);
  const reactions = reactionsOf(tests);
  const declared = newest?.declared;
  return {
    ...kind,
    testCount: tests.length,
    asOfMs: Math.max(0, ...tests.map(({ endedAtMs = 0 }) => endedAtMs)),
    ...(declared === undefined ? {} : { declared }),
    observed: observedIn(tests),
    parts,
    offlineTested: OFFLINE_PARTS.every((part) => parts[part]?.verdict === 'passed'),
    ...(reactions === undefined ? {} : { reactions, settleSec: settleOf(reactions) }),
  };
}

/** What the engine makes of a card. */
export function creditOf(card: CapabilityCard): KindCredit {
  const { offlineTested, settleSec, asOfMs, parts } = card;
  const { resumes, switchesPhases, takesPhaseToUse } = card.observed;
  const hasFailed = OFFLINE_PARTS.some((part) => parts[part]?.verdict === 'failed');
  return {
    kind: kindKey(card),
    offlineTested,
    ...(hasFailed ? { offlineFailed: true } : {}),
    ...(settleSec === undefined ? {} : { settleSec }),
    ...(resumes === undefined ? {} : { resumes: resumes === 'passed' }),
    ...(switchesPhases === undefined ? {} : { switchesPhases: switchesPhases === 'passed' }),
    ...(takesPhaseToUse === undefined ? {} : { takesPhaseToUse: takesPhaseToUse === 'passed' }),
    asOfMs,
  };
}

function settleOf({ p99Sec }: Reactions): number {
  return Math.min(Math.ceil(p99Sec + SETTLE_MARGIN_SEC), SETTLE_MAX_SEC);
}

function partsOf(tests: readonly SmartChargingTest[]): CapabilityCard['parts'] {
  const found: Partial<Record<TestPart, PartResult>> = {};
  for (const test of tests) {
    for (const part of test.parts) {
      const result = part === 'online' ? wholeResult(test) : stepResult(test, part);
      if (result !== undefined) found[part] ??= result;
    }
  }
  return found;
}

/** What cannot be judged takes nothing away from what was. */
function stepResult(test: SmartChargingTest, part: OfflinePart): PartResult | undefined {
  const step = test.steps.find((it) => it.name === part);
  if (step?.verdict !== 'passed' && step?.verdict !== 'failed') return undefined;
  const { verdict, detail, endedAtMs = test.startedAtMs } = step;
  return resultOf(test, { verdict, atMs: endedAtMs, ...(detail === undefined ? {} : { detail }) });
}

function wholeResult(test: SmartChargingTest): PartResult | undefined {
  const until = test.steps.findIndex((it) => OFFLINE_PARTS.some((part) => part === it.name));
  const own = until < 0 ? test.steps : test.steps.slice(0, test.steps.findIndex(isLastOnline) + 1);
  const failed = own.find(
    (it) => it.verdict === 'failed' && (it.required === true || it.name === 'clear'),
  );
  const needed = own.filter((it) => it.required === true);
  const isPassed = needed.length > 0 && needed.every((it) => it.verdict === 'passed');
  if (failed === undefined && !isPassed) return undefined;
  return resultOf(test, {
    verdict: failed === undefined ? 'passed' : 'failed',
    atMs: test.endedAtMs ?? test.startedAtMs,
    ...(failed?.detail === undefined ? {} : { detail: failed.detail }),
  });
}

/** The online part ends with the return from a clear. */
function isLastOnline(
  { name }: { readonly name: StepName },
  index: number,
  steps: SmartChargingTest['steps'],
): boolean {
  return name === 'resume' && steps[index - 1]?.name === 'clear';
}

function resultOf(
  { actor, stationId, number }: SmartChargingTest,
  result: Pick<PartResult, 'verdict' | 'atMs' | 'detail'>,
): PartResult {
  return { ...result, actor, stationId, testNumber: number };
}

/** Newest first: the first that came so far says it. */
function observedIn(tests: readonly SmartChargingTest[]): Observed {
  const steps = tests.flatMap((it) => it.steps);
  const of = (name: StepName): StepVerdict | undefined =>
    steps.find((it) => it.name === name && isTelling(it.verdict))?.verdict;
  const shown = steps.find((it) => it.shown !== undefined)?.shown;
  const boundary = steps.find((it) => it.shown?.boundaryShown !== undefined)?.shown?.boundaryShown;
  const all: Partial<Record<keyof Observed, StepVerdict | undefined>> = {
    follows: followsIn(tests),
    pauses: of('pause'),
    resumes: of('resume'),
    stackLevelOther: of('stack-level'),
    unitOther: of('unit'),
    relative: of('relative'),
    replaces: of('replace'),
    clears: of('clear'),
    showsComposite: shown && (shown.limitA === undefined ? 'failed' : 'passed'),
    showsBoundary: boundary === undefined ? undefined : boundary ? 'passed' : 'failed',
    switchesPhases: switchesIn(tests),
    takesPhaseToUse: of('phase-to-use'),
  };
  return Object.fromEntries(Object.entries(all).filter(([, it]) => it !== undefined)) as Observed;
}

/** What no test could tell says nothing. */
function switchesIn(tests: readonly SmartChargingTest[]): StepVerdict | undefined {
  for (const test of tests) {
    const result = phaseSwitchOf(test)?.result;
    if (result === 'shown') return 'passed';
    if (result === 'not-shown') return 'failed';
  }
  return undefined;
}

/** One level that was not followed is enough. */
function followsIn(tests: readonly SmartChargingTest[]): StepVerdict | undefined {
  for (const { steps } of tests) {
    const levels = steps.filter((it) => it.name === 'limit' && isTelling(it.verdict));
    if (levels.some((it) => it.verdict === 'failed')) return 'failed';
    if (levels.some((it) => it.verdict === 'passed')) return 'passed';
  }
  return undefined;
}

function isTelling(verdict: StepVerdict | undefined): boolean {
  return verdict === 'passed' || verdict === 'failed' || verdict === 'refused';
}

function reactionsOf(tests: readonly SmartChargingTest[]): Reactions | undefined {
  const measured = tests.flatMap((it) => it.steps).filter((it) => it.verdict === 'passed');
  const sec = measured
    .flatMap(({ reaction }) => (reaction?.reactionSec === undefined ? [] : [reaction.reactionSec]))
    .sort((a, b) => a - b);
  const at = (fraction: number): number => sec[Math.ceil(fraction * sec.length) - 1] ?? 0;
  if (sec.length === 0) return undefined;
  return {
    count: sec.length,
    p50Sec: at(0.5),
    p99Sec: at(0.99),
    maxSec: sec.at(-1) ?? 0,
    overshootMaxA: Math.max(0, ...measured.map(({ reaction }) => reaction?.overshootA ?? 0)),
  };
}
