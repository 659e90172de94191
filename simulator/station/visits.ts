/**
 * The life of a vehicle's visit at one EVSE: plug in, authorise, transaction with its readings,
 * unplug. Every step counts from the instant at which it was due.
 */
import type { PlannedSession } from '../ipc.js';
import { randomFor } from '../random.js';
import type { Scheduler } from '../scheduler.js';
import type { Vehicle } from '../vehicle.js';
import type { Dialect, StationSettings, StopReason, TransactionMoment } from './dialect.js';
import type { Evse, EvseState, Transaction } from './evse.js';
import type { Answer, OutQueue } from './out-queue.js';
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
  /** Serves vehicles at all. */
  readonly isOpen: () => boolean;
  readonly newTransaction: (evse: Evse, idToken: string, atMs: number) => Transaction;
  /** A TxProfile that came with a remote start. */
  readonly install: (profile: Profile) => void;
  readonly onTransactionEnd: (evse: Evse) => void;
  readonly onStarted: (visit: Visit, transaction: Transaction) => void;
  readonly seed: number;
}

/** After an authorisation that failed, in site seconds. */
const AUTHORIZE_RETRY_SEC = 60;

export class Visits {
  readonly visits: Visit[] = [];
  #current: Visit | undefined;
  /** A vehicle waits that has not been refused or served yet. */
  #mayStart = false;
  #announced: EvseState = 'available';
  #cancelWake = (): void => undefined;
  #cancelSample = (): void => undefined;

  constructor(
    readonly evse: Evse,
    readonly deps: VisitDeps,
  ) {}

  plan(session: PlannedSession): void {
    this.deps.scheduler.at(session.arrivalAtMs, (dueAtMs) => this.#arrive(session, dueAtMs));
  }

  /** Something changed at the EVSE: tell the CPMS when its state is another, and wake in time. */
  changed(atMs: number): void {
    this.#announce(atMs);
    this.#cancelWake();
    const wakeAtMs = this.evse.nextChangeAtMs();
    if (wakeAtMs === Number.POSITIVE_INFINITY) return;
    this.#cancelWake = this.deps.scheduler.at(wakeAtMs, (dueAtMs) => {
      this.evse.advanceTo(dueAtMs);
      this.changed(dueAtMs);
    });
  }

  /** The link is back, or the station opens: whoever waits tries again. */
  online(): void {
    this.#authorize();
  }

  /** A vehicle is plugged in without a transaction. */
  isWaiting(): boolean {
    return this.#current !== undefined && this.evse.transaction() === undefined;
  }

  /** Starts the transaction of the vehicle that waits, now. */
  begin(idToken: string, profile: Profile | undefined): void {
    const visit = this.#current;
    if (visit === undefined) return;
    const { evse, deps } = this;
    const atMs = deps.scheduler.nowMs();
    evse.advanceTo(atMs);
    const transaction = deps.newTransaction(evse, idToken, atMs);
    evse.begin(transaction);
    this.#mayStart = false;
    visit.started = true;
    if (deps.dialect.stateChanged !== undefined) this.#announced = evse.state();
    if (profile !== undefined) deps.install(profile);
    deps.queue.push({
      ...deps.dialect.started(this.#moment(transaction, atMs)),
      kind: 'transaction',
      onAnswer: (answer) => this.#startAnswered(visit, transaction, answer),
    });
    this.#scheduleSample(atMs);
    this.changed(atMs);
  }

  stop(reason: StopReason, atMs: number): void {
    const transaction = this.evse.transaction();
    if (transaction === undefined) return;
    this.evse.advanceTo(atMs);
    this.#cancelSample();
    const last = this.#moment(transaction, atMs);
    this.evse.end(atMs);
    this.deps.onTransactionEnd(this.evse);
    this.#mayStart = reason === 'Reset';
    this.deps.queue.push({ ...this.deps.dialect.stopped(last, reason), kind: 'transaction' });
    this.changed(atMs);
  }

  sampleAt(atMs: number): void {
    const transaction = this.evse.transaction();
    if (transaction === undefined) return;
    this.evse.advanceTo(atMs);
    const replaceKey = `sample:${this.evse.number}:${transaction.localId}`;
    const call = this.deps.dialect.sampled(
      this.#moment(transaction, atMs),
      this.deps.settings().measurands,
    );
    this.deps.queue.push({ ...call, kind: 'transaction', replaceKey });
  }

  /** The sample interval changed. */
  reschedule(): void {
    if (this.evse.transaction() !== undefined) {
      this.#scheduleSample(this.deps.scheduler.nowMs());
    }
  }

  #arrive(session: PlannedSession, atMs: number): void {
    const { scheduler, seed, stationId } = this.deps;
    const random = randomFor(seed, `${stationId}/${session.sessionId}`);
    const vehicle = this.evse.plug(session, atMs, random);
    this.#current = { session, vehicle, started: false };
    this.visits.push(this.#current);
    this.#mayStart = true;
    this.changed(atMs);
    this.#authorize();
    scheduler.at(session.departureAtMs, (dueAtMs) => this.#leave(dueAtMs));
  }

  #leave(atMs: number): void {
    this.stop('EVDisconnected', atMs);
    this.evse.unplug(atMs);
    this.#current = undefined;
    this.#mayStart = false;
    this.changed(atMs);
  }

  #authorize(): void {
    const { deps } = this;
    const visit = this.#current;
    if (visit === undefined || !this.#mayStart) return;
    if (!deps.isOnline() || !deps.isOpen()) return;
    const idToken = tokenOf(visit.session);
    const { action, payload } = deps.dialect.authorize(idToken);
    const again = (): void => {
      deps.scheduler.at(deps.scheduler.nowMs() + AUTHORIZE_RETRY_SEC * 1000, () => {
        if (this.#current === visit) this.#authorize();
      });
    };
    deps.queue.push({
      action,
      build: () => payload,
      kind: 'plain',
      replaceKey: `authorize:${this.evse.number}`,
      onAnswer: (answer) => {
        deps.scheduler.pump();
        if (this.#current !== visit || !this.#mayStart) return;
        if (deps.dialect.isAccepted(answer)) this.begin(idToken, undefined);
        else again();
      },
      onLost: again,
    });
  }

  #startAnswered(visit: Visit, transaction: Transaction, answer: Answer): void {
    this.deps.scheduler.pump();
    const isAccepted = this.deps.dialect.startAnswered(transaction, answer);
    if (isAccepted) this.deps.onStarted(visit, transaction);
    else if (this.evse.transaction() === transaction) {
      this.stop('DeAuthorized', this.deps.scheduler.nowMs());
    }
  }

  #moment(transaction: Transaction, atMs: number): TransactionMoment {
    const { evse } = this;
    const offline = !this.deps.isOnline();
    return { evse, transaction, sample: evse.sample(atMs), state: evse.state(), offline };
  }

  #announce(atMs: number): void {
    const { evse } = this;
    const { dialect, queue } = this.deps;
    const state = evse.state();
    if (state === this.#announced) return;
    const isPlugChange = this.#announced === 'available' || state === 'available';
    this.#announced = state;
    if (dialect.stateChanged === undefined || isPlugChange) {
      const { action, payload } = dialect.status(evse.number, state, atMs);
      const replaceKey = `status:${evse.number}`;
      queue.push({ action, build: () => payload, kind: 'plain', replaceKey });
      return;
    }
    const transaction = evse.transaction();
    if (transaction === undefined) return;
    const replaceKey = `state:${evse.number}:${transaction.localId}`;
    const call = dialect.stateChanged(this.#moment(transaction, atMs));
    queue.push({ ...call, kind: 'transaction', replaceKey });
  }

  #scheduleSample(fromMs: number): void {
    this.#cancelSample();
    const everySec = this.deps.settings().sampleSec;
    if (everySec <= 0) return;
    this.#cancelSample = this.deps.scheduler.at(fromMs + everySec * 1000, (dueAtMs) => {
      this.sampleAt(dueAtMs);
      this.#scheduleSample(dueAtMs);
    });
  }
}

/** An identifier of at most 20 characters, as 1.6 asks. */
const tokenOf = (session: PlannedSession): string =>
  `EV-${session.stationId}`.replaceAll(/[^A-Za-z0-9-]/g, '').slice(0, 20);
