/**
 * What a station has to say, one call at a time. Transaction messages wait for the link, keep their
 * order and are sent again, with the same content, until they are answered; others are dropped.
 */

/** The answer of the CPMS to one call; its fields are checked where they are used. */
export type Answer = Readonly<Record<string, unknown>>;

export interface OutMessage {
  readonly action: string;
  /** Made when it is first sent, and kept; undefined drops the message. */
  readonly build: () => object | undefined;
  readonly kind: 'transaction' | 'plain';
  /** A newer message with the same key takes the place of one that was never sent. */
  readonly replaceKey?: string;
  readonly onAnswer?: (answer: Answer) => void;
  /** Dropped without an answer. */
  readonly onLost?: () => void;
}

interface Waiting {
  readonly message: OutMessage;
  payload: object | undefined;
  isSent: boolean;
  errors: number;
}

export interface OutQueueDeps {
  readonly call: (action: string, payload: object) => Promise<Answer>;
  /** Runs after real milliseconds. */
  readonly later: (realMs: number, run: () => void) => void;
}

/** A CALLERROR is an answer of a kind; after this many the content itself must be at fault. */
const ERRORS_MAX = 30;
const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 15_000;

export class OutQueue {
  readonly #transactions: Waiting[] = [];
  readonly #plain: Waiting[] = [];
  #isOpen = false;
  #isBusy = false;
  #isBackingOff = false;

  constructor(readonly deps: OutQueueDeps) {}

  push(message: OutMessage): void {
    const queue = message.kind === 'transaction' ? this.#transactions : this.#plain;
    const twin = queue.findIndex(
      (other) =>
        message.replaceKey !== undefined &&
        !other.isSent &&
        other.message.replaceKey === message.replaceKey,
    );
    if (twin >= 0) queue.splice(twin, 1);
    queue.push({ message, payload: undefined, isSent: false, errors: 0 });
    this.#drive();
  }

  /** The link is up and the boot was accepted. */
  open(): void {
    this.#isOpen = true;
    this.#drive();
  }

  close(): void {
    this.#isOpen = false;
  }

  length(): number {
    return this.#transactions.length + this.#plain.length;
  }

  #drive(): void {
    if (!this.#isOpen || this.#isBusy) return;
    const isTransaction = this.#transactions.length > 0 && !this.#isBackingOff;
    const queue = isTransaction ? this.#transactions : this.#plain;
    const head = queue[0];
    if (head === undefined) return;
    head.payload ??= head.message.build();
    if (head.payload === undefined) {
      drop(queue, head);
      this.#drive();
      return;
    }
    this.#isBusy = true;
    head.isSent = true;
    this.deps.call(head.message.action, head.payload).then(
      (answer) => this.#finish(queue, head, answer),
      (error: unknown) => this.#fail(queue, head, error),
    );
  }

  #finish(queue: Waiting[], head: Waiting, answer: Answer): void {
    this.#isBusy = false;
    queue.splice(queue.indexOf(head), 1);
    head.message.onAnswer?.(answer);
    this.#drive();
  }

  #fail(queue: Waiting[], head: Waiting, error: unknown): void {
    this.#isBusy = false;
    if (isCallError(error)) head.errors += 1;
    if (queue === this.#plain || head.errors >= ERRORS_MAX) drop(queue, head);
    else if (this.#isOpen) this.#backOff(head);
    this.#drive();
  }

  #backOff(head: Waiting): void {
    this.#isBackingOff = true;
    const waitMs = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** Math.min(head.errors, 5));
    this.deps.later(waitMs, () => {
      this.#isBackingOff = false;
      this.#drive();
    });
  }
}

function drop(queue: Waiting[], head: Waiting): void {
  queue.splice(queue.indexOf(head), 1);
  head.message.onLost?.();
}

/** The CPMS answered, with a CALLERROR. */
export const isCallError = (error: unknown): boolean =>
  error instanceof Error && 'rpcErrorCode' in error && error.rpcErrorCode !== undefined;
