/** Verified bytes -> signal documents: every wrong field is named. */
import type { Static, TSchema } from 'typebox';
import { invalid, Problem } from './problem.js';
import { instant } from './render/instant.js';
import { SIGNAL_VALUES, SignalDocument, SignalDocuments } from './schema/signal.js';
import { validatorCompiler } from './validation.js';
import { HEARTBEAT_LOST_MS } from '../signals/grid-link.js';
import type { SignalPoint, SignalScope, SignalType } from '../signals/signal.js';

/** One signal as its sender wrote it, normalised. */
export interface ParsedSignal {
  readonly type: SignalType;
  readonly scope: SignalScope;
  readonly sequence: number;
  readonly series: readonly SignalPoint[];
  readonly endsAtMs: number;
}

type Check = (value: unknown) => { value?: unknown; error?: Error };

const checkOf = (schema: TSchema): Check =>
  validatorCompiler({ schema, httpPart: 'body', method: 'POST', url: '' }) as Check;

const checkMany = checkOf(SignalDocuments);
const checkOne = new Map(
  SignalDocument.anyOf.map((branch) => [branch.properties.type.const, checkOf(branch)]),
);

/** Throws a Problem: `malformed-json`, or `invalid` with pointers. */
export function parseSignals(raw: Buffer, nowMs: number): readonly ParsedSignal[] {
  const body = parseJson(raw);
  if (typeof body !== 'object' || body === null) throw invalid('', 'must be an object');
  if ('signals' in body) {
    const { signals } = checked(checkMany, body) as Static<typeof SignalDocuments>;
    return signals.map((one, index) => normalise(one, `/signals/${index}`, nowMs));
  }
  const type = 'type' in body ? body.type : undefined;
  const check = checkOne.get(type as SignalType);
  if (check === undefined) {
    throw invalid('/type', `must be one of ${[...checkOne.keys()].join(', ')}`);
  }
  return [normalise(checked(check, body) as Static<typeof SignalDocument>, '', nowMs)];
}

function parseJson(raw: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw));
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : 'not JSON';
    throw new Problem('malformed-json', { detail, cause });
  }
}

function checked(check: Check, body: object): unknown {
  const { value, error } = check(body);
  if (error !== undefined) throw error;
  return value;
}

function normalise(
  document: Static<typeof SignalDocument>,
  at: string,
  nowMs: number,
): ParsedSignal {
  if (document.type === 'heartbeat') {
    const { type, sequence } = document;
    return {
      type,
      scope: 'total-import',
      sequence,
      series: [],
      endsAtMs: nowMs + HEARTBEAT_LOST_MS,
    };
  }
  const { type, scope, sequence } = document;
  const field = SIGNAL_VALUES[type][0];
  const points: readonly Readonly<Record<string, unknown>>[] = document.series;
  const series = points.map((point) => ({
    atMs: Date.parse(String(point['at'])),
    value: Number(point[field]),
  }));
  series.forEach((point, index) => {
    const before = series[index - 1];
    if (before === undefined || before.atMs < point.atMs) return;
    throw invalid(`${at}/series/${index}/at`, `must be after ${instant(before.atMs)}`);
  });
  const endsAtMs = Date.parse(document.endsAt);
  const lastAtMs = series.at(-1)?.atMs ?? endsAtMs;
  if (endsAtMs <= lastAtMs) {
    throw invalid(`${at}/endsAt`, `must be after the last point, ${instant(lastAtMs)}`);
  }
  if (endsAtMs <= nowMs) {
    throw invalid(`${at}/endsAt`, `must be after the site's time, ${instant(nowMs)}`);
  }
  return { type, scope, sequence, series, endsAtMs };
}
