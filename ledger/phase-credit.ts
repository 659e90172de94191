/**
 * R12: a session that was measured on fewer phases than its EVSE is wired to counts on those alone, but
 * only for a time: W on the others is F0 until the credit ends, and what it always was from then on. So
 * what others are granted meanwhile ends before, and the end of a credit overloads nothing.
 *
 *   phases in use   |---- W ----------------------------
 *   the others      |-- F0 --|---- W -------------------
 *                          untilMs
 */
import type { PerChannel } from '../solver/index.js';
import type { Segment, Rise } from './load-over-time.js';
import type { EvseLedger, PhaseCredit, Step } from './types.js';
import { isSettling, isUnbounded } from './worst-case.js';

/** Channels with a current of their own over time. */
export interface ChannelLoad {
  readonly channels: PerChannel<boolean>;
  readonly steps: readonly Step[];
}

/**
 * The credit as it counts at `nowMs`. None while W is the hardware maximum for any cause, or while no
 * lease was shown: then the station's clock is not known to be right, nor the time of its samples.
 */
export function creditAt(entry: EvseLedger, nowMs: number): PhaseCredit | undefined {
  const { phaseCredit } = entry;
  if (phaseCredit === undefined || phaseCredit.untilMs <= nowMs || !entry.leaseShown) {
    return undefined;
  }
  return isUnbounded(entry) || isSettling(entry, nowMs) ? undefined : phaseCredit;
}

/** The channels on which its current counts from `nowMs` until `atMs` at least, beside F0. */
export function countedChannels(
  entry: EvseLedger,
  wired: PerChannel<boolean>,
  { nowMs, atMs }: { readonly nowMs: number; readonly atMs: number },
): PerChannel<boolean> {
  const credit = creditAt(entry, nowMs);
  return credit === undefined || credit.untilMs <= atMs ? wired : both(wired, credit.channels);
}

/**
 * W on each channel, as one load or two. Precondition: `worst` is W from `nowMs` on. `others`: where it
 * is told for one phase, W of `onOthers`; absent: it counts on all of them.
 */
export function channelLoads(
  entry: EvseLedger,
  wired: PerChannel<boolean>,
  worst: readonly Step[],
  others?: readonly Step[],
): readonly ChannelLoad[] {
  const { onePhase } = entry;
  if (others === undefined || others === worst || onePhase === undefined) {
    return creditedLoads(entry, wired, worst);
  }
  return [
    ...creditedLoads(entry, both(wired, onePhase.channels), worst),
    ...creditedLoads(entry, without(wired, onePhase.channels), others),
  ];
}

function creditedLoads(
  entry: EvseLedger,
  wired: PerChannel<boolean>,
  worst: readonly Step[],
): readonly ChannelLoad[] {
  const nowMs = worst[0]?.fromMs ?? 0;
  const credit = creditAt(entry, nowMs);
  if (credit === undefined) return [{ channels: wired, steps: worst }];
  const used = both(wired, credit.channels);
  const until = { fromMs: credit.untilMs, currentA: valueAt(worst, credit.untilMs) };
  const steps = [
    { fromMs: nowMs, currentA: entry.fallbackIdleA ?? 0 },
    until,
    ...worst.filter(({ fromMs }) => fromMs > credit.untilMs),
  ];
  const unused: ChannelLoad = { channels: without(wired, used), steps };
  return [{ channels: used, steps: worst }, unused];
}

/** What a command raises, on the channels on which it does: all of them once the credit is over. */
export function segmentsOn(
  entry: EvseLedger,
  wired: PerChannel<boolean>,
  rises: readonly Rise[],
  nowMs: number,
): Segment[] {
  const credit = creditAt(entry, nowMs);
  const { evseId } = entry;
  if (credit === undefined) {
    return rises.map(({ fromMs, toMs, addA }) => ({ fromMs, toMs, addA, channels: wired, evseId }));
  }
  const used = both(wired, credit.channels);
  const { untilMs } = credit;
  return rises.flatMap(({ fromMs, toMs, addA }): Segment[] => {
    const segments: Segment[] = [];
    if (fromMs < untilMs) {
      segments.push({ fromMs, toMs: Math.min(toMs, untilMs), addA, channels: used, evseId });
    }
    if (toMs > untilMs) {
      segments.push({ fromMs: Math.max(fromMs, untilMs), toMs, addA, channels: wired, evseId });
    }
    return segments;
  });
}

export function without(
  wired: PerChannel<boolean>,
  used: PerChannel<boolean>,
): PerChannel<boolean> {
  return [wired[0] && !used[0], wired[1] && !used[1], wired[2] && !used[2]];
}

export function both(a: PerChannel<boolean>, b: PerChannel<boolean>): PerChannel<boolean> {
  return [a[0] && b[0], a[1] && b[1], a[2] && b[2]];
}

function valueAt(steps: readonly Step[], atMs: number): number {
  return steps.findLast(({ fromMs }) => fromMs <= atMs)?.currentA ?? 0;
}
