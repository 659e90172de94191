/** The limits of a circuit tree as rows, one per conductor; cheap to rebuild when limits change. */
import type { Circuit, CircuitLimit, Conductor, LimitSource } from '../problem.js';
import type { CircuitId } from '../units.js';

/** Sum of the currents of the row's channels. */
export const FORM_SUM = 0;
/** Line current of a delta secondary from the row's two line pairs. */
export const FORM_LINE = 1;
/** Line current ahead of a delta-wye transformer at its worst corner; `apex` counts twice. */
export const FORM_PRIMARY = 2;

export interface RowName {
  readonly circuitId: CircuitId;
  readonly conductor: Conductor;
  readonly source: LimitSource;
  /** Present on rows that limit power: 1 A of the row is this many watts. */
  readonly voltageV?: number;
}

export interface LimitRows {
  /** What the rows were made of; its numbers may have been replaced by those of others since. */
  readonly circuits: readonly Circuit[];
  /** The rows of circuit c stand at [rowStart[c], rowStart[c + 1]). */
  readonly rowStart: Int32Array;
  /** Per row: index of its circuit. */
  readonly circuitOf: Int32Array;
  /** Per row: how channel sums become its current, one of FORM_*. */
  readonly form: Uint8Array;
  /** Per row: bit c is set when channel c can raise it. */
  readonly mask: Uint8Array;
  /** Per row of FORM_PRIMARY: the channel that counts twice. */
  readonly apex: Uint8Array;
  /** Per row: amperes of the conductor per unit of the form; 1 / turns ratio on a primary. */
  readonly scale: Float64Array;
  readonly limitA: Float64Array;
  readonly baseA: Float64Array;
  /** Per circuit three channels: what is kept free there. Undefined: nothing on any of them. */
  readonly keptA?: Float64Array | undefined;
  /** What EVSEs may use: limit - base - what is kept free by itself, never negative. */
  readonly capacityA: Float64Array;
  readonly names: readonly RowName[];
}

interface Row {
  readonly form: number;
  readonly mask: number;
  readonly apex: number;
  readonly scale: number;
  readonly limitA: number;
  readonly baseA: number;
  readonly name: RowName;
}

const PHASES = ['L1', 'L2', 'L3'] as const;
const PAIRS = ['AB', 'BC', 'CA'] as const;
const LINES = ['line a', 'line b', 'line c'] as const;
const PRIMARIES = ['primary A', 'primary B', 'primary C'] as const;
/** Line pairs that carry the current of lines a, b, c: a joins AB and CA, b AB and BC, c BC and CA. */
const LINE_MASK = [0b101, 0b011, 0b110] as const;
/** The pair that counts twice on primaries A, B, C: CA, AB, BC. */
const PRIMARY_APEX = [2, 0, 1] as const;
const THREE = [0, 1, 2] as const;
const SQRT_3 = Math.sqrt(3);

/** Compiles limits and base loads of circuits in the order of a topology. */
export function compileLimits(circuits: readonly Circuit[]): LimitRows {
  const rows: Row[] = [];
  const rowStart = new Int32Array(circuits.length + 1);
  const circuitOf: number[] = [];
  for (const [index, circuit] of circuits.entries()) {
    for (const limit of circuit.limits) rows.push(...rowsOf(circuit, limit));
    rowStart[index + 1] = rows.length;
    while (circuitOf.length < rows.length) circuitOf.push(index);
  }
  return {
    circuits,
    rowStart,
    circuitOf: Int32Array.from(circuitOf),
    form: Uint8Array.from(rows, (row) => row.form),
    mask: Uint8Array.from(rows, (row) => row.mask),
    apex: Uint8Array.from(rows, (row) => row.apex),
    scale: Float64Array.from(rows, (row) => row.scale),
    limitA: Float64Array.from(rows, (row) => row.limitA),
    baseA: Float64Array.from(rows, (row) => row.baseA),
    capacityA: Float64Array.from(rows, (row) => Math.max(0, row.limitA - row.baseA)),
    names: rows.map((row) => row.name),
  };
}

/**
 * The rows with the numbers of other circuits: replaced in place where these have the same kinds of
 * limits from the same sources, compiled anew where not.
 * Precondition: the same circuits in the same order; nobody else reads the rows.
 */
export function updateLimits(rows: LimitRows, circuits: readonly Circuit[]): LimitRows {
  if (!hasSameRows(rows.circuits, circuits)) return compileLimits(circuits);
  let row = 0;
  for (const circuit of circuits) {
    const { limits, baseLoadA } = circuit;
    for (const limit of limits) {
      switch (limit.kind) {
        case 'power':
          setRow(rows, row++, limit.limitW / limit.voltageV, powerBaseA(circuit));
          break;
        case 'pair-sum':
          setRow(rows, row++, limit.limitA, baseLoadA[limit.pair]);
          break;
        case 'wye':
        case 'line':
        case 'delta-primary':
          setRow(rows, row++, limit.limitA[0], baseLoadA[0]);
          setRow(rows, row++, limit.limitA[1], baseLoadA[1]);
          setRow(rows, row++, limit.limitA[2], baseLoadA[2]);
      }
    }
  }
  return rows;
}

function setRow(rows: LimitRows, row: number, limitA: number, baseA: number): void {
  rows.limitA[row] = limitA;
  rows.baseA[row] = baseA;
  rows.capacityA[row] = Math.max(0, limitA - baseA);
}

function hasSameRows(known: readonly Circuit[], circuits: readonly Circuit[]): boolean {
  if (known === circuits) return true;
  for (let index = 0; index < circuits.length; index += 1) {
    const before = (known[index] as Circuit).limits;
    const now = (circuits[index] as Circuit).limits;
    if (before === now) continue;
    if (before.length !== now.length) return false;
    for (let at = 0; at < now.length; at += 1) {
      if (!isSameRow(before[at] as CircuitLimit, now[at] as CircuitLimit)) return false;
    }
  }
  return true;
}

/** What remains of a limit when its number is replaced. */
function isSameRow(before: CircuitLimit, now: CircuitLimit): boolean {
  if (before === now) return true;
  if (before.kind !== now.kind || !isSameSource(before.source, now.source)) return false;
  if (before.kind === 'pair-sum' && now.kind === 'pair-sum') return before.pair === now.pair;
  if (before.kind === 'power' && now.kind === 'power') return before.voltageV === now.voltageV;
  if (before.kind === 'delta-primary' && now.kind === 'delta-primary') {
    return before.turnsRatio === now.turnsRatio;
  }
  return true;
}

function isSameSource(before: LimitSource, now: LimitSource): boolean {
  if (before.kind !== now.kind) return false;
  return before.kind !== 'signal' || now.kind !== 'signal' || before.signalId === now.signalId;
}

function rowsOf(circuit: Circuit, limit: CircuitLimit): readonly Row[] {
  const base = circuit.baseLoadA;
  const name = (conductor: Conductor): RowName => ({
    circuitId: circuit.id,
    conductor,
    source: limit.source,
  });
  switch (limit.kind) {
    case 'wye':
      return THREE.map((p) => ({
        form: FORM_SUM,
        mask: 1 << p,
        apex: 0,
        scale: 1,
        limitA: limit.limitA[p],
        baseA: base[p],
        name: name(PHASES[p]),
      }));
    case 'pair-sum': {
      const { pair, limitA } = limit;
      return [
        {
          form: FORM_SUM,
          mask: 1 << pair,
          apex: 0,
          scale: 1,
          limitA,
          baseA: base[pair],
          name: name(PAIRS[pair]),
        },
      ];
    }
    case 'line':
      return THREE.map((l) => ({
        form: FORM_LINE,
        mask: LINE_MASK[l],
        apex: 0,
        scale: 1,
        limitA: limit.limitA[l],
        baseA: base[l],
        name: name(LINES[l]),
      }));
    case 'delta-primary':
      return THREE.map((l) => ({
        form: FORM_PRIMARY,
        mask: 0b111,
        apex: PRIMARY_APEX[l],
        scale: 1 / limit.turnsRatio,
        limitA: limit.limitA[l],
        baseA: base[l],
        name: name(PRIMARIES[l]),
      }));
    case 'power':
      return [
        {
          form: FORM_SUM,
          mask: 0b111,
          apex: 0,
          scale: 1,
          limitA: limit.limitW / limit.voltageV,
          baseA: powerBaseA(circuit),
          name: { ...name('total power'), voltageV: limit.voltageV },
        },
      ];
  }
}

/**
 * What the base load takes of a power limit, A times its voltage. Three line currents I carry at most
 * V_LL / sqrt 3 times their sum, whatever their angles: they add up to 0, so that any point serves as
 * neutral, and there is one within V_LL / sqrt 3 of all three conductors, also where voltages differ (Jung).
 * Where loads may be told by pairs, or of another voltage, the sum counts in full.
 */
export function powerBaseA({ limits, baseLoadA }: Pick<Circuit, 'limits' | 'baseLoadA'>): number {
  const [a, b, c] = baseLoadA;
  let isOfLines = false;
  for (const { kind } of limits) {
    if (kind === 'pair-sum' || kind === 'delta-primary') return a + b + c;
    if (kind === 'line') isOfLines = true;
  }
  return isOfLines ? (a + b + c) / SQRT_3 : a + b + c;
}
