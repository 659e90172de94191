/** A station that obeys and answers at once: for literal tests of the step. */
import type { CompositeSchedule } from '../../profiles/index.js';
import type {
  Effect,
  InboxItem,
  PendingCommand,
  SiteEvent,
  SiteState,
  StepResult,
} from '../../src/control/state.js';
import { step } from '../../src/control/step.js';
import type { CommandOutcome, StationEvent } from '../../src/ocpp/messages.js';

export interface Script {
  state: SiteState;
  nowMs: number;
  seq: number;
  readonly sent: PendingCommand[];
  readonly effects: Effect[];
  nextWakeAtMs: number | undefined;
  steps: number;
  /** Another answer than the ideal one; undefined: the ideal one; `silent`: none, ever. */
  reply: (pending: PendingCommand) => CommandOutcome | 'silent' | undefined;
}

export function openScript(state: SiteState, nowMs: number): Script {
  return {
    state,
    nowMs,
    seq: state.inboxSeq,
    sent: [],
    effects: [],
    nextWakeAtMs: undefined,
    steps: 0,
    reply: () => undefined,
  };
}

/** Feeds events, then answers every command until nothing is left to answer. */
export function feed(script: Script, ...events: readonly SiteEvent[]): void {
  let items: InboxItem[] = events.map((event) => ({ seq: ++script.seq, event }));
  for (let round = 0; round < 100; round += 1) {
    const result = step(script.state, items, script.nowMs);
    keep(script, result);
    const commands = result.effects.flatMap((it) => (it.type === 'command' ? [it.command] : []));
    script.sent.push(...commands);
    items = commands.flatMap((command) => {
      const outcome = script.reply(command) ?? idealOutcome(script, command);
      if (outcome === 'silent') return [];
      return [{ seq: ++script.seq, event: answer(script, command, outcome) }];
    });
    if (items.length === 0) return;
  }
  throw new Error('commands never end');
}

function keep(script: Script, result: StepResult): void {
  script.state = result.state;
  script.nextWakeAtMs = result.nextWakeAtMs;
  script.effects.push(...result.effects);
  script.steps += 1;
}

/** Lets time pass, waking the site whenever it asked to be woken. */
export function wait(script: Script, durationMs: number): void {
  const untilMs = script.nowMs + durationMs;
  for (let round = 0; round < 10_000; round += 1) {
    const dueMs = script.nextWakeAtMs ?? Number.POSITIVE_INFINITY;
    if (dueMs > untilMs) break;
    script.nowMs = Math.max(script.nowMs, dueMs);
    feed(script);
  }
  script.nowMs = untilMs;
  feed(script);
}

export function answer(
  script: Script,
  pending: PendingCommand,
  outcome: CommandOutcome,
): StationEvent {
  return {
    type: 'command.answered',
    stationId: pending.stationId,
    receivedAtMs: script.nowMs,
    sentAtMs: script.nowMs,
    epoch: pending.epoch,
    seq: pending.seq,
    outcome,
  };
}

export function idealOutcome(script: Script, pending: PendingCommand): CommandOutcome {
  const { command } = pending;
  if (command.kind === 'read-variables') {
    return {
      status: 'accepted',
      variables: {
        ChargeProfileMaxStackLevel: '8',
        ChargingScheduleAllowedChargingRateUnit: 'Current',
        ChargingScheduleMaxPeriods: '24',
      },
    };
  }
  if (command.kind === 'get-composite-schedule') {
    return { status: 'accepted', schedule: composite(script, pending, command.durationSec) };
  }
  return { status: 'accepted' };
}

/** The newest TxProfile sent while a transaction runs, else F0. */
function composite(
  script: Script,
  pending: PendingCommand,
  durationSec: number,
): CompositeSchedule {
  const evse = script.state.evses.get(pending.evseId ?? ('' as never));
  const profiles = script.sent.flatMap(({ evseId, command }) =>
    evseId === pending.evseId && command.kind === 'set-charging-profile' ? [command.profile] : [],
  );
  const tx = profiles.findLast(
    (it) => it.transactionId === evse?.transactionId && it.purpose === 'tx',
  );
  const lead = tx ?? profiles.findLast((it) => it.purpose === 'tx-default');
  const startAtMs = script.nowMs;
  const periods = (lead?.periods ?? [])
    .map((it) => ({
      startSec: Math.max(0, it.startSec + ((lead?.startAtMs ?? 0) - startAtMs) / 1000),
      limit: it.limit,
      ...(it.numberPhases === undefined ? {} : { numberPhases: it.numberPhases }),
    }))
    .filter((it, index, all) => it.startSec < durationSec && (all[index + 1]?.startSec ?? 1) > 0);
  return { evseNumber: 1, startAtMs, durationSec, unit: lead?.unit ?? 'A', periods };
}
