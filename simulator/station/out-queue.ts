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

export interface OutQueue {
  push(message: OutMessage): void;
  /** The link is up and the boot was accepted. */
  open(): void;
  close(): void;
  length(): number;
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

export function createOutQueue(deps: OutQueueDeps): OutQueue {
  const transactions: Waiting[] = [];
  const plain: Waiting[] = [];
  let isOpen = false;
  let busy = false;
  let backingOff = false;

  const drive = (): void => {
    if (!isOpen || busy) return;
    const queue = transactions.length > 0 && !backingOff ? transactions : plain;
    const head = queue[0];
    if (head === undefined) return;
    head.payload ??= head.message.build();
    if (head.payload === undefined) {
      drop(queue, head);
      drive();
      return;
    }
    busy = true;
    head.isSent = true;
    deps.call(head.message.action, head.payload).then(
      (answer) => finish(queue, head, answer),
      (error: unknown) => fail(queue, head, error),
    );
  };
  const drop = (queue: Waiting[], head: Waiting): void => {
    queue.splice(queue.indexOf(head), 1);
    head.message.onLost?.();
  };
  const finish = (queue: Waiting[], head: Waiting, answer: Answer): void => {
    busy = false;
    queue.splice(queue.indexOf(head), 1);
    head.message.onAnswer?.(answer);
    drive();
  };
  const fail = (queue: Waiting[], head: Waiting, error: unknown): void => {
    busy = false;
    if (isCallError(error)) head.errors += 1;
    if (queue === plain || head.errors >= ERRORS_MAX) {
      drop(queue, head);
    } else if (isOpen) {
      backingOff = true;
      const waitMs = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** Math.min(head.errors, 5));
      deps.later(waitMs, () => {
        backingOff = false;
        drive();
      });
    }
    drive();
  };

  return {
    push(message) {
      const queue = message.kind === 'transaction' ? transactions : plain;
      const entry: Waiting = { message, payload: undefined, isSent: false, errors: 0 };
      const twin = queue.findIndex(
        (other) =>
          message.replaceKey !== undefined &&
          !other.isSent &&
          other.message.replaceKey === message.replaceKey,
      );
      if (twin >= 0) queue.splice(twin, 1);
      queue.push(entry);
      drive();
    },
    open() {
      isOpen = true;
      drive();
    },
    close() {
      isOpen = false;
    },
    length: () => transactions.length + plain.length,
  };
}

const isCallError = (error: unknown): boolean =>
  error instanceof Error && 'rpcErrorCode' in error && error.rpcErrorCode !== undefined;
