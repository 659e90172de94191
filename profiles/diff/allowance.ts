/** How much a set of profiles allows each EVSE from now on. */
import { amps } from '../../solver/index.js';
import type { ChargingProfile } from '../charging-profile.js';
import { predictComposite } from '../composite.js';
import type { StationFacts } from '../composite/facts.js';
import { installedFrom, type ProfileVersion } from '../installed-profile.js';
import { limitAt, type Schedule, type ScheduleChange } from '../schedule.js';

/**
 * What a command does to the current of any EVSE, now or later.
 * `cut` lowers at some instant and raises at none; `none` changes nothing that counts now.
 */
export type CommandEffect = 'cut' | 'none' | 'mixed' | 'raise';

export interface DiffOptions {
  readonly nowMs: number;
  /**
   * Raises of at most this much, everywhere, are not worth a write; cuts always are. A, 0 sends
   * all.
   */
  readonly deadbandA: number;
  /** What the station does without profiles, and how it converts; transactions are assumed. */
  readonly station: Omit<StationFacts, 'transactions' | 'assumeTransactions'>;
}

export interface Allowances {
  readonly nowMs: number;
  readonly version: ProfileVersion;
  readonly evseNumbers: readonly number[];
  /** Of one EVSE: with its TxProfile, and for the session after it, without. */
  curves(profiles: readonly ChargingProfile[], evseNumber: number): readonly Schedule[];
}

/**
 * Predictions from now until the last boundary of any profile named here; constant from there on.
 * Each list of profiles is predicted once per EVSE.
 */
export function allowancesOf(
  installed: readonly ChargingProfile[],
  wanted: readonly ChargingProfile[],
  { nowMs, station }: DiffOptions,
): Allowances {
  const facts: StationFacts = { ...station, transactions: [], assumeTransactions: true };
  const boundaries = [...installed, ...wanted].flatMap((profile) =>
    profile.periods.map(({ startSec }) => profile.startAtMs + startSec * 1000),
  );
  const toMs = Math.max(nowMs, ...boundaries) + 1000;
  const predict = (profiles: readonly ChargingProfile[], evseNumber: number): Schedule[] => {
    const here = profiles
      .filter((profile) => profile.evseNumber === 0 || profile.evseNumber === evseNumber)
      .map(installedFrom);
    const idle = here.filter(({ purpose }) => purpose !== 'tx');
    return [here, idle].map((held) => {
      const request = { evseNumber, fromMs: nowMs, toMs, unit: 'A' } as const;
      return predictComposite(held, facts, request).periods.map(({ startSec, limit }) => ({
        fromMs: nowMs + startSec * 1000,
        limitA: amps(limit),
      }));
    });
  };
  const known = new WeakMap<readonly ChargingProfile[], Map<number, Schedule[]>>();
  const curves = (profiles: readonly ChargingProfile[], evseNumber: number): Schedule[] => {
    const perEvse = known.get(profiles) ?? new Map<number, Schedule[]>();
    const found = perEvse.get(evseNumber) ?? predict(profiles, evseNumber);
    known.set(profiles, perEvse.set(evseNumber, found));
    return found;
  };
  const evseNumbers = Array.from({ length: station.evseCount }, (_, index) => index + 1);
  return { nowMs, version: station.version, evseNumbers, curves };
}

export function effectOf(changes: readonly ScheduleChange[]): CommandEffect {
  const raises = changes.some(({ raiseMaxA }) => raiseMaxA > 0);
  const cuts = changes.some(({ cutMaxA }) => cutMaxA > 0);
  if (raises) return cuts ? 'mixed' : 'raise';
  return cuts ? 'cut' : 'none';
}

/** By how much a curve is above all of the ceilings at once, at its worst instant, A. */
export function excessOver(curve: Schedule, ceilings: readonly Schedule[]): number {
  const instants = [curve, ...ceilings].flatMap((each) => each.map(({ fromMs }) => fromMs));
  const excesses = instants.map((atMs) => {
    const highestA = Math.max(...ceilings.map((each) => limitAt(each, atMs) ?? Infinity));
    const limitA = limitAt(curve, atMs) ?? Infinity;
    return limitA === highestA ? 0 : limitA - highestA;
  });
  return Math.max(0, ...excesses);
}
