/** What an operator asks of a station: whether it may leave, and what it does to what we believe. */
import type { CommandOutcome, StationCommand } from '../ocpp/messages.js';
import type { StationId } from '../../solver/index.js';
import { type Draft, plan, withhold } from './draft.js';
import type { PendingCommand, SiteEvent, StationState } from './state.js';

/** More than a person starts at once; a queue behind a slow station must not grow without end. */
const WAITING_MAX = 16;

export type Verdict =
  | { readonly status: 'allowed' }
  | { readonly status: 'offline'; readonly detail: string }
  | { readonly status: 'refused'; readonly detail: string };

/** What the verdict depends on: a state of the site, or the draft of one. */
export interface Judged {
  readonly stations: ReadonlyMap<StationId, StationState>;
  readonly pending: ReadonlyMap<number, PendingCommand>;
}

type Asked = Extract<SiteEvent, { type: 'operator.command' }>;

/** Would the engine let this command out now? */
export function judge(
  site: Judged,
  ask: { readonly stationId: StationId; readonly command: StationCommand },
): Verdict {
  const { stationId } = ask;
  const station = site.stations.get(stationId);
  if (station === undefined || station.stage === 'offline') {
    return { status: 'offline', detail: `${stationId} is offline` };
  }
  const waitingCount = [...site.pending.values()].filter(
    (it) => it.stationId === stationId && it.purpose === 'operator',
  ).length;
  if (waitingCount >= WAITING_MAX) {
    const detail = `${waitingCount} commands wait for ${stationId} already`;
    return { status: 'refused', detail };
  }
  return { status: 'allowed' };
}

/** Every command leaves a row, also one that is not let out. */
export function foldOperatorCommand(draft: Draft, event: Asked): void {
  const { stationId, command, commandId, actor } = event;
  const row = { stationId, purpose: 'operator', command, commandId, actor } as const;
  const verdict = judge(draft, event);
  if (verdict.status !== 'allowed') return withhold(draft, row, outcomeOf(verdict));
  plan(draft, row);
}

function outcomeOf({ status, detail }: Exclude<Verdict, { status: 'allowed' }>): CommandOutcome {
  return { status: 'not-sent', detail, ...(status === 'refused' ? { cause: 'refused' } : {}) };
}
