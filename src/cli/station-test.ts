/** `busbar station test`: starts a smart-charging test and follows it to its end. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Api } from './api-client.js';
import { CommandFailure, EXIT, type ExitCode, type Output, table } from './output.js';

const PARTS = ['online', 'link-loss', 'lease-expiry', 'power-cycle'];
const LOOK_EVERY_MS = 1000;

interface Step {
  readonly name: string;
  readonly wantedA?: number;
  readonly limitA?: number;
  readonly verdict?: string;
  readonly endedAt?: string;
  readonly detail?: string;
  readonly reaction?: { readonly reactionSec?: number; readonly drawnA?: number };
}

interface Test {
  readonly number: number;
  readonly status: string;
  readonly detail?: string;
  readonly instruction?: string;
  readonly steps: readonly Step[];
  readonly isTrustRestored: boolean;
  readonly phaseSwitching?: { readonly result: string; readonly detail?: string };
}

export interface TestAsk {
  readonly stationId: string;
  readonly evseId?: string;
  /** Comma-separated. */
  readonly parts?: string;
}

/** Exit code 0 only for a passed test; 3 for every other end. */
export async function testStation(api: Api, output: Output, ask: TestAsk): Promise<ExitCode> {
  const base = `/v1/charging-stations/${encodeURIComponent(ask.stationId)}`;
  const body = { ...(ask.evseId === undefined ? {} : { evseId: ask.evseId }), ...partsOf(ask) };
  let test = (await api.post(`${base}/smart-charging-test`, body)) as Test;
  const told = { steps: 0, instruction: '' };
  output.progress(`test ${test.number} of ${ask.stationId}`);
  for (;;) {
    tell(output, test, told);
    if (test.status !== 'running') break;
    await pause(LOOK_EVERY_MS);
    test = (await api.get(`${base}/smart-charging-tests/${test.number}`)) as Test;
  }
  output.result(test, () => summary(output, test));
  return test.status === 'passed' ? EXIT.ok : EXIT.checkFailed;
}

/** The running test, if there is one; 0 either way. */
export async function cancelTest(api: Api, output: Output, stationId: string): Promise<ExitCode> {
  const base = `/v1/charging-stations/${encodeURIComponent(stationId)}/smart-charging-tests`;
  const { items } = (await api.get(`${base}?limit=1`)) as { readonly items: readonly Test[] };
  const [newest] = items;
  if (newest?.status !== 'running') {
    output.result({ stationId }, () => `no test of ${stationId} is running`);
    return EXIT.ok;
  }
  const test = (await api.post(`${base}/${newest.number}/cancel`, {})) as Test;
  output.result(test, () => `test ${test.number} of ${stationId}: ${test.status}`);
  return EXIT.ok;
}

function partsOf({ parts }: TestAsk): { parts?: readonly string[] } {
  if (parts === undefined) return {};
  const named = parts.split(',').map((it) => it.trim());
  const unknown = named.find((it) => !PARTS.includes(it));
  if (unknown === undefined) return { parts: named };
  throw new CommandFailure(`--parts: ${unknown} is none of ${PARTS.join(', ')}`, EXIT.usage);
}

/** Each step once, when it is over; each instruction once. */
function tell(output: Output, test: Test, told: { steps: number; instruction: string }): void {
  const over = test.steps.filter((it) => it.verdict !== undefined && it.endedAt !== undefined);
  for (const step of over.slice(told.steps)) {
    const [name = '', verdict = '', ...rest] = rowOf(step);
    output.progress([name.padEnd(14), verdict.padEnd(14), ...rest].join(' ').trimEnd());
  }
  told.steps = Math.max(told.steps, over.length);
  const { instruction = '' } = test;
  if (instruction !== '' && instruction !== told.instruction) output.progress(`>> ${instruction}`);
  told.instruction = instruction;
}

function rowOf({ name, wantedA, limitA, verdict, reaction, detail }: Step): string[] {
  const { reactionSec } = reaction ?? {};
  return [
    wantedA === undefined ? name : `${name} ${wantedA} A`,
    verdict ?? '-',
    limitA === undefined || limitA === wantedA ? '' : `${limitA} A`,
    reactionSec === undefined ? '' : `${reactionSec.toFixed(1)} s`,
    detail ?? '',
  ];
}

function summary(output: Output, test: Test): string {
  const colour = test.status === 'passed' ? 'green' : test.status === 'failed' ? 'red' : 'yellow';
  const trust = test.isTrustRestored ? '\nits EVSE is believed again' : '';
  const why = test.detail === undefined ? '' : `: ${test.detail}`;
  const phases = phasesText(test);
  const head = ['STEP', 'RESULT', '', 'REACTION', ''];
  const rows = table([head, ...test.steps.map(rowOf)]);
  return `${rows}\n\n${output.paint(colour, test.status)}${why}${trust}${phases}`;
}

const PHASES: Readonly<Record<string, string>> = {
  shown: 'it switches between three phases and one',
  'not-shown': 'it does not switch between three phases and one',
  unknown: 'nobody can tell yet whether it switches phases',
};

function phasesText({ phaseSwitching }: Test): string {
  if (phaseSwitching === undefined) return '';
  const { result, detail } = phaseSwitching;
  return `\n${PHASES[result] ?? result}${detail === undefined ? '' : `: ${detail}`}`;
}
