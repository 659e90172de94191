/**
 * R12: who is told of phases. An EVSE switches by itself between three phases and one where its installer
 * says that it does, or where its station declares it and a test of its kind has shown it; nowhere where a
 * test has shown that it does not.
 */
import type { SiteEvse } from '../sites/site.js';
import { creditNow } from './initial-state.js';
import type { EvseState, StationState } from './state.js';

/** It may be told to use one phase because three do not fit. */
export function switchesPhases(
  { switchesPhases: isRecorded }: Pick<SiteEvse, 'switchesPhases'>,
  station: StationState | undefined,
): boolean {
  if (isRecorded !== true && station?.capability.switchesPhases !== true) return false;
  const isShown = creditNow(station)?.switchesPhases;
  return isShown ?? isRecorded === true;
}

/** Somebody says that it switches: a test may find out. */
export function maySwitchPhases(
  { switchesPhases: isRecorded }: Pick<SiteEvse, 'switchesPhases'>,
  { capability }: Pick<StationState, 'capability'>,
): boolean {
  return isRecorded === true || capability.switchesPhases === true;
}

/**
 * Its profiles name a number of phases. Also while a limit for one phase may be left of a test, so that it
 * is taken back in words.
 */
export function isToldOfPhases(
  evse: Pick<SiteEvse, 'switchesPhases'>,
  station: StationState | undefined,
  { phases, ledger }: Pick<EvseState, 'phases' | 'ledger'>,
): boolean {
  if (phases !== undefined || switchesPhases(evse, station)) return true;
  return ledger.commands.some((it) => it.phases === 1);
}

/** A limit for one phase may name which (K01.FR.20): declared, and no test has shown the contrary. */
export function takesPhaseToUse(station: StationState | undefined): boolean {
  if (station?.version === 'ocpp1.6' || station?.capability.takesPhaseToUse !== true) return false;
  return creditNow(station)?.takesPhaseToUse ?? true;
}

/** What its composite schedule shows of one phase counts. */
export function isSwitchTrusted(
  evse: Pick<SiteEvse, 'switchesPhases'>,
  station: StationState | undefined,
  { onePhase }: EvseState['ledger'],
): boolean {
  if (!switchesPhases(evse, station)) return false;
  return onePhase?.phaseToUse === undefined || takesPhaseToUse(station);
}
