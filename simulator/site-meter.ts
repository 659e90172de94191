/**
 * The referee: what every conductor of the site really carried, from the vehicles' draws, against
 * the physical ratings and against orders. Loads are constant between steps, so every integral is
 * exact.
 */
import { type Conductor, conductorsOf, loadOf } from './conductors.js';
import { type SiteFile, type Triple, channelVoltageV, evseIdOf } from './site-file.js';

/** Rounding slack when a load is held against its limit, A. */
const TOLERANCE_A = 1e-6;
/** An order binds this long after its receipt: tick + 2 calls + settle, s (X_on). */
const ORDER_DELAY_SEC = 33;

export interface MeterFigures {
  readonly overLimitAmpSeconds: number;
  readonly overOrderAmpSeconds: number;
  readonly worstPhaseFraction: number;
  readonly worstConductor?: {
    readonly circuitId: string;
    readonly conductor: string;
    readonly atMs: number;
  };
  /** Vehicles and building, W. */
  readonly drawW: number;
}

interface Node {
  readonly circuitId: string;
  readonly parent: Node | undefined;
  readonly conductors: readonly Conductor[];
  readonly currentsA: [number, number, number];
  readonly baseA: [number, number, number];
  readonly loads: number[];
  isDirty: boolean;
}

interface Step {
  readonly atMs: number;
  readonly apply: () => void;
}

interface Order {
  readonly atMs: number;
  readonly limitW: number;
}

type MutableTriple = [number, number, number];

export class SiteMeter {
  readonly #nodes: readonly Node[];
  readonly #nodeOfEvse = new Map<string, Node>();
  readonly #nodeOfCircuit = new Map<string, Node>();
  readonly #currentsOfEvse = new Map<string, Triple<number>>();
  readonly #orders: Order[] = [];
  readonly #voltageV: number;
  /** Volts that turn watts of a balanced excess into amperes per phase. */
  readonly #balancedV: number;
  #pending: Step[] = [];
  #timeMs: number;
  #over = { limitAmpSeconds: 0, orderAmpSeconds: 0 };
  #worst: { fraction: number; circuitId: string; conductor: string; atMs: number } | undefined;

  constructor(
    readonly site: SiteFile,
    startAtMs: number,
  ) {
    this.#timeMs = startAtMs;
    this.#voltageV = channelVoltageV(site);
    this.#balancedV =
      site.supply === 'wye'
        ? 3 * site.voltageLineToNeutralV
        : Math.sqrt(3) * site.voltageLineToLineV;
    this.#nodes = this.#buildTree();
    if (site.importLimitW !== undefined) {
      this.#orders.push({ atMs: Number.NEGATIVE_INFINITY, limitW: site.importLimitW });
    }
  }

  /** The EVSE draws these channel currents from `atMs` on. Steps of one EVSE come in time order. */
  evseStep(evseId: string, atMs: number, currentsA: Triple<number>): void {
    const node = this.#nodeOfEvse.get(evseId);
    if (node === undefined) throw new Error(`EVSE ${evseId} is not of this site`);
    this.#pending.push({
      atMs,
      apply: () => {
        const before = this.#currentsOfEvse.get(evseId) ?? [0, 0, 0];
        this.#currentsOfEvse.set(evseId, currentsA);
        const hasChanged = before.some((value, index) => value !== currentsA[index]);
        if (hasChanged) markDirty(node);
      },
    });
  }

  /** Uncontrolled load that is connected at this very circuit, A per conductor, from `atMs` on. */
  baseStep(circuitId: string, atMs: number, baseA: Triple<number>, beforeA: Triple<number>): void {
    const node = this.#nodeOfCircuit.get(circuitId);
    if (node === undefined) throw new Error(`circuit ${circuitId} is not of this site`);
    this.#pending.push({
      atMs,
      apply: () => {
        for (let up: Node | undefined = node; up !== undefined; up = up.parent) {
          for (const index of [0, 1, 2] as const) up.baseA[index] += baseA[index] - beforeA[index];
        }
        markDirty(node);
      },
    });
  }

  /** The limit on total import became `limitW`; undefined lifts it. */
  order(atMs: number, limitW: number | undefined): void {
    this.#orders.push({ atMs, limitW: limitW ?? Number.POSITIVE_INFINITY });
    const nothing = (): void => undefined;
    this.#pending.push({ atMs, apply: nothing });
    this.#pending.push({ atMs: atMs + ORDER_DELAY_SEC * 1000, apply: nothing });
  }

  /** Integrates up to `toMs`: every EVSE must have told its steps up to there. */
  settleTo(toMs: number): void {
    const due = this.#pending.filter((step) => step.atMs <= toMs);
    this.#pending = this.#pending.filter((step) => step.atMs > toMs);
    due.sort((a, b) => a.atMs - b.atMs);
    for (const step of due) {
      this.#integrateTo(step.atMs);
      step.apply();
    }
    this.#integrateTo(toMs);
  }

  figures(): MeterFigures {
    const worst = this.#worst;
    return {
      overLimitAmpSeconds: this.#over.limitAmpSeconds,
      overOrderAmpSeconds: this.#over.orderAmpSeconds,
      worstPhaseFraction: worst?.fraction ?? 0,
      ...(worst === undefined
        ? {}
        : {
            worstConductor: {
              circuitId: worst.circuitId,
              conductor: worst.conductor,
              atMs: worst.atMs,
            },
          }),
      drawW: this.#importW(),
    };
  }

  #integrateTo(toMs: number): void {
    const durationSec = (toMs - this.#timeMs) / 1000;
    if (durationSec <= 0) return;
    this.#refreshLoads();
    for (const node of this.#nodes) {
      for (const [index, conductor] of node.conductors.entries()) {
        const load = node.loads[index] ?? 0;
        this.#noteWorst(node, conductor, load);
        const overA = (load - conductor.limit) / ampsPer(conductor);
        if (overA > TOLERANCE_A) this.#over.limitAmpSeconds += overA * durationSec;
      }
    }
    const overOrderA = (this.#importW() - this.#orderedW(this.#timeMs)) / this.#balancedV;
    if (overOrderA > TOLERANCE_A) this.#over.orderAmpSeconds += overOrderA * durationSec;
    this.#timeMs = toMs;
  }

  #noteWorst(node: Node, conductor: Conductor, load: number): void {
    const fraction = load / conductor.limit;
    if (this.#worst !== undefined && fraction <= this.#worst.fraction) return;
    this.#worst = {
      fraction,
      circuitId: node.circuitId,
      conductor: conductor.name,
      atMs: this.#timeMs,
    };
  }

  /** Sums are taken anew from the EVSEs, so that rounding does not add up over a day. */
  #refreshLoads(): void {
    const dirty = this.#nodes.filter((node) => node.isDirty);
    if (dirty.length === 0) return;
    for (const node of dirty) node.currentsA.fill(0);
    for (const [evseId, currentsA] of this.#currentsOfEvse) {
      for (let up = this.#nodeOfEvse.get(evseId); up !== undefined; up = up.parent) {
        if (up.isDirty) add(up.currentsA, currentsA);
      }
    }
    for (const node of dirty) {
      for (const [index, conductor] of node.conductors.entries()) {
        node.loads[index] = loadOf(conductor, node.currentsA, node.baseA);
      }
      node.isDirty = false;
    }
  }

  #importW(): number {
    let sumA = 0;
    for (const [a, b, c] of this.#currentsOfEvse.values()) sumA += a + b + c;
    const base = this.#nodes[0]?.baseA ?? [0, 0, 0];
    const baseW = (base[0] + base[1] + base[2]) * this.site.voltageLineToNeutralV;
    return sumA * this.#voltageV + baseW;
  }

  /** The laxest order of the last X_on: a raise counts at once, a cut when it must have arrived. */
  #orderedW(atMs: number): number {
    let limitW: number | undefined;
    for (const [index, order] of this.#orders.entries()) {
      const endsAtMs = this.#orders[index + 1]?.atMs ?? Number.POSITIVE_INFINITY;
      const isOfLate = order.atMs <= atMs && endsAtMs > atMs - ORDER_DELAY_SEC * 1000;
      if (isOfLate) limitW = Math.max(limitW ?? 0, order.limitW);
    }
    const isNewOrder = (this.#orders[0]?.atMs ?? 0) > atMs - ORDER_DELAY_SEC * 1000;
    return limitW === undefined || isNewOrder ? Number.POSITIVE_INFINITY : limitW;
  }

  #buildTree(): readonly Node[] {
    const nodes: Node[] = [];
    for (const circuit of this.site.circuits) {
      const node: Node = {
        circuitId: circuit.id,
        parent:
          circuit.parentId === undefined ? undefined : this.#nodeOfCircuit.get(circuit.parentId),
        conductors: circuit.limits.flatMap(conductorsOf),
        currentsA: [0, 0, 0],
        baseA: [0, 0, 0],
        loads: [],
        isDirty: true,
      };
      this.#nodeOfCircuit.set(circuit.id, node);
      nodes.push(node);
    }
    for (const station of this.site.stations) {
      for (const evse of station.evses) {
        const node = this.#nodeOfCircuit.get(evse.circuitId);
        if (node !== undefined) this.#nodeOfEvse.set(evseIdOf(station.id, evse.evseNumber), node);
      }
    }
    return nodes;
  }
}

function markDirty(node: Node): void {
  for (let up: Node | undefined = node; up !== undefined; up = up.parent) up.isDirty = true;
}

function add(sum: MutableTriple, currentsA: Triple<number>): void {
  sum[0] += currentsA[0];
  sum[1] += currentsA[1];
  sum[2] += currentsA[2];
}

/** A rating in watts is held against amperes of its three channels together. */
function ampsPer(conductor: Conductor): number {
  return conductor.name === 'total power' ? conductor.weights[0] * 3 : 1;
}
