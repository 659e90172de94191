/** How far the first contact with an EVSE has come. */
/**
 * First contact: install F0, read it back, clear what others left, read again over seven days. Only then
 * does the fallback of the EVSE earn credit.
 */
export type ContactStep =
  | 'fallback'
  | 'read'
  | 'clear-default'
  /** 2.x: all that it holds is asked for, and what is not ours is cleared by id. */
  | 'report'
  | 'clear-foreign'
  | 'clear-max'
  | 'clear-tx'
  | 'verify'
  | 'done';

export interface EvseContact {
  readonly step: ContactStep;
  /** Where it goes on, once the station may be written to again; absent: `step` says it. */
  readonly paused?: ContactStep | undefined;
  readonly attempts: number;
  /** Calls of this step in a row that nobody answered; absent: none. */
  readonly unanswered?: number | undefined;
  /** Back-off: nothing is sent before. */
  readonly notBeforeMs: number;
  /** Stack level that `clear-default` clears next. */
  readonly level: number;
  /** It clears what is for all EVSEs of the station, not for this one alone; absent: for this one. */
  readonly place?: 'station' | undefined;
  /**
   * F0 was refused for what others left: that is being cleared, or was, or waits for the end of transactions.
   * Absent: it was not, or not any more.
   */
  readonly blocked?: 'clears' | 'cleared' | 'waits' | undefined;
  /**
   * A limit that is not ours leads its transaction: the profiles of transactions are being cleared, or were. Absent:
   * none does.
   */
  readonly overruled?: 'clears' | 'cleared' | undefined;
  /** What `report` waits for, and what of others it has shown. */
  readonly report?: ProfileReport | undefined;
  /** Ids that `clear-foreign` clears next. */
  readonly foreign?: readonly number[] | undefined;
  /** Ids that were cleared before: the next report shows whether they are gone. */
  readonly tried?: readonly number[] | undefined;
}

export interface ProfileReport {
  readonly requestId: number;
  readonly dueAtMs: number;
  readonly foreign: readonly number[];
  /** Of `foreign`, what cannot be our own fallback under another id; absent: nothing. */
  readonly surelyForeign?: readonly number[] | undefined;
  /** It shows our own fallback, which was installed just before. */
  readonly isCredible: boolean;
  readonly isComplete: boolean;
}
