/**
 * A step that one bad event cannot stop: an event on which the engine fails is set aside, with an
 * alarm, and the site goes on deciding. Its inbox row stays as it is.
 */
import { CpmsError } from '../platform/errors.js';
import type { InboxItem, SiteEvent, SiteState, StepResult } from './state.js';
import { step, type StepOptions } from './step.js';

export interface StepPast<Item extends InboxItem> {
  /** As they were folded: those set aside are replaced. */
  readonly items: readonly Item[];
  readonly result: StepResult;
}

/**
 * Throws `step-failed` where no single event is at fault: then nothing has happened, every lease runs
 * down to its fallback, and the next event may mend it.
 */
export function stepPast<Item extends InboxItem>(
  state: SiteState,
  items: readonly Item[],
  nowMs: number,
  options: StepOptions = {},
): StepPast<Item> {
  const first = attempt(state, items, nowMs, options);
  if (!('error' in first)) return { items, result: first };
  const kept = withoutFatal(state, items, nowMs);
  const second = attempt(state, kept, nowMs, options);
  if (!('error' in second)) return { items: kept, result: second };
  const message = `the engine cannot decide: ${text(second.error)}`;
  throw new CpmsError('step-failed', message, {
    retriable: true,
    didNothing: true,
    cause: second.error,
  });
}

/** One after the other; an event is fatal where the state before it can be decided on. */
function withoutFatal<Item extends InboxItem>(
  state: SiteState,
  items: readonly Item[],
  nowMs: number,
): readonly Item[] {
  let current = state;
  return items.map((item) => {
    const result = attempt(current, [item], nowMs);
    if (!('error' in result)) {
      current = result.state;
      return item;
    }
    if ('error' in attempt(current, [], nowMs)) return item;
    const aside = setAside(item.event, result.error);
    const asLost = attempt(current, [{ ...item, event: aside }], nowMs);
    if (!('error' in asLost)) {
      current = asLost.state;
      return { ...item, event: aside };
    }
    return { ...item, event: { ...aside, of: { ...aside.of, seq: undefined } } };
  });
}

type SetAside = Extract<SiteEvent, { type: 'event.set-aside' }>;

function setAside(event: SiteEvent, error: unknown): SetAside {
  return {
    type: 'event.set-aside',
    of: {
      type: event.type,
      ...('stationId' in event ? { stationId: event.stationId } : {}),
      ...(event.type === 'operator.command' ? { commandId: event.commandId } : {}),
      ...(event.type === 'command.answered' ? { seq: event.seq } : {}),
    },
    detail: text(error),
  };
}

function attempt(
  state: SiteState,
  items: readonly InboxItem[],
  nowMs: number,
  options: StepOptions = {},
): StepResult | { readonly error: unknown } {
  try {
    return step(state, items, nowMs, options);
  } catch (error) {
    return { error };
  }
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
