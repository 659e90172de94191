/**
 * Hints and deferred work. Never truth: whatever a job needs stands in SQL, a job says where to look,
 * and losing every job loses nothing, because what is due is found again in SQL.
 */

/** Names of all queues; one handler each. */
export type QueueName =
  /** A signal or a site limit starts or ends: wake the site. */
  | 'site-hints'
  /** One webhook delivery to attempt. */
  | 'webhook-deliveries'
  /** Alerts to tell by mail and webhook, and digests. */
  | 'alerts'
  /** Retention and other housekeeping. */
  | 'clean-up';

export interface Job {
  /** What the job is about, small and serialisable; ids, no secrets. */
  readonly data: Readonly<Record<string, string | number>>;
  /** From 1: how often this job has been tried, this time included. */
  readonly attempt: number;
}

export interface JobOptions {
  /** Not before this much real time has passed, ms. Default: at once. */
  readonly delayMs?: number;
  /**
   * Jobs with the same key that wait are one job: the latest data and the earliest due time count. A
   * job added while one with its key is being worked on runs once that one has ended for good; of
   * several the last counts, with its delay. So what is due at different times takes different keys.
   */
  readonly key?: string;
  /** Real pauses before the second, third ... attempt, ms; its length + 1 is the number of attempts. */
  readonly retryDelaysMs?: readonly number[];
}

/** Throw to be tried again after the next pause; after the last attempt the job is counted as dead. */
export type JobHandler = (job: Job) => Promise<void>;

export interface QueueCounts {
  readonly waiting: number;
  readonly delayed: number;
  readonly active: number;
  /** Gave up after its last attempt; old ones are forgotten. */
  readonly dead: number;
  /** Taken over from a worker that died, seen by this process since its start. */
  readonly stalled: number;
  /** Age of the oldest job that could run now, real ms; 0 when none waits. */
  readonly oldestAgeMs: number;
}

export interface Queue {
  /**
   * Resolves when the job is taken over. Rejects with `queue-unavailable` when Redis is away, the queue
   * is closed or full: whoever adds a hint goes on, and what it points to is found again in SQL.
   */
  add(name: QueueName, data: Job['data'], options?: JobOptions): Promise<void>;
  /** One handler a queue; `concurrency` of its jobs run at once in this process. */
  work(name: QueueName, handler: JobHandler, options: { readonly concurrency: number }): void;
  /** Rejects with `queue-unavailable` when Redis is away. */
  counts(name: QueueName): Promise<QueueCounts>;
  /** Lets running jobs end (10 s at most), takes no more. */
  close(): Promise<void>;
}
