/**
 * Whether a meter measures, or tells the same for ever with fresh stamps: its energy register must rise as its
 * own power says. A register of coarse steps stands still for a while; how much may flow meanwhile it has
 * shown where it rose before.
 */
import type { MeterSample } from '../ocpp/messages.js';

/** An energy register beside what the samples say of the power. */
export interface RegisterSeen {
  readonly energyWh: number;
  /** By the power, since it rose last. */
  readonly stillWh: number;
  /** The most that flowed before it rose; absent: it has not risen yet. */
  readonly stepWh?: number | undefined;
}

/** Samples that may say more than the register does, beside its step. */
const SAMPLES_AHEAD = 2;
const MS_PER_HOUR = 3_600_000;

/** The register after one more sample; undefined where that has none. */
export function nextRegister(
  known: RegisterSeen | undefined,
  sample: MeterSample,
  tookMs: number,
): RegisterSeen | undefined {
  const { energyWh } = sample;
  if (energyWh === undefined) return undefined;
  if (known === undefined) return { energyWh, stillWh: 0 };
  const stillWh = known.stillWh + shownWh(sample, tookMs);
  const { stepWh } = known;
  if (energyWh <= known.energyWh) return { energyWh, stillWh, stepWh };
  return { energyWh, stillWh: 0, stepWh: Math.max(stepWh ?? 0, stillWh) };
}

/** It has risen, and does not stand still for longer than it may. */
export function isLive(
  register: RegisterSeen | undefined,
  sample: MeterSample,
  tookMs: number,
): boolean {
  if (register?.stepWh === undefined) return false;
  return register.stillWh <= register.stepWh + SAMPLES_AHEAD * shownWh(sample, tookMs);
}

function shownWh({ powerW = 0 }: MeterSample, tookMs: number): number {
  return (powerW * tookMs) / MS_PER_HOUR;
}
