/** Random sites from a seed: trees of every limit kind, claims in every state. */
import type { Circuit, CircuitLimit, Evse, PilotSet, SiteProblem } from '../../solver/index.js';
import {
  EIGHTS,
  TENTHS,
  WHOLE_AMPS,
  circuit,
  claim,
  evse,
  line,
  pairSum,
  power,
  primary,
  site,
  wye,
} from './site-builder.js';

/** mulberry32: a small generator with a 32-bit state. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export interface RandomSiteOptions {
  readonly wiring: 'one-phase' | 'three-phase' | 'delta';
  /** Every claim is equal but for its maximum: plain max-min. */
  readonly equalClaims?: boolean;
  readonly evseCount?: number;
}

type Random = () => number;

const pick = <T>(random: Random, values: readonly [T, ...T[]]): T =>
  values[Math.floor(random() * values.length)] ?? values[0];
const between = (random: Random, low: number, high: number): number =>
  low + random() * (high - low);
const chance = (random: Random, fraction: number): boolean => random() < fraction;

export function randomSite(seed: number, options: RandomSiteOptions): SiteProblem {
  const random = randomFrom(seed);
  const evseCount = options.evseCount ?? 1 + Math.floor(random() * 14);
  const circuitCount = 1 + Math.floor(random() * 5);
  const delta = options.wiring === 'delta';
  const circuits: Circuit[] = [];
  for (let index = 0; index < circuitCount; index += 1) {
    const parent = index === 0 ? undefined : `c${Math.floor(random() * index)}`;
    const scaleA = (evseCount * between(random, 3, 26)) / (parent === undefined ? 1 : 2);
    const limits = delta ? deltaLimits(random, scaleA) : wyeLimits(random, scaleA);
    const base = (): number => (chance(random, 0.2) ? between(random, 0, scaleA / 3) : 0);
    circuits.push(circuit(`c${index}`, parent, limits, [base(), base(), base()]));
  }
  const evses: Evse[] = [];
  const skewFraction = delta && chance(random, 0.4) ? 0.7 : 0;
  for (let index = 0; index < evseCount; index += 1) {
    evses.push(randomEvse(random, index, circuitCount, { ...options, skewFraction }));
  }
  return site(circuits, evses, delta ? 'delta' : 'wye');
}

function wyeLimits(random: Random, scaleA: number): CircuitLimit[] {
  const phase = (): number => scaleA * between(random, 0.4, 1.2);
  const limits: CircuitLimit[] = [];
  if (chance(random, 0.85)) limits.push(wye(phase(), phase(), phase()));
  if (chance(random, 0.25)) limits.push(power(scaleA * 2 * 230));
  return limits;
}

function deltaLimits(random: Random, scaleA: number): CircuitLimit[] {
  const spread = chance(random, 0.5) ? 0 : 1.5;
  const one = (): number => scaleA * (0.6 + spread * random());
  const limits: CircuitLimit[] = [];
  if (chance(random, 0.7)) limits.push(line(one(), one(), one()));
  if (chance(random, 0.5)) limits.push(primary(one() / 2, one() / 2, one() / 2));
  if (chance(random, 0.3)) limits.push(pairSum(pick(random, [0, 1, 2]), scaleA / 2));
  if (chance(random, 0.2)) limits.push(power(scaleA * 1.5 * 208, 208));
  return limits;
}

function randomEvse(
  random: Random,
  index: number,
  circuitCount: number,
  options: RandomSiteOptions & { readonly skewFraction: number },
): Evse {
  const skewed = chance(random, options.skewFraction);
  const one = skewed ? '1' : pick(random, ['1', '2', '3'] as const);
  const threePhase = options.wiring === 'three-phase' && chance(random, 0.4);
  const twoPhase = options.wiring === 'three-phase' && chance(random, 0.1);
  const multi = options.wiring === 'delta' && chance(random, 0.08);
  const channels = threePhase || multi ? '123' : twoPhase ? '12' : one;
  const pilots = pick<PilotSet>(random, [WHOLE_AMPS, TENTHS, EIGHTS]);
  const place = {
    id: `e${index}`,
    on: `c${Math.floor(random() * circuitCount)}`,
    channels: options.wiring === 'one-phase' ? '1' : channels,
    maxA: pick(random, [16, 32, 32, 63]),
    pilots,
  };
  if (options.equalClaims === true) {
    return evse({ ...place, claim: claim({ maxA: pick(random, [10, 16, 20, 31.7, 32]) }) });
  }
  const fate = random();
  if (fate < 0.1) return evse(place);
  if (fate < 0.2) return evse({ ...place, reservedA: between(random, 0, 20) });
  return evse({ ...place, claim: randomClaim(random) });
}

function randomClaim(random: Random): ReturnType<typeof claim> {
  const isOn = chance(random, 0.6);
  const sinceSecAgo = between(random, 0, 3000);
  return claim({
    minA: pick(random, [6, 6, 6, 8, 10]),
    maxA: pick(random, [10, 13, 16, 20, 31.7, 32]),
    lastA: isOn ? 10 : 0,
    sinceSecAgo,
    pluggedInSecAgo: sinceSecAgo + (chance(random, 0.5) ? 0 : between(random, 1, 9000)),
    priority: chance(random, 0.2) ? 1 : 0,
    satisfied: chance(random, 0.1),
    // Of the time off or on: a draw of its own would make every other site another one.
    ...(Math.floor(sinceSecAgo) % 8 === 0 ? { resumes: false } : {}),
    ...(chance(random, 0.6)
      ? { needWh: between(random, 0, 40_000), staySec: between(random, -600, 36_000) }
      : {}),
    ...(chance(random, 0.25) ? { targetA: between(random, 0, 34) } : {}),
    ...(chance(random, 0.1) ? { targetIsMax: true } : {}),
  });
}

/** The same problem with its EVSEs in another order. */
export function shuffled(problem: SiteProblem, seed: number): SiteProblem {
  const random = randomFrom(seed);
  const keyed = problem.evses.map((entry) => ({ entry, key: random() }));
  const evses = keyed.sort((a, b) => a.key - b.key).map(({ entry }) => entry);
  return { ...problem, evses };
}
