/**
 * I4: what a step gives beyond the instant at which the grid link would be lost fits its failsafe limit.
 * Heartbeats and limits are counted here by themselves, as they were taken in.
 */
import { channelLoads } from '../../ledger/index.js';
import { stepAt, worstCase } from '../../ledger/worst-case.js';
import type { Step } from '../../ledger/types.js';
import type { SiteState } from '../../src/control/state.js';
import type { StepTaken } from './engine-shell.js';

const LOST_MS = 120_000;
const VOLTAGE_MAX_FACTOR = 1.1;
const TOLERANCE_A = 1e-6;
const TOLERANCE_W = 1;

export interface Failsafe {
  problems(taken: StepTaken, nowMs: number): readonly string[];
}

export function createFailsafe(): Failsafe {
  let heartbeatAtMs = Number.NEGATIVE_INFINITY;
  let isFailsafe = true;
  let hasLimit = false;
  const sequences = new Map<string, number>();

  function lose(nowMs: number): void {
    if (isFailsafe || nowMs < heartbeatAtMs + LOST_MS) return;
    isFailsafe = true;
    hasLimit = false;
  }

  function hear({ items, result }: StepTaken, nowMs: number): void {
    const issuer = result.state.site.settings.gridLink?.issuer;
    for (const { event } of items) {
      lose(nowMs);
      if (event.type !== 'signal.received' || event.signal.issuer !== issuer) continue;
      const { type, sequence, receivedAtMs } = event.signal;
      if (sequence <= (sequences.get(type) ?? -1)) continue;
      sequences.set(type, sequence);
      if (type === 'heartbeat') heartbeatAtMs = receivedAtMs;
      if (type === 'import-limit') hasLimit = true;
      if (hasLimit && nowMs < heartbeatAtMs + LOST_MS) [isFailsafe, hasLimit] = [false, false];
    }
    lose(nowMs);
  }

  return {
    problems(taken, nowMs) {
      hear(taken, nowMs);
      const { state, effects } = taken.result;
      const { gridLink } = state.site.settings;
      if (!gridLink) return [];
      const planned = effects.flatMap((it) =>
        it.type === 'command' && it.command.purpose === 'grant' ? [it.command.seq] : [],
      );
      const [firstSeq] = planned;
      if (firstSeq === undefined) return [];
      const fromMs = isFailsafe ? nowMs : heartbeatAtMs + LOST_MS;
      return beyond(state, { firstSeq, fromMs, nowMs, limitW: gridLink.failsafeLimitW });
    },
  };
}

interface When {
  readonly firstSeq: number;
  readonly fromMs: number;
  readonly nowMs: number;
  readonly limitW: number;
}

function beyond(state: SiteState, { firstSeq, fromMs, nowMs, limitW }: When): readonly string[] {
  const { site } = state;
  const channelV = site.supply === 'wye' ? site.voltageLineToNeutralV : site.voltageLineToLineV;
  const all = site.evses.flatMap((evse) => {
    const ledger = state.evses.get(evse.id)?.ledger;
    if (ledger === undefined) return [];
    const commands = ledger.commands.filter(({ seq }) => seq < firstSeq);
    const after = worstCase(ledger, nowMs, site.settings);
    const before = worstCase({ ...ledger, commands }, nowMs, site.settings);
    const loads = channelLoads(ledger, evse.channels, after);
    return [{ id: evse.id, before, after, loads }];
  });
  const voltageMaxV = channelV * VOLTAGE_MAX_FACTOR;
  const at = (steps: readonly Step[], atMs: number): number => stepAt(steps, atMs);
  const steps = all.flatMap(({ after, loads }) => [...after, ...loads.flatMap((it) => it.steps)]);
  const instants = [fromMs, ...steps.map((step) => step.fromMs)];
  for (const atMs of instants.filter((it) => it >= fromMs)) {
    const raised = all.find((it) => at(it.after, atMs) > at(it.before, atMs) + TOLERANCE_A);
    if (raised === undefined) continue;
    // Only on the channels on which it counts then (R12).
    const sumW = all
      .flatMap(({ loads }) => loads)
      .reduce((sum, { channels, steps }) => {
        return sum + at(steps, atMs) * channels.filter(Boolean).length * voltageMaxV;
      }, 0);
    if (sumW <= limitW + TOLERANCE_W) continue;
    const sec = ((atMs - fromMs) / 1000).toFixed(0);
    return [
      `${raised.id} was given more than holds ${sec} s after the link is lost: ` +
        `${sumW.toFixed(0)} W of ${limitW.toFixed(0)} W`,
    ];
  }
  return [];
}
