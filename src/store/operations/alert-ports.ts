/** Who is told of faults, how, and what became of it. Instants of deliveries are real time. */
import type { SiteId } from '../../../solver/index.js';
import type { Page } from '../ports.js';
import type { Fault, FaultKind, Severity } from './fault-ports.js';

export interface AlertChannel {
  readonly id: string;
  readonly kind: 'mail' | 'webhook';
  readonly name: string;
  /** A mail address, or an https URL. */
  readonly target: string;
  readonly disabledAtMs?: number;
  readonly disabledReason?: string;
  readonly createdAtMs: number;
}

export interface QuietHours {
  /** Local times `HH:MM`; over midnight where `to` is the earlier one. */
  readonly from: string;
  readonly to: string;
}

export interface AlertRule {
  readonly name: string;
  /** Absent: all kinds. */
  readonly kinds?: readonly FaultKind[];
  /** Absent: all sites. */
  readonly siteIds?: readonly SiteId[];
  readonly severityMin: Severity;
  readonly channelIds: readonly string[];
  /** Whose clock quiet hours and digests go by. */
  readonly timeZone: string;
  /** What is due in these hours is told when they end. */
  readonly quietHours?: QuietHours;
  readonly digest: 'none' | 'hourly' | 'daily';
  /** Local time `HH:MM` of a daily digest; 08:00 if absent. */
  readonly dailyAt?: string;
  readonly tellsSolved: boolean;
  readonly enabled: boolean;
}

export interface StoredRule extends AlertRule {
  readonly id: string;
  readonly tenantId: string;
  readonly version: number;
}

export type FaultEventType = 'fault.opened' | 'fault.solved';
export type DeliveryType = FaultEventType | 'faults.digest' | 'alert.test';

export interface FaultEvent {
  readonly id: number;
  readonly type: FaultEventType;
  readonly atMs: number;
  readonly fault: Fault;
}

/** One delivery to make: of one event, or of the digest that its key names. */
export interface PlannedDelivery {
  readonly tenantId: string;
  readonly ruleId: string;
  readonly channelId: string;
  readonly type: DeliveryType;
  readonly dueAtMs: number;
  /** Set on digests: what is due together becomes one delivery. */
  readonly digestKey?: string;
  readonly eventIds: readonly number[];
}

export interface AlertDelivery {
  readonly id: string;
  readonly channelId: string;
  readonly ruleId?: string;
  readonly type: DeliveryType;
  readonly state: 'waiting' | 'delivered' | 'failed';
  readonly attempts: number;
  readonly dueAtMs: number;
  readonly lastStatus?: number;
  readonly lastError?: string;
  readonly createdAtMs: number;
  readonly endedAtMs?: number;
  /** As sent; absent before the first attempt. */
  readonly payload?: string;
}

/** A delivery that this process may attempt, alone, until its claim ends. */
export interface ClaimedDelivery extends AlertDelivery {
  readonly tenantId: string;
  readonly channel: AlertChannel;
  /** Newest first; two while one is being replaced; none where they cannot be opened. */
  readonly secrets: readonly Buffer[];
  /** The first of them, as many as a message can carry. */
  readonly events: readonly FaultEvent[];
  readonly eventCount: number;
}

export type DeliveryEnd =
  | { readonly state: 'delivered'; readonly status?: number }
  | { readonly state: 'failed'; readonly status?: number; readonly error: string }
  | {
      readonly state: 'waiting';
      readonly status?: number;
      readonly error: string;
      readonly dueAtMs: number;
    };

export interface AlertStore {
  readonly channels: {
    create(
      tenantId: string,
      channel: Omit<AlertChannel, 'createdAtMs'>,
      secret: Buffer | undefined,
      actor: string,
    ): Promise<AlertChannel>;
    list(tenantId: string): Promise<readonly AlertChannel[]>;
    find(tenantId: string, id: string): Promise<AlertChannel | undefined>;
    remove(tenantId: string, id: string, actor: string): Promise<boolean>;
    /** The secret so far signs beside the new one for a day. */
    rotate(tenantId: string, id: string, secret: Buffer, actor: string): Promise<boolean>;
    enable(tenantId: string, id: string, actor: string): Promise<boolean>;
    disable(id: string, reason: string): Promise<void>;
  };
  readonly rules: {
    create(tenantId: string, id: string, rule: AlertRule, actor: string): Promise<StoredRule>;
    list(tenantId: string): Promise<readonly StoredRule[]>;
    replace(
      tenantId: string,
      id: string,
      rule: AlertRule,
      actor: string,
    ): Promise<StoredRule | undefined>;
    remove(tenantId: string, id: string, actor: string): Promise<boolean>;
  };
  /**
   * Thinks through what happened since: `decide` says what follows, and is run in the transaction that
   * writes it. Returns how many events were thought through, and the deliveries made, for hints.
   */
  plan(
    decide: (
      events: readonly FaultEvent[],
      rules: readonly StoredRule[],
    ) => readonly PlannedDelivery[],
    nowMs: number,
  ): Promise<{
    readonly thought: number;
    readonly made: readonly { readonly id: string; readonly dueAtMs: number }[];
  }>;
  readonly deliveries: {
    /** A delivery without a fault, to try a channel. */
    createTest(tenantId: string, channelId: string, nowMs: number, actor: string): Promise<string>;
    /** Makes one that has ended due again, with the same id and body. False: none such. */
    resend(tenantId: string, id: string, nowMs: number, actor: string): Promise<boolean>;
    due(nowMs: number, limit: number): Promise<readonly string[]>;
    /** Undefined: not due, claimed by another process, or gone. */
    claim(id: string, nowMs: number, untilMs: number): Promise<ClaimedDelivery | undefined>;
    /** What will be sent, now and at every repeat; the first one given counts. */
    keepPayload(id: string, payload: string): Promise<void>;
    /** @param attempts of the claim: one that has been taken over ends nothing any more */
    end(id: string, attempts: number, end: DeliveryEnd, nowMs: number): Promise<void>;
    /** Newest first. */
    list(query: {
      readonly tenantId: string;
      readonly channelId?: string;
      readonly state?: AlertDelivery['state'];
      readonly limit: number;
      readonly after?: string;
    }): Promise<Page<AlertDelivery>>;
  };
}
