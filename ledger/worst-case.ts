/** W(t): the most that one EVSE may draw from now on, under every order and loss of messages. */
import { type Amps, amps, memoized } from '../solver/index.js';
import { ownSettings } from './own-settings.js';
import { shapedEntry } from './shape.js';
import type { EvseLedger, LedgerSettings, OnePhase, PossibleCommand, Step } from './types.js';

/**
 * W from `nowMs` on as a step function: the first step starts at `nowMs`, ascending, the last one
 * holds for ever. The maximum over everything that the EVSE may obey:
 * - R0 hardware maximum for ever while F0 is not read back, and for models without offline tests;
 * - R9 hardware maximum for ever while distrusted, or what was measured where that is more;
 * - R0 F0, always: a reboot may drop every profile of a transaction;
 * - R1, R2, R3, R6, R10 every command, see `commandAt`.
 */
export function worstCase(
  entry: EvseLedger,
  nowMs: number,
  settings: LedgerSettings,
): readonly Step[] {
  const table = tableOf(settings)(entry);
  if (table.fromMs !== nowMs) {
    table.ahead = aheadOf(table.steps, nowMs);
    table.fromMs = nowMs;
  }
  return table.ahead;
}

/** The same for an entry that is asked for once: nothing is kept of it. */
export function worstCaseOnce(
  entry: EvseLedger,
  nowMs: number,
  settings: LedgerSettings,
): readonly Step[] {
  return aheadOf(stepsOf(entry, settings), nowMs);
}

/** Precondition: the first step holds since ever. */
function aheadOf(steps: readonly WorstStep[], nowMs: number): readonly Step[] {
  const index = indexAt(steps, nowMs);
  const ahead: Step[] = [{ fromMs: nowMs, currentA: (steps[index] as WorstStep).currentA }];
  for (let later = index + 1; later < steps.length; later += 1) {
    ahead.push(steps[later] as WorstStep);
  }
  return ahead;
}

/** W on the phases that a limit for one phase leaves out (R12). */
export function worstOthers(
  entry: EvseLedger,
  nowMs: number,
  settings: LedgerSettings,
): readonly Step[] | undefined {
  const others = onOthers(entry);
  return others === entry ? undefined : worstCase(others, nowMs, settings);
}

/** W at one instant, A; the same rules as `worstCase`. */
export function worstCaseAt(entry: EvseLedger, atMs: number, settings: LedgerSettings): Amps {
  const { steps } = tableOf(settings)(entry);
  return (steps[indexAt(steps, atMs)] as WorstStep).currentA;
}

/** The highest W between two instants, A. Precondition: `fromMs` is not after `toMs`. */
export function worstBetween(
  entry: EvseLedger,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  settings: LedgerSettings,
): Amps {
  const { steps } = tableOf(settings)(entry);
  let index = indexAt(steps, fromMs);
  let { currentA } = steps[index] as WorstStep;
  while (index + 1 < steps.length && (steps[index + 1] as WorstStep).fromMs <= toMs) {
    index += 1;
    currentA = amps(Math.max(currentA, (steps[index] as WorstStep).currentA));
  }
  return currentA;
}

interface WorstStep extends Step {
  readonly currentA: Amps;
}

/** W of one entry. */
interface Table {
  /** At every instant, the past as well: time needs no new ones. */
  readonly steps: readonly WorstStep[];
  /** What was asked for last: many ask at one instant. */
  fromMs: number;
  ahead: readonly Step[];
}

const tableOf = memoized((settings: LedgerSettings) =>
  memoized(
    (entry: EvseLedger): Table => ({
      steps: stepsOf(entry, settings),
      fromMs: Number.NaN,
      ahead: [],
    }),
  ),
);

function stepsOf(entry: EvseLedger, settings: LedgerSettings): readonly WorstStep[] {
  const steps: WorstStep[] = [];
  const own = ownSettings(entry, settings);
  let lastA: number | undefined;
  for (const fromMs of breakpoints(entry, own)) {
    const currentA = currentAt(entry, fromMs, own);
    if (currentA !== lastA) steps.push({ fromMs, currentA });
    lastA = currentA;
  }
  return steps;
}

/** The step that holds at an instant. Precondition: the first one holds since ever. */
function indexAt(steps: readonly Step[], atMs: number): number {
  let index = 0;
  while (index + 1 < steps.length && (steps[index + 1] as Step).fromMs <= atMs) index += 1;
  return index;
}

/** `own`: settings as they hold for this entry. */
function currentAt(entry: EvseLedger, atMs: number, own: LedgerSettings): Amps {
  if (isUnbounded(entry) || isSettling(entry, atMs)) return mostA(entry);
  let currentA: number = entry.fallbackIdleA ?? entry.currentMaxA;
  for (const command of entry.commands) {
    currentA = Math.max(currentA, commandAt(command, atMs, own, entry));
  }
  return amps(Math.min(currentA, entry.currentMaxA));
}

/** What a meter may show too little, or too much. */
const MEASURED_TIMES = 1.02;
const METER_A = 0.2;

/**
 * R9: the hardware maximum is exceeded by whoever was measured to exceed it, and not by what a meter may
 * show of it: that would leave no room for the test that ends the distrust.
 */
function mostA({ currentMaxA, distrusted, measuredMaxA = amps(0) }: EvseLedger): Amps {
  const isBeyond = measuredMaxA > currentMaxA * MEASURED_TIMES + METER_A;
  if (!distrusted || !isBeyond) return currentMaxA;
  return amps(Math.max(currentMaxA, measuredMaxA * MEASURED_TIMES));
}

/**
 * The most that one command lets the EVSE draw at `atMs` if the station holds it:
 *
 *   grant > tail   |---- grant ----|--- grant ---|--- tail, for ever
 *   grant < tail   |---- grant ----|--- tail, for ever
 *              boundary-skew   boundary+skew+settle
 *
 * - R6 the station's clock may be `skewSec` early or late, so both values are possible around the
 *   boundary; after the later one the vehicle still needs the settle time (R1) to follow down;
 * - R6 unless leases have been shown, the grant counts for ever, and unless steps have been, to the end;
 * - R1 a superseded command counts until its successor has settled, whatever its own boundary;
 * - R3, R10 unanswered and unknown ones count to their own end, like accepted ones.
 */
export function commandAt(
  command: PossibleCommand,
  atMs: number,
  settings: LedgerSettings,
  shown: Pick<EvseLedger, 'leaseShown' | 'steps'>,
): number {
  const { grantA, tailA, boundaryAtMs } = command;
  if (command.countsUntilMs !== undefined && atMs >= command.countsUntilMs) return 0;
  if (shown.leaseShown && atMs >= commandEndsAtMs(command, settings)) return tailA;
  const limitA = shown.steps === 'shown' ? steppedAt(command, atMs, settings) : grantA;
  return atMs < boundaryAtMs - settings.skewSec * 1000 ? limitA : Math.max(limitA, tailA);
}

/** R6 for the steps of a lease: each counts when the one before it is over for certain. */
function steppedAt(
  { grantA, steps = [] }: PossibleCommand,
  atMs: number,
  { skewSec, settleSec }: LedgerSettings,
): number {
  const lateMs = (skewSec + settleSec) * 1000;
  return steps.findLast(({ fromMs }) => atMs >= fromMs + lateMs)?.currentA ?? grantA;
}

/** When the grant of a command is over for certain, provided that leases work: R3 and R6. */
export function commandEndsAtMs(
  command: { readonly boundaryAtMs: number },
  settings: LedgerSettings,
): number {
  return command.boundaryAtMs + (settings.skewSec + settings.settleSec) * 1000;
}

/**
 * The same EVSE with every passing reserve taken away: what W falls back to at the best, once F0 is
 * read back, the lease shown and trust restored. A command that raises this must fit too, even
 * while the reserve hides it; otherwise the end of the reserve would reveal an overload.
 */
export function told(entry: EvseLedger): EvseLedger {
  return isLasting(entry) ? entry : lastingOf(entry);
}

const lastingOf = memoized(
  (entry: EvseLedger): EvseLedger =>
    shapedEntry({
      ...entry,
      fallbackSettlesAtMs: undefined,
      offlineTested: true,
      distrusted: false,
      leaseShown: true,
      steps: entry.steps === 'unread' ? 'shown' : entry.steps,
      onePhase: entry.onePhase?.unread === true ? shownOnce(entry.onePhase) : entry.onePhase,
      fallbackIdleA: entry.fallbackIdleA ?? amps(0),
    }),
);

/**
 * R12: the same EVSE as it counts on the phases that a limit for one phase leaves out. Itself where no such
 * limit counts, or where nothing has shown that the station switches.
 */
export function onOthers(entry: EvseLedger): EvseLedger {
  return entry.onePhase?.shown === true ? othersOf(entry) : entry;
}

const othersOf = memoized((entry: EvseLedger): EvseLedger => {
  const { commands } = entry;
  const left = commands.filter(({ phases }) => phases !== 1);
  return left.length === commands.length ? entry : shapedEntry({ ...entry, commands: left });
});

/** The value of a step function at an instant not before its first step. */
export function stepAt(steps: readonly Step[], atMs: number): number {
  let currentA = 0;
  for (const step of steps) {
    if (step.fromMs > atMs) break;
    currentA = step.currentA;
  }
  return currentA;
}

/** R0, R9: W is the hardware maximum, or more, for ever. */
export function isUnbounded(entry: EvseLedger): boolean {
  return entry.distrusted || !isCredited(entry) || entry.fallbackIdleA === undefined;
}

/** R0: it passed the offline tests, or its owner keeps room for those that did not. */
export function isCredited(entry: Pick<EvseLedger, 'offlineTested' | 'countsAsTold'>): boolean {
  return entry.offlineTested || entry.countsAsTold === true;
}

function isLasting(entry: EvseLedger): boolean {
  const isShown = entry.leaseShown && entry.steps !== 'unread';
  const isSwitchRead = entry.onePhase?.unread !== true;
  const isSettled = entry.fallbackSettlesAtMs === undefined;
  return !isUnbounded(entry) && isShown && isSwitchRead && isSettled;
}

function shownOnce({ unread: _none, ...onePhase }: OnePhase): OnePhase {
  return { ...onePhase, shown: true };
}

/** F0 was read back a moment ago (R1). */
export function isSettling({ fallbackSettlesAtMs }: EvseLedger, atMs: number): boolean {
  return fallbackSettlesAtMs !== undefined && atMs < fallbackSettlesAtMs;
}

/** Where W may change, ascending; the first is before every other instant. */
function breakpoints(entry: EvseLedger, own: LedgerSettings): readonly number[] {
  const instants = [Number.NEGATIVE_INFINITY];
  if (isUnbounded(entry)) return instants;
  if (entry.fallbackSettlesAtMs !== undefined) instants.push(entry.fallbackSettlesAtMs);
  for (const command of entry.commands) {
    instants.push(command.boundaryAtMs - own.skewSec * 1000);
    instants.push(commandEndsAtMs(command, own));
    for (const { fromMs } of command.steps ?? []) {
      instants.push(fromMs + (own.skewSec + own.settleSec) * 1000);
    }
    if (command.countsUntilMs !== undefined) instants.push(command.countsUntilMs);
  }
  return instants.length > 1 ? instants.sort((a, b) => a - b) : instants;
}
