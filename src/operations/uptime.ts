/**
 * Uptime of a port by the arithmetic of 23 CFR 680.116(b): ((period - (outage - excluded)) / period).
 * A port is up while its hardware and software are online and available, or in use and dispensing.
 */
import type { EvseStatus } from '../ocpp/messages.js';

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface PortStatus {
  readonly status: EvseStatus;
  /** By the station's clock. */
  readonly atMs: number;
  readonly receivedAtMs: number;
}

export interface PortHistory {
  readonly fromMs: number;
  readonly toMs: number;
  /** Of this port, in the order received; the last one before the period may be the first. */
  readonly statuses: readonly PortStatus[];
  /** Of the station as a whole, likewise: while it is down, so are its ports. */
  readonly stationStatuses: readonly PortStatus[];
  /** Of its station, the last one before the period too; `closedAtMs` absent: still open. */
  readonly connections: readonly { readonly openedAtMs: number; readonly closedAtMs?: number }[];
  /** Not the operator's: counts only where it meets an outage. */
  readonly exclusions: readonly Span[];
}

export interface Uptime {
  /** From 0 to 1. */
  readonly uptimeFraction: number;
  /** Later than the period's start where the station was first seen within it. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly outageMs: number;
  readonly excludedMs: number;
  readonly outages: readonly (Span & { readonly cause: 'offline' | 'faulted' | 'unavailable' })[];
}

/** A station's clock is believed this far: a status sent late tells when it changed. */
const LATE_MAX_MS = 7 * 24 * 3_600_000;

/** Undefined: nothing is known of the port in this period. */
export function uptime(history: PortHistory): Uptime | undefined {
  const { toMs, connections, exclusions } = history;
  const firstSeenMs = Math.min(...connections.map((it) => it.openedAtMs));
  const fromMs = Math.max(history.fromMs, firstSeenMs);
  if (!(fromMs < toMs)) return undefined;
  const period = { fromMs, toMs };
  const online = merged(
    connections.map((it) => ({ fromMs: it.openedAtMs, toMs: it.closedAtMs ?? toMs })),
  );
  const offline = without([period], online).map((it) => ({ ...it, cause: 'offline' as const }));
  const down = outside(downSpans(history.statuses, period), offline);
  const whole = outside(downSpans(history.stationStatuses, period), [...offline, ...down]);
  const outages = [...offline, ...down, ...whole].toSorted((a, b) => a.fromMs - b.fromMs);
  const outageMs = lengthOf(outages);
  const excludedMs = outageMs - lengthOf(without(outages, merged(exclusions)));
  const uptimeFraction = (toMs - fromMs - (outageMs - excludedMs)) / (toMs - fromMs);
  return { uptimeFraction, ...period, outageMs, excludedMs, outages };
}

/** When a change took place: by the station's clock where that is plausible, else when it came. */
export function changedAtMs({ atMs, receivedAtMs }: PortStatus): number {
  return atMs <= receivedAtMs && atMs >= receivedAtMs - LATE_MAX_MS ? atMs : receivedAtMs;
}

type Down = Span & { readonly cause: 'faulted' | 'unavailable' };

function downSpans(statuses: readonly PortStatus[], period: Span): readonly Down[] {
  const changes = statuses
    .map((it) => ({ status: it.status, atMs: changedAtMs(it) }))
    .toSorted((a, b) => a.atMs - b.atMs);
  return changes.flatMap(({ status, atMs }, index) => {
    if (status !== 'faulted' && status !== 'unavailable') return [];
    const span = { fromMs: atMs, toMs: changes[index + 1]?.atMs ?? period.toMs };
    return within([span], period).map((it) => ({ ...it, cause: status }));
  });
}

/** What of each is outside the others, which may overlap. */
function outside(downs: readonly Down[], others: readonly Span[]): Down[] {
  const cuts = merged(others);
  return downs.flatMap(({ cause, ...span }) =>
    without([span], cuts).map((it) => ({ ...it, cause })),
  );
}

function lengthOf(spans: readonly Span[]): number {
  return spans.reduce((sumMs, it) => sumMs + (it.toMs - it.fromMs), 0);
}

function within(spans: readonly Span[], period: Span): Span[] {
  return spans
    .map((it) => ({
      fromMs: Math.max(it.fromMs, period.fromMs),
      toMs: Math.min(it.toMs, period.toMs),
    }))
    .filter((it) => it.fromMs < it.toMs);
}

/** In order, none touching another. */
function merged(spans: readonly Span[]): readonly Span[] {
  const found: { fromMs: number; toMs: number }[] = [];
  for (const { fromMs, toMs } of spans.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = found.at(-1);
    if (last !== undefined && fromMs <= last.toMs) last.toMs = Math.max(last.toMs, toMs);
    else if (fromMs < toMs) found.push({ fromMs, toMs });
  }
  return found;
}

/** What is left of the spans outside the cuts, which are merged: in order, and apart. */
function without(spans: readonly Span[], cuts: readonly Span[]): Span[] {
  return spans.flatMap((span) => {
    const left: Span[] = [];
    let { fromMs } = span;
    for (let index = firstEndingAfter(cuts, fromMs); index < cuts.length; index += 1) {
      const cut = cuts[index];
      if (cut === undefined || cut.fromMs >= span.toMs) break;
      if (cut.fromMs > fromMs) left.push({ fromMs, toMs: cut.fromMs });
      fromMs = Math.min(cut.toMs, span.toMs);
    }
    if (fromMs < span.toMs) left.push({ fromMs, toMs: span.toMs });
    return left;
  });
}

/** By halves: a station that flaps has thousands of each. */
function firstEndingAfter(cuts: readonly Span[], atMs: number): number {
  let low = 0;
  let high = cuts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cuts[middle]?.toMs ?? atMs) > atMs) high = middle;
    else low = middle + 1;
  }
  return low;
}
