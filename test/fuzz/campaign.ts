/** Batch after batch over every version and mode, until the frames or the time are used up. */
import type { OcppVersion, SchemaMode } from '../../src/ocpp/messages.js';
import { createMessageSchemas, type MessageSchemas } from '../../src/ocpp/validation.js';
import { dice } from '../sim/random.js';
import { commandBatch } from './command-batch.js';
import type { Finding } from './inspect.js';
import { createLineUnderTest, type LineUnderTest } from './line-under-test.js';
import { createOracle, type Oracle } from './oracle.js';
import { type Messages, messagesOf, VERSIONS } from './shipped-schemas.js';
import { type Batch, type BatchSetup, stationBatch } from './station-batch.js';

export interface Failure extends Finding {
  readonly batch: number;
  readonly version: string;
  readonly mode: string;
  /** The frames of the batch, in the order sent. */
  readonly frames: readonly string[];
}

export interface Report {
  readonly seed: number;
  readonly frames: number;
  readonly seconds: number;
  readonly framesPerSec: number;
  /** Frames by kind, answers by kind, commands by kind. */
  readonly seen: Readonly<Record<string, number>>;
  /** Findings by rule; empty is what is wanted. */
  readonly findings: Readonly<Record<string, number>>;
  /** The first ones, with their frames. */
  readonly failures: readonly Failure[];
}

export interface CampaignOptions {
  readonly seed: number;
  readonly framesMax: number;
  /** Real ms from the start. */
  readonly timeMaxMs: number;
  /** Only this batch. */
  readonly onlyBatch?: number;
  /** What is slow to make and may serve many runs; made anew where absent. */
  readonly bench?: Bench;
}

/** One version in one mode: what does not change from run to run. */
interface Seat {
  readonly version: OcppVersion;
  readonly mode: SchemaMode;
  readonly schemas: MessageSchemas;
  readonly messages: Messages;
  readonly oracle: Oracle;
}

export type Bench = readonly Seat[];

/** The validators of both sides: they compile at first use. */
export function createBench(): Bench {
  return VERSIONS.flatMap((version) => {
    const messages = messagesOf(version);
    const oracle = createOracle(version, messages);
    const modes: readonly SchemaMode[] = ['lenient', 'strict'];
    return modes.map((mode) => {
      const schemas = createMessageSchemas(version, mode);
      return { version, mode, schemas, messages, oracle };
    });
  });
}

interface Place {
  readonly line: LineUnderTest;
  readonly messages: Messages;
  readonly oracle: Oracle;
}

const FAILURES_MAX = 50;
const COMMAND_SHARE = 0.1;

/** The same seed and frames give the same run. */
export async function runCampaign(options: CampaignOptions): Promise<Report> {
  const { seed, framesMax, timeMaxMs, onlyBatch } = options;
  const startedMs = performance.now();
  const places = createPlaces(options.bench ?? createBench());
  const seen = new Map<string, number>();
  const findings = new Map<string, number>();
  const failures: Failure[] = [];
  const count = (counts: Map<string, number>, name: string) =>
    counts.set(name, (counts.get(name) ?? 0) + 1);
  const unhandled: unknown[] = [];
  const onUnhandled = (error: unknown) => unhandled.push(error);
  process.on('unhandledRejection', onUnhandled);
  process.on('uncaughtException', onUnhandled);
  let frames = 0;
  const from = onlyBatch ?? 0;
  const isOver = (batch: number): boolean =>
    (onlyBatch !== undefined && batch > onlyBatch) ||
    frames >= framesMax ||
    performance.now() - startedMs > timeMaxMs;
  for (let batch = from; !isOver(batch); batch += 1) {
    const place = places[batch % places.length];
    if (place === undefined) break;
    const name = `b${batch}`;
    const setup = {
      ...place,
      dice: dice(seed, name),
      tally: (it: string) => count(seen, it),
      name,
    };
    const done = await runBatch(setup, batch);
    frames += done.frames.length;
    const { version, mode } = place.line;
    const odd = unhandled.splice(0).map((error) => ({ rule: 'unhandled', detail: String(error) }));
    for (const finding of [...done.findings, ...odd]) {
      count(findings, finding.rule);
      if (failures.length >= FAILURES_MAX) continue;
      failures.push({ ...finding, batch, version, mode, frames: done.frames });
    }
  }
  await Promise.all(places.map(({ line }) => line.close()));
  process.off('unhandledRejection', onUnhandled);
  process.off('uncaughtException', onUnhandled);
  const seconds = (performance.now() - startedMs) / 1000;
  return {
    seed,
    frames,
    seconds,
    framesPerSec: Math.round(frames / seconds),
    seen: Object.fromEntries([...seen].toSorted(([a], [b]) => a.localeCompare(b))),
    findings: Object.fromEntries(findings),
    failures,
  };
}

/** Lenient stations get two turns of three. */
function createPlaces(bench: Bench): Place[] {
  return bench.flatMap(({ version, mode, schemas, messages, oracle }) => {
    const place = { line: createLineUnderTest(version, mode, schemas), messages, oracle };
    return mode === 'lenient' ? [place, place] : [place];
  });
}

/** A throw is a finding: on a real socket it would have ended the process. */
async function runBatch(setup: BatchSetup, batch: number): Promise<Batch> {
  try {
    return setup.dice.chance(COMMAND_SHARE)
      ? await commandBatch(setup, batch + 1)
      : await stationBatch(setup);
  } catch (error) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    setup.line.drain();
    if (!setup.line.isOpen()) setup.line.reopen();
    return { frames: [], findings: [{ rule: 'crash', detail }] };
  }
}
