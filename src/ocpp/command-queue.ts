/** Commands of one station that wait for the line: cuts first, then by (epoch, seq). */
import { compareOrder } from './fence.js';
import type { OutboxCommand } from './messages.js';

export interface CommandQueue<Item extends { readonly row: OutboxCommand }> {
  /** Adds an item; returns the one that had to go because the queue is full (maybe the item itself). */
  add(item: Item): Item | undefined;
  /** Takes the next one. */
  take(): Item | undefined;
  /** Takes out all that match. */
  remove(matches: (item: Item) => boolean): readonly Item[];
}

export function createCommandQueue<Item extends { readonly row: OutboxCommand }>(
  capacity: number,
): CommandQueue<Item> {
  let items: Item[] = [];
  return {
    add(item) {
      const index = items.findIndex((other) => comesBefore(item.row, other.row));
      items.splice(index < 0 ? items.length : index, 0, item);
      return items.length > capacity ? items.pop() : undefined;
    },
    take: () => items.shift(),
    remove(matches) {
      const removed = items.filter(matches);
      items = items.filter((item) => !matches(item));
      return removed;
    },
  };
}

function comesBefore(a: OutboxCommand, b: OutboxCommand): boolean {
  if (a.priority !== b.priority) return a.priority === 'cut';
  return compareOrder(a, b) < 0;
}
