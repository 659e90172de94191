/** A smart-charging test in words. */
import { amps } from './format';
import type { Tone } from './reason';
import type { CapabilityCard, StationTest, TestPart, TestStep } from './wire';

type Verdict = NonNullable<TestStep['verdict']>;

export const PARTS: readonly {
  readonly part: TestPart;
  readonly name: string;
  readonly what: string;
}[] = [
  {
    part: 'link-loss',
    name: 'Network unplugged',
    what: 'It keeps to its limit without a connection: 3 minutes.',
  },
  {
    part: 'lease-expiry',
    name: 'Limit runs out while unplugged',
    what: 'It falls back by itself when the time of a limit is over: about 7 minutes.',
  },
  {
    part: 'power-cycle',
    name: 'Power off and on while unplugged',
    what: 'It starts again with its fallback limit: 3 minutes.',
  },
];

export function partName(part: TestPart): string {
  return PARTS.find((it) => it.part === part)?.name ?? 'Connected';
}

/** What is tried in a step. */
export function stepName({ name, wantedA = 0, stackLevel, unit, phaseToUse }: TestStep): string {
  switch (name) {
    case 'limit':
      return `Limit of ${amps(wantedA)} A`;
    case 'pause':
      return 'Pause: 0 A';
    case 'resume':
      return wantedA === 0 ? 'Charge again' : `Charge again with ${amps(wantedA)} A`;
    case 'one-phase':
      return `One phase instead of three, with ${amps(wantedA)} A`;
    case 'three-phases':
      return `Three phases again, with ${amps(wantedA)} A`;
    case 'phase-to-use':
      return `Its phase L${phaseToUse ?? 2} alone, with ${amps(wantedA)} A`;
    case 'stack-level':
      return `Profile on stack level ${stackLevel ?? 0}`;
    case 'unit':
      return unit === 'A' ? 'Profile in amperes' : 'Profile in watts';
    case 'relative':
      return 'Profile that starts with the transaction';
    case 'replace':
      return `Back to the usual profile: ${amps(wantedA)} A`;
    case 'clear':
      return 'Profile cleared: the fallback holds';
    case 'fallback':
      return 'Fallback limit written again';
    case 'profiles':
      return 'List of the profiles it holds';
    default:
      return partName(name);
  }
}

const VERDICTS: Readonly<Record<Verdict, { readonly tone: Tone; readonly label: string }>> = {
  passed: { tone: 'good', label: 'Passed' },
  failed: { tone: 'trouble', label: 'Failed' },
  'not-judgeable': { tone: 'waiting', label: 'Not certain' },
  refused: { tone: 'idle', label: 'Not supported' },
  skipped: { tone: 'idle', label: 'Skipped' },
};

export const verdictOf = (verdict: Verdict) => VERDICTS[verdict];

/** How it stands, or how it ended; `detail` says why in the engine's words. */
export function statusText({ status, stepsDone, steps }: StationTest): {
  readonly tone: Tone;
  readonly label: string;
} {
  switch (status) {
    case 'running':
      return {
        tone: 'shared',
        label: `Running: step ${Math.min(stepsDone + 1, steps.length)} of ${steps.length}`,
      };
    case 'passed':
      return { tone: 'good', label: 'Passed: it follows its limits' };
    case 'failed':
      return { tone: 'trouble', label: 'Failed: it does not follow its limits' };
    case 'cancelled':
      return { tone: 'idle', label: 'Cancelled' };
    case 'refused':
      return { tone: 'waiting', label: 'Could not begin' };
    case 'not-judgeable':
      return { tone: 'waiting', label: 'Not certain: too little could be measured' };
  }
}

/** What was measured, short. */
export function measured({ reaction, shown }: TestStep): readonly string[] {
  const { drawnA, phasesA, reactionSec, overshootA = 0 } = reaction ?? {};
  const eachA = phasesA?.map((a) => a.toFixed(1)).join(', ');
  return [
    ...(reactionSec === undefined ? [] : [`followed after ${reactionSec.toFixed(0)}\u00a0s`]),
    ...(eachA === undefined ? [] : [`draws ${eachA}\u00a0A on L1, L2, L3`]),
    ...(drawnA === undefined || eachA !== undefined ? [] : [`draws ${drawnA.toFixed(1)}\u00a0A`]),
    ...(overshootA >= 0.5 ? [`${overshootA.toFixed(1)}\u00a0A too much in between`] : []),
    ...(shown?.limitA === undefined ? [] : [`reports a limit of ${amps(shown.limitA)}\u00a0A`]),
  ];
}

/** `2:05`; below an hour and never negative. */
export function countdown(restSec: number): string {
  const rest = Math.max(0, Math.ceil(restSec));
  return `${Math.floor(rest / 60)}:${String(rest % 60).padStart(2, '0')}`;
}

type Observed = keyof CapabilityCard['observed'];

/** What a card says of a kind of station; in this order. */
export const OBSERVED: readonly { readonly key: Observed; readonly text: string }[] = [
  { key: 'follows', text: 'Follows its limits' },
  { key: 'pauses', text: 'Stops at 0 A' },
  { key: 'resumes', text: 'Charges again after 0 A' },
  { key: 'replaces', text: 'Puts a new limit in the place of the old one' },
  { key: 'clears', text: 'Goes back to its fallback when a limit is cleared' },
  { key: 'showsComposite', text: 'Shows the schedule that it follows' },
  { key: 'showsBoundary', text: 'Shows when a limit ends' },
  { key: 'switchesPhases', text: 'Switches between three phases and one' },
  { key: 'takesPhaseToUse', text: 'Uses the phase that it is told to use' },
];

/** What it neither says of itself nor was ever tested for is no news. */
export const observedOf = (card: CapabilityCard): typeof OBSERVED =>
  OBSERVED.filter(({ key }) => {
    if (key !== 'switchesPhases' && key !== 'takesPhaseToUse') return true;
    return card.declared?.[key] === true || card.observed[key] !== undefined;
  });

type Rung = CapabilityCard['rungs'][number]['rung'];

/** How it has to be told its limits, where that is not the usual way. */
export const RUNGS: Readonly<Record<Rung, string>> = {
  'level-0': 'Takes profiles on the lowest stack level only',
  watts: 'Takes limits in watts, not in amperes',
  relative: 'Takes no absolute times: its limits do not end by themselves',
  'tx-default': 'Takes no profile of a transaction: limits are written over its default',
  'station-max': 'Takes limits of the whole station only',
  'clear-first': 'Keeps an old limit until it is cleared: each is cleared first',
};
