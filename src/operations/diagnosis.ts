/** What became of a session, in one code and one sentence: pure, from what the rows say of it. */
import type { BoundBy } from '../../solver/index.js';
import type { EvseStatus } from '../ocpp/messages.js';
import { errorInWords, isFailure, isNoError, stopInWords } from './error-codes.js';

export type DiagnosisCode =
  | 'charged'
  | 'running'
  | 'authorisation-refused'
  | 'never-authorised'
  | 'station-fault'
  | 'stopped-by-fault'
  | 'limit-zero'
  | 'unlocked-at-once'
  | 'vehicle-never-asked'
  | 'station-held-back'
  | 'station-offline'
  | 'stopped-early'
  | 'no-meter'
  | 'unexplained';

export interface Diagnosis {
  readonly code: DiagnosisCode;
  readonly succeeded: boolean;
  readonly sentence: string;
}

export interface SessionFacts {
  readonly nowMs: number;
  readonly pluggedInAtMs: number;
  readonly startedAtMs?: number;
  readonly endedAtMs?: number;
  readonly isOver: boolean;
  /** Undefined: no register was ever reported. */
  readonly energyWh?: number;
  readonly stopReason?: string;
  /** Answers that did not let a token charge, in order. */
  readonly refusals: readonly { readonly atMs: number; readonly status: string }[];
  /** In order, the status at the start first. */
  readonly statuses: readonly {
    readonly atMs: number;
    readonly status: EvseStatus;
    readonly errorCode?: string;
  }[];
  readonly offline: readonly { readonly fromMs: number; readonly toMs: number }[];
  /** What the engine allowed, in order, the limit at the start first. */
  readonly limits: readonly {
    readonly atMs: number;
    readonly limitA: number;
    readonly boundBy: BoundBy;
  }[];
}

/** Less than this moved is no charging, Wh. */
const ENERGY_MIN_WH = 100;
const AT_ONCE_MS = 60_000;
const MINUTE_MS = 60_000;

const REFUSALS: Readonly<Record<string, string>> = {
  Blocked: 'token blocked',
  Expired: 'token expired',
  Invalid: 'token unknown',
  Unknown: 'token unknown',
  ConcurrentTx: 'token in use at another connector',
  NoCredit: 'no credit left',
  NotAllowedTypeEVSE: 'token not allowed at this kind of EVSE',
  NotAtThisLocation: 'token not allowed at this location',
  NotAtThisTime: 'token not allowed at this time',
};

/** The first that applies, the most certain ones first. */
export function diagnose(facts: SessionFacts): Diagnosis {
  const { energyWh = 0, isOver } = facts;
  if (energyWh >= ENERGY_MIN_WH) return charged(facts, energyWh);
  if (!isOver) return told('running', 'the session is not over');
  return (
    stationFault(facts) ??
    (facts.startedAtMs === undefined ? neverStarted(facts) : neverDelivered(facts))
  );
}

function charged({ stopReason, isOver }: SessionFacts, energyWh: number): Diagnosis {
  const energy = `${(energyWh / 1000).toFixed(1)} kWh were delivered`;
  if (!isOver || stopReason === undefined) return told('charged', energy);
  return told('charged', `${energy}; ${stopInWords(stopReason)}`);
}

/** What the station itself called a fault explains more than anything else. */
function stationFault({ statuses, stopReason }: SessionFacts): Diagnosis | undefined {
  const fault = statuses.find(
    ({ status, errorCode = '' }) => status === 'faulted' || !isNoError(errorCode),
  );
  if (fault !== undefined) {
    const { errorCode = '' } = fault;
    const words = isNoError(errorCode) ? 'without naming one' : `(${errorInWords(errorCode)})`;
    const name = isNoError(errorCode) ? 'a fault' : errorCode;
    return told('station-fault', `the station reported ${name} ${words}`);
  }
  if (stopReason === undefined || !isFailure(stopReason)) return undefined;
  return told('stopped-by-fault', `the transaction ended: ${stopInWords(stopReason)}`);
}

function neverStarted(facts: SessionFacts): Diagnosis {
  const { refusals, statuses, pluggedInAtMs, nowMs, endedAtMs = nowMs } = facts;
  const refusal = refusals.at(-1);
  if (refusal !== undefined) return refused(refusal.status);
  const offline = wasOffline(facts, pluggedInAtMs, endedAtMs);
  if (offline !== undefined) return offline;
  const minutes = wholeMinutes(endedAtMs - pluggedInAtMs);
  if (statuses.some(({ status }) => status === 'charging' || status.startsWith('suspended'))) {
    return told('unexplained', 'the station reported charging, but never a transaction');
  }
  return told('never-authorised', `plugged in for ${minutes}, but never authorised`);
}

function refused(status: string): Diagnosis {
  const why = REFUSALS[status] ?? `status ${status}`;
  return told('authorisation-refused', `authorisation refused: ${why}`);
}

function neverDelivered(facts: SessionFacts): Diagnosis {
  const { startedAtMs = facts.pluggedInAtMs, endedAtMs = facts.nowMs, stopReason } = facts;
  const span = { fromMs: startedAtMs, toMs: endedAtMs };
  if (stopReason === 'DeAuthorized') return refused(facts.refusals.at(-1)?.status ?? 'Invalid');
  return (
    heldAtZero(facts, span) ??
    wasOffline(facts, startedAtMs, endedAtMs) ??
    leftAtOnce(facts, span) ??
    neverAsked(facts, span) ??
    withoutMeter(facts) ??
    told('unexplained', `no energy in ${wholeMinutes(endedAtMs - startedAtMs)}; nothing says why`)
  );
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Says whose turn it was, where the engine never allowed anything. */
function heldAtZero({ limits }: SessionFacts, { fromMs, toMs }: Span): Diagnosis | undefined {
  const inForce = limits.filter(
    (it, index) => it.atMs < toMs && (limits[index + 1]?.atMs ?? toMs) > fromMs,
  );
  const [first] = inForce;
  if (first === undefined || inForce.some((it) => it.limitA > 0)) return undefined;
  const last = inForce.at(-1) ?? first;
  return told('limit-zero', `the limit was 0 A the whole time: ${waitingFor(last.boundBy)}`);
}

function waitingFor(boundBy: BoundBy): string {
  switch (boundBy.kind) {
    case 'circuit':
      return 'the circuit had nothing left';
    case 'ledger':
      return 'other EVSEs had to answer before this one could rise';
    default:
      return 'waiting turn';
  }
}

function wasOffline(
  { offline }: SessionFacts,
  fromMs: number,
  toMs: number,
): Diagnosis | undefined {
  const lostMs = offline.reduce(
    (sumMs, it) => sumMs + Math.max(0, Math.min(it.toMs, toMs) - Math.max(it.fromMs, fromMs)),
    0,
  );
  if (lostMs < (toMs - fromMs) / 2 || lostMs === 0) return undefined;
  return told(
    'station-offline',
    `the station was offline for ${wholeMinutes(lostMs)} of ${wholeMinutes(toMs - fromMs)}`,
  );
}

function leftAtOnce({ stopReason }: SessionFacts, { fromMs, toMs }: Span): Diagnosis | undefined {
  if (toMs - fromMs >= AT_ONCE_MS) return undefined;
  const seconds = Math.max(0, Math.round((toMs - fromMs) / 1000));
  if (stopReason === 'UnlockCommand') {
    return told('unlocked-at-once', `the cable was unlocked ${seconds} s after the start`);
  }
  if (stopReason === 'EVDisconnected') {
    return told('unlocked-at-once', `the cable was unplugged ${seconds} s after the start`);
  }
  const why = stopReason === undefined ? '' : `: ${stopInWords(stopReason)}`;
  return told('stopped-early', `stopped ${seconds} s after the start${why}`);
}

function neverAsked({ statuses }: SessionFacts, { fromMs, toMs }: Span): Diagnosis | undefined {
  const during = statuses.filter(
    (it, index) => it.atMs < toMs && (statuses[index + 1]?.atMs ?? toMs) > fromMs,
  );
  const had = (status: EvseStatus): boolean => during.some((it) => it.status === status);
  const minutes = wholeMinutes(toMs - fromMs);
  if (had('suspended-evse') && !had('charging')) {
    return told('station-held-back', `the station held charging back for ${minutes}`);
  }
  if (had('charging')) return undefined;
  const asked = 'the vehicle never asked for energy';
  return told('vehicle-never-asked', `${asked} in the ${minutes} after authorisation`);
}

function withoutMeter({ energyWh }: SessionFacts): Diagnosis | undefined {
  if (energyWh !== undefined) return undefined;
  return told('no-meter', 'the station reported charging, but never a meter value');
}

function wholeMinutes(durationMs: number): string {
  return `${Math.max(0, Math.round(durationMs / MINUTE_MS))} min`;
}

/** A session that runs still counts as well; the others have failed. */
function told(code: DiagnosisCode, sentence: string): Diagnosis {
  return { code, succeeded: code === 'charged' || code === 'running', sentence };
}
