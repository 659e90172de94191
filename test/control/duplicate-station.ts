/** A 2.x station that refuses a second default of one level (K01.FR.39, FR.52, FR.53): for literal tests. */
import type { ChargingProfile, CompositeSchedule } from '../../profiles/index.js';
import { initialState } from '../../src/control/initial-state.js';
import type { PendingCommand } from '../../src/control/state.js';
import type { CommandOutcome, StationCommand } from '../../src/ocpp/messages.js';
import { requestNumber } from '../../src/ocpp/request-number.js';
import { feed, openScript, type Script } from './ideal-station.js';
import { smallSite, START_MS } from './small-site.js';
import { type Voice, voiceOf } from './station-events.js';

export interface DuplicateTraits {
  readonly evsesPerStation?: number;
  readonly stackLevelMax: number;
  /** Defaults of 16 A that others left. */
  readonly foreign: readonly Pick<ChargingProfile, 'id' | 'evseNumber' | 'stackLevel'>[];
  /** It says what it holds when asked; absent: it does not know the question. */
  readonly reports?: true;
  /** Its word for a duplicate. */
  readonly reason?: string;
  /** It accepts a clear by id, and keeps the profile. */
  readonly keeps?: number;
  readonly variables?: Readonly<Record<string, string>>;
}

export interface DuplicateStation {
  readonly script: Script;
  readonly voice: Voice;
  readonly held: () => readonly ChargingProfile[];
  /** What it was asked to change, in order: `set 8@1`, `clear 77`, `clear 8@0`. */
  readonly told: string[];
  /** Sends the reports that it was asked for. */
  report(): void;
}

const SMART = 'SmartChargingCtrlr';

/** Not connected yet. */
export function duplicateStation(traits: DuplicateTraits): DuplicateStation {
  const site = smallSite({ evsesPerStation: traits.evsesPerStation ?? 1 });
  const script = openScript(initialState(site, 1, START_MS), START_MS);
  const voice = voiceOf('S1', script);
  const book = { held: traits.foreign.map(foreignDefault) };
  const told: string[] = [];
  const asked: number[] = [];
  script.reply = (pending) => reply(script, { traits, book, told, asked }, pending);
  return {
    script,
    voice,
    told,
    held: () => book.held,
    report() {
      for (const requestId of asked.splice(0)) {
        const profiles = book.held.map(({ id, evseNumber, purpose }) => ({
          id,
          evseNumber,
          purpose,
        }));
        feed(script, {
          type: 'profiles.reported',
          stationId: voice.id,
          receivedAtMs: script.nowMs,
          requestId,
          profiles,
          isLast: true,
        });
      }
    },
  };
}

/** Connects and boots; every report that is asked for comes at once. */
export function firstContact(station: DuplicateStation): void {
  const { script, voice } = station;
  feed(script, { ...voice.connected(), version: 'ocpp2.0.1' }, voice.booted());
  reportAll(station);
}

export function reportAll(station: DuplicateStation): void {
  for (let round = 0; round < 10; round += 1) station.report();
}

interface Parts {
  readonly traits: DuplicateTraits;
  readonly book: { held: ChargingProfile[] };
  readonly told: string[];
  readonly asked: number[];
}

function reply(
  script: Script,
  { traits, book, told, asked }: Parts,
  { command, seq }: PendingCommand,
): CommandOutcome | undefined {
  switch (command.kind) {
    case 'read-variables': {
      const variables = {
        [`${SMART}.ProfileStackLevel`]: String(traits.stackLevelMax),
        [`${SMART}.RateUnit`]: 'A,W',
        [`${SMART}.PeriodsPerSchedule`]: '24',
        ...traits.variables,
      };
      return { status: 'accepted', variables };
    }
    case 'set-charging-profile': {
      const { profile } = command;
      told.push(`set ${profile.stackLevel}@${profile.evseNumber}`);
      const detail = refusal(profile, book.held, traits);
      if (detail !== undefined) return { status: 'rejected', detail };
      book.held = [...book.held.filter(({ id }) => id !== profile.id), profile];
      return { status: 'accepted' };
    }
    case 'clear-charging-profile': {
      told.push(wordOf(command));
      const before = book.held.length;
      book.held = book.held.filter((it) => it.id === traits.keeps || !isCleared(it, command));
      return { status: 'accepted', matched: book.held.length < before };
    }
    case 'get-charging-profiles':
      if (traits.reports !== true) return { status: 'not-supported', detail: 'no' };
      asked.push(requestNumber(seq));
      return { status: 'accepted', matched: true };
    case 'get-composite-schedule':
      return { status: 'accepted', schedule: composite(script, book.held, command) };
    default:
      return undefined;
  }
}

function refusal(
  profile: ChargingProfile,
  held: readonly ChargingProfile[],
  { stackLevelMax, reason = 'DuplicateProfile' }: DuplicateTraits,
): string | undefined {
  if (profile.stackLevel > stackLevelMax) return 'InvalidStackLevel';
  const isDuplicate = held.some(
    (it) =>
      it.id !== profile.id &&
      it.purpose === profile.purpose &&
      it.stackLevel === profile.stackLevel &&
      (it.evseNumber === profile.evseNumber || it.evseNumber === 0 || profile.evseNumber === 0),
  );
  return isDuplicate ? reason : undefined;
}

type Clear = Extract<StationCommand, { readonly kind: 'clear-charging-profile' }>;

const wordOf = ({ profileId, criteria }: Clear): string =>
  profileId === undefined
    ? `clear ${criteria?.purpose} ${criteria?.stackLevel ?? '*'}@${criteria?.evseNumber ?? '*'}`
    : `clear ${profileId}`;

function isCleared(it: ChargingProfile, { profileId, criteria = {} }: Clear): boolean {
  if (profileId !== undefined) return it.id === profileId;
  const { evseNumber = it.evseNumber, purpose = it.purpose, stackLevel = it.stackLevel } = criteria;
  return evseNumber === it.evseNumber && purpose === it.purpose && stackLevel === it.stackLevel;
}

function foreignDefault(
  place: Pick<ChargingProfile, 'id' | 'evseNumber' | 'stackLevel'>,
): ChargingProfile {
  const periods = [{ startSec: 0, limit: 16 }];
  return { ...place, purpose: 'tx-default', startAtMs: 0, unit: 'A', periods };
}

/** The default that leads by its level, of the EVSE or of EVSE 0, under the maximum of the station. */
function composite(
  { nowMs }: Script,
  held: readonly ChargingProfile[],
  { evseNumber, durationSec }: Extract<StationCommand, { kind: 'get-composite-schedule' }>,
): CompositeSchedule {
  const lead = held
    .filter((it) => it.purpose === 'tx-default')
    .filter((it) => it.evseNumber === evseNumber || it.evseNumber === 0)
    .sort((a, b) => b.stackLevel - a.stackLevel)[0];
  const cap = held.find((it) => it.purpose === 'station-max');
  const limit = Math.min(lead?.periods[0]?.limit ?? 32, cap?.periods[0]?.limit ?? 32);
  const periods = [{ startSec: 0, limit }];
  return { evseNumber, startAtMs: nowMs, durationSec, unit: 'A', periods };
}
