/** A handful of frames of a station at once, and whether each was answered as it must be. */
import type { Dice } from '../sim/random.js';
import { type Expected, expectedOf } from './expected-answers.js';
import { type Finding, inspect } from './inspect.js';
import type { LineUnderTest } from './line-under-test.js';
import type { Oracle } from './oracle.js';
import type { Messages } from './shipped-schemas.js';
import { type StationFrame, stationFrame } from './station-frames.js';

export interface BatchSetup {
  readonly dice: Dice;
  readonly line: LineUnderTest;
  readonly messages: Messages;
  readonly oracle: Oracle;
  /** Counts what is seen, by name. */
  readonly tally: (name: string) => void;
  readonly name: string;
}

export interface Batch {
  readonly frames: readonly string[];
  readonly findings: readonly Finding[];
}

const FRAMES_MAX = 8;
const REPEATED_ID_SHARE = 0.05;
const DOWN_SHARE = 0.01;
const TURNS_MAX = 300;

/** Frames in, answers out, everything checked. */
export async function stationBatch(setup: BatchSetup): Promise<Batch> {
  const { dice, line, messages, tally, name } = setup;
  const isDown = dice.chance(DOWN_SHARE);
  line.setDown(isDown);
  const repeats = dice.chance(REPEATED_ID_SHARE);
  const frames = Array.from({ length: dice.int(1, FRAMES_MAX) }, (_, index) =>
    stationFrame(dice, line.version, messages, repeats ? name : `${name}-${index}`),
  );
  const expected = frames.map(({ text }) => expectedOf(text, line.version));
  for (const { kind, text } of frames) {
    tally(`frames.${kind}`);
    line.feed(text);
  }
  const answersMax = expected.filter((it) => it.kind === 'call' || 'id' in it).length;
  await settle(() => line.sentCount() >= answersMax || !line.isOpen());
  if (isDown) {
    line.setDown(false);
    await line.drained();
  }
  const findings: Finding[] = [];
  const outcome = line.drain();
  const answers = outcome.sent.map((text) => JSON.parse(text) as unknown[]);
  findings.push(...answers.flatMap((answer) => judge(setup, answer, frames, expected)));
  const wasCut = !line.isOpen();
  if (wasCut) {
    tally('connections.cut');
    const badCount = expected.filter((it) => it.kind === 'broken').length;
    if (badCount === 0) findings.push({ rule: 'closed', detail: 'without a broken frame' });
    line.reopen();
  }
  if (!wasCut && !isDown) findings.push(...missing(expected, answers));
  return {
    frames: frames.map(({ text }) => text),
    findings: [...findings, ...inspect(outcome)],
  };
}

/** Turns of the event loop until the condition holds, and one more for what should not come. */
export async function settle(isDone: () => boolean): Promise<void> {
  for (let turn = 0; turn < TURNS_MAX && !isDone(); turn += 1) await nextTurn();
  await nextTurn();
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** One frame that the gateway wrote: its form, its payload, and that somebody asked for it. */
function judge(
  { oracle, tally, line }: BatchSetup,
  answer: readonly unknown[],
  frames: readonly StationFrame[],
  expected: readonly Expected[],
): Finding[] {
  const [type, id, third, description, details] = answer;
  const shown = JSON.stringify(answer).slice(0, 300);
  const index = expected.findIndex((it) => 'id' in it && it.id === id);
  const asked = expected[index];
  if (asked === undefined) return [{ rule: 'unasked', detail: shown }];
  if (type === 3) {
    tally('answers.result');
    const actions = expected.flatMap((it) => (it.kind === 'call' && it.id === id ? it.action : []));
    const flaws = actions.map((action) => oracle.response(action, third));
    if (actions.length === 0) return [{ rule: 'wrong-answer', detail: `result: ${shown}` }];
    if (flaws.includes(undefined)) return [];
    return [{ rule: 'invalid-answer', detail: `${actions.join()}: ${flaws[0]}: ${shown}` }];
  }
  tally(`answers.error.${String(third)}`);
  const flaw = oracle.errorCode(third);
  const isFormed =
    type === 4 &&
    answer.length === 5 &&
    typeof description === 'string' &&
    description.length <= 255 &&
    JSON.stringify(details) === '{}';
  if (flaw !== undefined || !isFormed) return [{ rule: 'invalid-answer', detail: flaw ?? shown }];
  const isAlone = expected.filter((it) => 'id' in it && it.id === id).length === 1;
  const isRight = frames[index]?.kind === 'valid' && isAlone;
  if (!isRight || (third === 'NotSupported' && asked.kind === 'call')) return [];
  return [{ rule: 'refused-valid', detail: `${line.version} ${line.mode}: ${shown}` }];
}

/** Each call once, unless it came again while it was worked on; each broken frame once. */
function missing(
  expected: readonly Expected[],
  answers: readonly (readonly unknown[])[],
): Finding[] {
  const ids = new Set(expected.flatMap((it) => ('id' in it ? [it.id] : [])));
  return [...ids].flatMap((id) => {
    const asked = expected.filter((it) => 'id' in it && it.id === id);
    const calls = asked.filter((it) => it.kind === 'call').length;
    const count = answers.filter((answer) => answer[1] === id).length;
    const least = asked.length - Math.max(0, calls - 1);
    if (count >= least && count <= asked.length) return [];
    return [{ rule: 'unanswered', detail: `id ${id}: ${count} answers to ${asked.length}` }];
  });
}
