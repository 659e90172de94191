/** What people should know of a session, derived from all its messages whatever their order was. */
import { missingCount } from './sequence-seen.js';
import { meterReading, type PresumedEnd, type Session } from './session.js';
import { isSameToken } from './token.js';

export interface SessionNote {
  readonly code: SessionNoteCode;
  /** One sentence. */
  readonly text: string;
}

const TEXTS = {
  'clock-went-back':
    'The station told an end that lies before the start; the session counts as 0 s.',
  'energy-from-power': 'No register rises: the energy is the reported power over time.',
  'messages-missing': 'Messages of the transaction have not arrived: the sequence has holes.',
  'not-resumed': 'After a pause the vehicle did not charge again by itself.',
  'register-fell': 'A register was lower than one before it; the highest counts.',
  'register-in-kwh': 'The registers count kWh under the name of Wh and are read as kWh.',
  'register-per-session': 'The registers begin anew with each session.',
  resumed: 'The transaction went on after it had been taken for over.',
  'start-lost': 'The start never arrived: token and first register may be missing.',
  'start-register-implausible':
    'The register of the start cannot be right; the first sample counts.',
  'started-offline': 'It started while the station was offline.',
  'stopped-by-foreign-token': 'A token of another group ended it.',
  unauthorised: 'The token was refused, and the transaction ran all the same.',
} as const;

export type SessionNoteCode = keyof typeof TEXTS;

export function sessionNotes(session: Session): readonly SessionNote[] {
  const codes = Object.keys(TEXTS) as SessionNoteCode[];
  const given = codesOf(session);
  return codes.filter((code) => given.has(code)).map((code) => ({ code, text: TEXTS[code] }));
}

function codesOf(session: Session): ReadonlySet<SessionNoteCode> {
  const { marks = [], transactionId, authorization, endedAtMs, sequence = [] } = session;
  const codes = new Set<SessionNoteCode>(meterReading(session).quirks);
  for (const mark of marks) if (mark !== 'start-told') codes.add(mark);
  if (transactionId !== undefined && session.meter !== undefined && !marks.includes('start-told')) {
    codes.add('start-lost');
  }
  if (endedAtMs !== undefined && missingCount(sequence) > 0) codes.add('messages-missing');
  if (authorization !== undefined && authorization.status !== 'Accepted') codes.add('unauthorised');
  if (session.vehicle.resumes === false) codes.add('not-resumed');
  if (isForeignEnd(session)) codes.add('stopped-by-foreign-token');
  return codes;
}

/** The token itself and those of its group may end it. */
function isForeignEnd({ endedBy, idToken, authorization }: Session): boolean {
  if (endedBy === undefined || idToken === undefined) return false;
  if (isSameToken(endedBy.idToken, idToken)) return false;
  const { groupId } = endedBy;
  return groupId === undefined || groupId !== authorization?.groupId;
}

/**
 * - `station`    the station said so, whoever asked it to
 * - `power-loss` it was free again after a boot, and never said more
 * - `superseded` another transaction started on the EVSE
 * - `start-unseen` only messages of hours ago are known of it
 * - `no-transaction` a vehicle was plugged in and out
 */
export type EndCause = 'station' | 'no-transaction' | PresumedEnd;

export function endCauseOf(session: Session): EndCause | undefined {
  if (session.endedAtMs === undefined) return undefined;
  if (session.endPresumed !== undefined) return session.endPresumed;
  return session.transactionId === undefined ? 'no-transaction' : 'station';
}

/** Reasons of 1.6 and 2.x, and our own, in words. */
const REASONS: Readonly<Record<string, string>> = {
  DeAuthorized: 'The token was refused.',
  EmergencyStop: 'Somebody pressed the emergency stop.',
  EnergyLimitReached: 'The energy that was asked for was delivered.',
  EVDisconnected: 'The vehicle was unplugged.',
  GroundFault: 'A ground fault was detected.',
  HardReset: 'The station was reset at once.',
  ImmediateReset: 'The station was reset at once.',
  Local: 'It was stopped at the station.',
  LocalOutOfCredit: 'The credit was used up.',
  MasterPass: 'A master pass stopped it.',
  Other: 'The station gives no reason.',
  OvercurrentFault: 'The vehicle drew too much current.',
  PowerLoss: 'The station lost its power.',
  PowerQuality: 'The quality of the supply was too low.',
  Reboot: 'The station rebooted.',
  Remote: 'It was stopped from here.',
  ReqEnergyTransferRejected: 'The kind of charging that the vehicle asked for was refused.',
  SOCLimitReached: 'The state of charge that was asked for is reached.',
  SoftReset: 'The station was asked to reset and ended it in order.',
  StoppedByEV: 'The vehicle stopped.',
  Superseded: 'Another transaction started on the same EVSE.',
  TimeLimitReached: 'Its time is over.',
  Timeout: 'The vehicle was not plugged in in time.',
  UnlockCommand: 'The connector was unlocked from here.',
};

export function stopReasonText(reason: string): string {
  return Object.hasOwn(REASONS, reason) ? (REASONS[reason] ?? reason) : `${reason}.`;
}
