/** R4: while an answer is outstanding, what is sent next raises W at no instant. */
import type { EvseLedger, LedgerSettings, PossibleCommand } from '../../ledger/types.js';
import { commandEndsAtMs, stepAt, told, worstCase } from '../../ledger/worst-case.js';
import type { StepTaken } from './engine-shell.js';

const TOLERANCE_A = 1e-5;

/** What is wrong with the grants of a step, in words. */
export function retryProblems({ result }: StepTaken, nowMs: number): readonly string[] {
  const { state, effects } = result;
  const { settings } = state.site;
  const problems: string[] = [];
  for (const effect of effects) {
    if (effect.type !== 'command' || effect.command.purpose !== 'grant') continue;
    const { evseId, seq } = effect.command;
    const after = evseId === undefined ? undefined : state.evses.get(evseId)?.ledger;
    if (after === undefined) continue;
    const before = { ...after, commands: after.commands.filter((it) => it.seq < seq) };
    if (!isOpen(before, nowMs, settings)) continue;
    const risesAtMs = firstRise(before, after, nowMs, settings);
    if (risesAtMs === undefined) continue;
    const aheadSec = (risesAtMs - nowMs) / 1000;
    problems.push(`${evseId} raised in ${aheadSec} s by ${seq}, over a call without an answer`);
  }
  return problems;
}

/** Its newest command may be obeyed or not: nobody knows, and its time is not over. */
function isOpen({ commands }: EvseLedger, nowMs: number, settings: LedgerSettings): boolean {
  let newest: PossibleCommand | undefined;
  for (const it of commands) if (newest === undefined || it.seq > newest.seq) newest = it;
  if (newest?.state === 'unanswered') return true;
  return newest?.state === 'unknown' && nowMs < commandEndsAtMs(newest, settings);
}

function firstRise(
  before: EvseLedger,
  after: EvseLedger,
  nowMs: number,
  settings: LedgerSettings,
): number | undefined {
  const shown = (it: EvseLedger) =>
    worstCase({ ...told(it), leaseShown: it.leaseShown, steps: it.steps }, nowMs, settings);
  const [low, high] = [shown(before), shown(after)];
  const instants = [...low, ...high].map(({ fromMs }) => fromMs);
  return instants.find((atMs) => stepAt(high, atMs) > stepAt(low, atMs) + TOLERANCE_A);
}
