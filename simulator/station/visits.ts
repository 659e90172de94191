/**
 * The life of a vehicle's visit at one EVSE: plug in, authorise, transaction with its readings,
 * unplug. Every step counts from the instant at which it was due.
 */
import type { PlannedSession } from '../ipc.js';
import { randomFor } from '../random.js';
import type { Scheduler } from '../scheduler.js';
import type { Vehicle } from '../vehicle.js';
import type { Dialect, StationSettings, StopReason, TransactionMoment } from './dialect.js';
import type { Evse, EvseState, Sample, Transaction } from './evse.js';
import type { OutQueue } from './out-queue.js';
import type { Profile } from './profile.js';

/** What became of a planned session. */
export interface Visit {
  readonly session: PlannedSession;
  readonly vehicle: Vehicle;
  started: boolean;
}

export interface VisitDeps {
  readonly stationId: string;
  readonly scheduler: Scheduler;
  readonly queue: OutQueue;
  readonly dialect: Dialect;
  readonly settings: () => StationSettings;
  /** Linked, and the boot was accepted. */
  readonly isOnline: () => boolean;
  readonly newTransaction: (evse: Evse, idToken: string, atMs: number) => Transaction;
  /** A TxProfile that came with a remote start. */
  readonly install: (profile: Profile) => void;
  readonly onTransactionEnd: (evse: Evse) => void;
  readonly onStarted: (visit: Visit, transaction: Transaction) => void;
  readonly seed: number;
}

export interface Visits {
  plan(session: PlannedSession): void;
  /** Something changed at the EVSE: tell the CPMS when its state is another, and wake in time. */
  changed(atMs: number): void;
  /** The link is back: whoever waits tries again. */
  online(): void;
  /** A vehicle waits without a transaction. */
  isWaiting(): boolean;
  remoteStart(idToken: string, profile: Profile | undefined): void;
  stop(reason: StopReason, atMs: number): void;
  sampleNow(): void;
  /** The sample interval changed. */
  reschedule(): void;
  readonly visits: readonly Visit[];
}

/** After an authorisation that failed, in site seconds. */
const AUTHORIZE_RETRY_SEC = 60;

export function createVisits(evse: Evse, deps: VisitDeps): Visits {
  const { scheduler, queue, dialect, stationId } = deps;
  const visits: Visit[] = [];
  let current: Visit | undefined;
  let mayStart = false;
  let announced: EvseState = 'available';
  let cancelWake = (): void => undefined;
  let cancelSample = (): void => undefined;

  const moment = (transaction: Transaction, atMs: number): TransactionMoment => {
    const sample: Sample = evse.sample(atMs);
    return { evse, transaction, sample, state: evse.state(), offline: !deps.isOnline() };
  };
  const announce = (atMs: number): void => {
    const state = evse.state();
    if (state === announced) return;
    const wasFree = announced === 'available';
    announced = state;
    const transaction = evse.transaction();
    if (dialect.stateChanged !== undefined && !wasFree && state !== 'available') {
      if (transaction === undefined) return;
      const replaceKey = `state:${evse.number}:${transaction.localId}`;
      const call = dialect.stateChanged(moment(transaction, atMs));
      queue.push({ ...call, kind: 'transaction', replaceKey });
      return;
    }
    const { action, payload } = dialect.status(evse.number, state, atMs);
    const replaceKey = `status:${evse.number}`;
    queue.push({ action, build: () => payload, kind: 'plain', replaceKey });
  };
  const changed = (atMs: number): void => {
    announce(atMs);
    cancelWake();
    const wakeAtMs = evse.nextChangeAtMs();
    if (wakeAtMs === Number.POSITIVE_INFINITY) return;
    cancelWake = scheduler.at(wakeAtMs, (dueAtMs) => {
      evse.advanceTo(dueAtMs);
      changed(dueAtMs);
    });
  };
  const sampleAt = (atMs: number): void => {
    const transaction = evse.transaction();
    if (transaction === undefined) return;
    evse.advanceTo(atMs);
    const replaceKey = `sample:${evse.number}:${transaction.localId}`;
    const call = dialect.sampled(moment(transaction, atMs));
    queue.push({ ...call, kind: 'transaction', replaceKey });
  };
  const scheduleSample = (fromMs: number): void => {
    cancelSample();
    const everySec = deps.settings().sampleSec;
    if (everySec <= 0) return;
    cancelSample = scheduler.at(fromMs + everySec * 1000, (dueAtMs) => {
      sampleAt(dueAtMs);
      scheduleSample(dueAtMs);
    });
  };
  const begin = (idToken: string, profile: Profile | undefined): void => {
    const visit = current;
    if (visit === undefined) return;
    const atMs = scheduler.nowMs();
    evse.advanceTo(atMs);
    const transaction = deps.newTransaction(evse, idToken, atMs);
    evse.begin(transaction);
    mayStart = false;
    visit.started = true;
    announced = dialect.stateChanged === undefined ? announced : evse.state();
    if (profile !== undefined) deps.install(profile);
    queue.push({
      ...dialect.started(moment(transaction, atMs)),
      kind: 'transaction',
      onAnswer(answer) {
        const isAccepted = dialect.startAnswered(transaction, answer);
        if (!isAccepted && evse.transaction() === transaction) stop('DeAuthorized', now());
        else if (isAccepted) deps.onStarted(visit, transaction);
      },
    });
    scheduleSample(atMs);
    changed(atMs);
  };
  const now = (): number => {
    scheduler.pump();
    return scheduler.nowMs();
  };
  const stop = (reason: StopReason, atMs: number): void => {
    const transaction = evse.transaction();
    if (transaction === undefined) return;
    evse.advanceTo(atMs);
    cancelSample();
    const last = moment(transaction, atMs);
    evse.end(atMs);
    deps.onTransactionEnd(evse);
    mayStart = reason === 'Reset';
    queue.push({ ...dialect.stopped(last, reason), kind: 'transaction' });
    changed(atMs);
  };
  const authorize = (): void => {
    const visit = current;
    if (visit === undefined || !mayStart || !deps.isOnline()) return;
    const idToken = tokenOf(visit.session);
    const { action, payload } = dialect.authorize(idToken);
    const again = (): void => {
      scheduler.at(scheduler.nowMs() + AUTHORIZE_RETRY_SEC * 1000, () => {
        if (current === visit) authorize();
      });
    };
    queue.push({
      action,
      build: () => payload,
      kind: 'plain',
      replaceKey: `authorize:${evse.number}`,
      onAnswer(answer) {
        scheduler.pump();
        if (current !== visit || !mayStart) return;
        if (dialect.isAccepted(answer)) begin(idToken, undefined);
        else again();
      },
      onLost: again,
    });
  };
  const arrive = (session: PlannedSession, atMs: number): void => {
    evse.plug(session, atMs, randomFor(deps.seed, `${stationId}/${session.sessionId}`));
    const vehicle = evse.vehicle();
    if (vehicle === undefined) return;
    current = { session, vehicle, started: false };
    visits.push(current);
    mayStart = true;
    changed(atMs);
    authorize();
    scheduler.at(session.departureAtMs, leave);
  };
  const leave = (atMs: number): void => {
    stop('EVDisconnected', atMs);
    evse.unplug(atMs);
    current = undefined;
    mayStart = false;
    changed(atMs);
  };

  return {
    visits,
    changed,
    stop,
    online: authorize,
    isWaiting: () => current !== undefined && evse.transaction() === undefined,
    remoteStart: begin,
    plan(session) {
      scheduler.at(session.arrivalAtMs, (dueAtMs) => arrive(session, dueAtMs));
    },
    sampleNow() {
      sampleAt(now());
    },
    reschedule() {
      if (evse.transaction() !== undefined) scheduleSample(scheduler.nowMs());
    },
  };
}

/** An identifier of at most 20 characters, as 1.6 asks. */
const tokenOf = (session: PlannedSession): string =>
  `EV-${session.stationId}`.replaceAll(/[^A-Za-z0-9-]/g, '').slice(0, 20);
