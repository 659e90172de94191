/** A virtual charging station: link, profiles and EVSEs behind one protocol version. */
import { randomUUID } from 'node:crypto';
import type { FaultCounts, FaultPlan } from '../faults.js';
import type { PlannedSession, StartMessage } from '../ipc.js';
import { randomFor } from '../random.js';
import type { Scheduler } from '../scheduler.js';
import type { SiteFile, SiteFileStation, Triple } from '../site-file.js';
import {
  type Dialect,
  HEARTBEAT,
  SETTINGS,
  type StationSettings,
  type Triggered,
} from './dialect.js';
import { Evse, type Transaction } from './evse.js';
import { type CallWatch, type Link, createLink } from './link.js';
import { createLinkLoss, type LinkLoss } from './link-loss.js';
import { type Answer, OutQueue } from './out-queue.js';
import { stationPort } from './port.js';
import { type ProfileStore, createProfileStore } from './profile-store.js';
import { type Breakable, type StationFaults, createStationFaults } from './station-faults.js';
import type { StationTraits } from './traits.js';
import { dialect16 } from './v16.js';
import { dialect201 } from './v201.js';
import { type Visit, Visits } from './visits.js';

export interface StationOptions {
  readonly spec: SiteFileStation;
  readonly site: SiteFile;
  readonly traits: StationTraits;
  readonly secret: string;
  readonly ocppUrl: string;
  readonly servesFrom: StartMessage['servesFrom'];
  readonly seed: number;
  /** Real ms that it waits for an answer. */
  readonly callTimeoutMs: number;
  readonly scheduler: Scheduler;
  readonly speed: number;
  readonly onStep: (evseNumber: number, atMs: number, currentsA: Triple<number>) => void;
  readonly onStarted: (visit: Visit, transaction: Transaction) => void;
  readonly onCall?: CallWatch;
  /** What is wrong with it; counted in `faultCounts`. */
  readonly faults: FaultPlan;
  readonly faultCounts: FaultCounts;
}

/** A heartbeat comes at most this often in real time, whatever the speed. */
const HEARTBEAT_MIN_REAL_MS = 5000;
const BOOT_RETRY_MAX_REAL_MS = 10_000;
const BOOT_RETRY_REAL_MS = 2000;
const RESET_DELAY_REAL_MS = 200;
const PROFILES_MAX = 16;

export class Station implements Breakable {
  readonly id: string;
  readonly evses: readonly Evse[];
  readonly store: ProfileStore;
  readonly dialect: Dialect;
  readonly counts = { profilesAccepted: 0, profilesRejected: 0 };
  settings: StationSettings = SETTINGS;
  readonly #visits: ReadonlyMap<number, Visits>;
  readonly #link: Link;
  readonly #queue: OutQueue;
  readonly #loss: LinkLoss;
  readonly #faults: StationFaults;
  /** Linked, and known to the CPMS. */
  #isBooted = false;
  /** Since it was switched on or rebooted no boot was accepted. */
  #mustBoot = true;
  /** It serves vehicles; stays so. */
  #isOpen: boolean;
  #bootReason: 'PowerUp' | 'RemoteReset' = 'PowerUp';
  #lastSentAtMs = 0;
  #transactionCount = 0;
  #cancelHeartbeat = (): void => undefined;
  #cancelAligned = (): void => undefined;

  constructor(readonly options: StationOptions) {
    const { spec, traits, site } = options;
    this.id = spec.id;
    this.#loss = createLinkLoss({
      nowMs: () => options.scheduler.nowMs(),
      changeProfiles: (change) => this.changeProfiles(change),
    });
    this.#isOpen = options.servesFrom === 'boot';
    const { version, units, stackLevelMax } = traits;
    const evseNumbers = spec.evses.map((evse) => evse.evseNumber);
    const place = { version, evseNumbers, units, stackLevelMax };
    this.#faults = createStationFaults({
      speed: options.speed,
      plan: options.faults,
      stationId: this.id,
      seed: options.seed,
      counts: options.faultCounts,
      place,
    });
    this.store = createProfileStore({
      ...place,
      periodsMax: traits.periodsMax,
      profilesMax: PROFILES_MAX,
      ...(traits.fuss === undefined ? {} : { fuss: traits.fuss }),
      ...this.#faults.store,
    });
    this.dialect = (traits.version === 'ocpp1.6' ? dialect16 : dialect201)(this.id, traits);
    this.evses = spec.evses.map(
      (evse) =>
        new Evse(evse, {
          site,
          traits,
          profiles: () => this.store.all(),
          linkLost: () => this.#loss.now(),
          ...this.#faults.vehicles,
          onStep: (atMs, currentsA) => options.onStep(evse.evseNumber, atMs, currentsA),
        }),
    );
    this.#queue = new OutQueue({
      call: (action, payload) => this.#call(action, payload),
      later: (realMs, run) => void setTimeout(run, realMs),
    });
    this.#visits = new Map(this.evses.map((evse) => [evse.number, this.#visitsOf(evse)]));
    this.#link = createLink({
      url: options.ocppUrl,
      identity: this.id,
      password: options.secret,
      subprotocol: traits.version,
      handlers: this.dialect.handlers(stationPort(this)),
      callTimeoutMs: options.callTimeoutMs,
      random: randomFor(options.seed, `${this.id}/link`),
      onUp: () => this.#up(),
      onDown: () => this.#down(),
      ...(options.onCall === undefined ? {} : { onCall: options.onCall }),
      ...this.#faults.transport,
    });
  }

  start(firstDelayRealMs: number): void {
    this.#link.start(firstDelayRealMs);
  }

  beginFaults(): void {
    this.#faults.begin(this);
  }

  async stop(): Promise<void> {
    this.#faults.end();
    this.#down();
    await this.#link.stop();
  }

  /** Returns false when it has no such EVSE. */
  plan(session: PlannedSession): boolean {
    const visits = this.#visits.get(session.evseNumber);
    visits?.plan(session);
    return visits !== undefined;
  }

  isBooted(): boolean {
    return this.#isBooted;
  }

  visits(): readonly Visit[] {
    return [...this.#visits.values()].flatMap((visits) => visits.visits);
  }

  visitsAt(evseNumber: number): Visits | undefined {
    return this.#visits.get(evseNumber);
  }

  advanceTo(toMs: number): void {
    for (const evse of this.evses) evse.advanceTo(toMs);
  }

  /**
   * Runs a change of the profile store with all EVSEs brought up to its instant, before and after.
   */
  changeProfiles<Result>(change: (store: ProfileStore) => Result): Result {
    const atMs = this.options.scheduler.nowMs();
    this.advanceTo(atMs);
    const result = change(this.store);
    for (const evse of this.evses) {
      evse.refresh(atMs);
      this.#visits.get(evse.number)?.changed(atMs);
    }
    if (!this.#isOpen && this.store.all().length > 0) {
      this.#isOpen = true;
      this.#serve();
    }
    return result;
  }

  send(action: string, payload: object): void {
    this.#queue.push({ action, build: () => payload, kind: 'plain' });
  }

  trigger(what: Triggered, evseNumber: number | undefined): void {
    const evses = this.evses.filter((e) => evseNumber === undefined || e.number === evseNumber);
    switch (what) {
      case 'boot':
        void this.#boot();
        return;
      case 'heartbeat':
        this.send(HEARTBEAT.action, HEARTBEAT.payload);
        return;
      case 'status':
        for (const evse of evses) this.#sendStatus(evse);
        return;
      case 'meter':
        for (const evse of evses) this.#sendReading(evse);
        return;
    }
  }

  /** Ends transactions, forgets what does not persist, and comes back. */
  reset(): void {
    setTimeout(() => {
      this.#powerOff('end');
      this.#bootReason = 'RemoteReset';
      this.#link.drop();
    }, RESET_DELAY_REAL_MS);
  }

  breakLink(pauseMs: number): void {
    if (this.#link.isUp()) this.options.faultCounts.disconnects += 1;
    this.#link.cut(pauseMs);
  }

  reboot(transactions: 'end' | 'go-on', pauseMs: number): void {
    this.#powerOff(transactions);
    this.breakLink(pauseMs);
  }

  isLimited(): boolean {
    return this.store.all().some(({ purpose }) => purpose === 'tx');
  }

  changeSetting<Name extends keyof StationSettings>(
    name: Name,
    value: StationSettings[Name],
  ): void {
    this.settings = { ...this.settings, [name]: value };
    if (name === 'heartbeatSec') this.#scheduleHeartbeat();
    if (name === 'alignedSec') this.#scheduleAligned();
    if (name === 'sampleSec') for (const visits of this.#visits.values()) visits.reschedule();
  }

  #powerOff(transactions: 'end' | 'go-on'): void {
    this.options.scheduler.pump();
    const atMs = this.options.scheduler.nowMs();
    if (transactions === 'end') {
      for (const visits of this.#visits.values()) visits.stop('Reset', atMs);
    }
    this.changeProfiles((store) => store.reboot());
    this.#mustBoot = true;
  }

  #visitsOf(evse: Evse): Visits {
    return new Visits(evse, {
      stationId: this.id,
      scheduler: this.options.scheduler,
      queue: this.#queue,
      dialect: this.dialect,
      seed: this.options.seed,
      settings: () => this.settings,
      isOnline: () => this.#isBooted,
      isOpen: () => this.#isOpen,
      newTransaction: (at, idToken, atMs) => this.#newTransaction(at, idToken, atMs),
      install: (profile) => {
        const transactionId = evse.transaction()?.id;
        const bound = transactionId === undefined ? profile : { ...profile, transactionId };
        this.changeProfiles((store) => store.install(bound, transactionId));
      },
      onTransactionEnd: (ended) => this.store.endTransaction(ended.number),
      onStarted: this.options.onStarted,
    });
  }

  #newTransaction(evse: Evse, idToken: string, startedAtMs: number): Transaction {
    this.#transactionCount += 1;
    return {
      // 1.6 learns the id from the CPMS; in 2.0.1 it is the station's own.
      id: this.options.traits.version === 'ocpp1.6' ? undefined : randomUUID(),
      localId: this.#transactionCount,
      startedAtMs,
      meterStartWh: evse.sample(startedAtMs).registerWh,
      idToken,
      nextSeqNo: 0,
    };
  }

  async #call(action: string, payload: object): Promise<Answer> {
    this.#lastSentAtMs = this.options.scheduler.nowMs();
    const answer = await this.#link.call(action, payload);
    if (this.#faults.repeats(action)) void this.#link.call(action, payload).catch(() => undefined);
    return answer;
  }

  /** A station says that it boots when it has; a link that comes back is no boot. */
  #up(): void {
    this.#loss.back();
    if (this.#mustBoot) void this.#boot();
    else this.#online();
  }

  async #boot(): Promise<void> {
    const { action, payload } = this.dialect.boot(this.#bootReason);
    let retryMs = BOOT_RETRY_REAL_MS;
    try {
      const answer = await this.#link.call(action, payload);
      if (answer['status'] === 'Accepted') {
        this.#booted(answer);
        return;
      }
      const waitSec = typeof answer['interval'] === 'number' ? answer['interval'] : 0;
      retryMs = Math.min(BOOT_RETRY_MAX_REAL_MS, Math.max(retryMs, waitSec * 1000));
    } catch {
      // Not answered: the link is gone, or the CPMS is busy. Either way it is tried again.
    }
    setTimeout(() => {
      if (this.#link.isUp() && !this.#isBooted) void this.#boot();
    }, retryMs);
  }

  #booted(answer: Answer): void {
    this.options.scheduler.pump();
    const isFirst = !this.#isBooted;
    this.#mustBoot = false;
    this.#bootReason = 'PowerUp';
    const interval = answer['interval'];
    if (typeof interval === 'number' && interval > 0) {
      this.changeSetting('heartbeatSec', interval);
    }
    if (isFirst) this.#online();
  }

  #online(): void {
    this.#isBooted = true;
    this.#scheduleHeartbeat();
    for (const evse of this.evses) this.#sendStatus(evse);
    this.#queue.open();
    this.#serve();
  }

  /** Whoever waits tries again. */
  #serve(): void {
    for (const visits of this.#visits.values()) visits.online();
  }

  #down(): void {
    this.#loss.lost();
    this.#isBooted = false;
    this.#queue.close();
    this.#cancelHeartbeat();
  }

  #sendStatus(evse: Evse): void {
    const atMs = this.options.scheduler.nowMs();
    const { action, payload } = this.dialect.status(evse.number, evse.state(), atMs);
    const replaceKey = `status:${evse.number}`;
    this.#queue.push({ action, build: () => payload, kind: 'plain', replaceKey });
  }

  #sendReading(evse: Evse): void {
    const atMs = this.options.scheduler.nowMs();
    if (evse.transaction() !== undefined) {
      this.#visits.get(evse.number)?.sampleAt(atMs);
      return;
    }
    const { action, payload } = this.dialect.idleSampled(evse, evse.sample(atMs));
    const replaceKey = `idle:${evse.number}`;
    this.#queue.push({ action, build: () => payload, kind: 'plain', replaceKey });
  }

  #scheduleHeartbeat(): void {
    this.#cancelHeartbeat();
    const { scheduler, speed } = this.options;
    const everyMs = Math.max(this.settings.heartbeatSec * 1000, HEARTBEAT_MIN_REAL_MS * speed);
    // Any message shows that the station is alive: a heartbeat fills the silence only.
    const dueAtMs = Math.max(this.#lastSentAtMs + everyMs, scheduler.nowMs() + everyMs / 10);
    this.#cancelHeartbeat = scheduler.at(dueAtMs, (atMs) => {
      const isSilent = atMs - this.#lastSentAtMs >= everyMs;
      if (isSilent && this.#isBooted) this.send(HEARTBEAT.action, HEARTBEAT.payload);
      this.#scheduleHeartbeat();
    });
  }

  #scheduleAligned(): void {
    this.#cancelAligned();
    const everyMs = this.settings.alignedSec * 1000;
    if (everyMs <= 0) return;
    const nextMs = (Math.floor(this.options.scheduler.nowMs() / everyMs) + 1) * everyMs;
    this.#cancelAligned = this.options.scheduler.at(nextMs, () => {
      for (const evse of this.evses) {
        if (evse.transaction() === undefined && this.#isBooted) this.#sendReading(evse);
      }
      this.#scheduleAligned();
    });
  }
}
