/**
 * Group commit: what arrives while a write is under way waits for the next one and shares it, so that
 * a storm costs one disk flush per round and not one per message.
 */

export interface Batch<Item, Result> {
  add(items: readonly Item[]): Promise<readonly Result[]>;
}

export interface GroupCommitOptions<Item, Result> {
  /** Writes all in order, or none; one result per item. */
  readonly write: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** Items of one write, unless a single caller brings more. */
  readonly itemsMax: number;
  /** The fault lies in an item: then each caller gets a write of its own. */
  readonly isItemFault: (error: unknown) => boolean;
}

interface Waiting<Item, Result> {
  readonly items: readonly Item[];
  readonly resolve: (results: readonly Result[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Each caller resolves when its own items are written; the order of calls is kept. */
export function groupCommit<Item, Result>(
  options: GroupCommitOptions<Item, Result>,
): Batch<Item, Result> {
  let waiting: Waiting<Item, Result>[] = [];
  let writing = false;

  const drain = async (): Promise<void> => {
    writing = true;
    while (waiting.length > 0) {
      const batch = takeBatch(waiting, options.itemsMax);
      waiting = waiting.slice(batch.length);
      await writeBatch(batch, options);
    }
    writing = false;
  };

  return {
    add: (items) =>
      new Promise((resolve, reject) => {
        waiting.push({ items, resolve, reject });
        if (!writing) void drain();
      }),
  };
}

function takeBatch<Item, Result>(
  waiting: readonly Waiting<Item, Result>[],
  itemsMax: number,
): readonly Waiting<Item, Result>[] {
  let itemCount = 0;
  const end = waiting.findIndex((caller, index) => {
    itemCount += caller.items.length;
    return index > 0 && itemCount > itemsMax;
  });
  return end === -1 ? waiting : waiting.slice(0, end);
}

async function writeBatch<Item, Result>(
  batch: readonly Waiting<Item, Result>[],
  options: GroupCommitOptions<Item, Result>,
): Promise<void> {
  try {
    const results = await options.write(batch.flatMap((caller) => caller.items));
    let from = 0;
    for (const { items, resolve } of batch) {
      resolve(results.slice(from, from + items.length));
      from += items.length;
    }
  } catch (error) {
    if (batch.length > 1 && options.isItemFault(error)) {
      for (const caller of batch) await writeBatch([caller], options);
    } else {
      for (const { reject } of batch) reject(error);
    }
  }
}
