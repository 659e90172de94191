/**
 * The shipped loop: plan, allocator, and the ledger's `grant` between goals and stations. Stations
 * answer at once and obey; settle times, leases and write budgets are the defaults of the service.
 */
import {
  type EvseLedger,
  expired,
  grant,
  type Grant,
  type GrantEvse,
  answered,
  inForce,
  planned,
  shapedEntry,
} from '../../../ledger/index.js';
import { type Allocation, amps, type EvseLimit } from '../../../solver/index.js';
import { planNow, type PlanNow, type PlannerSettings } from '../plan.js';
import { baseOf, type Guest, type Policy, type PolicySettings, type View } from '../policy.js';
import { isOverloaded, withRelief } from '../relief.js';
import { circuitsBeside } from '../site.js';
import { goalsOf } from './allocator.js';
import { batteryThatFits } from './battery.js';

const SETTINGS = { settleSec: 12, skewSec: 10 };
const LEASE_SEC = 900;
const PERIODS_MAX = 24;
const RAISE_HOLD_MS = 10_000;
const CHANGES_PER_HOUR_MAX = 12;
const MS_PER_HOUR = 3_600_000;

interface Told {
  ledger: EvseLedger;
  cutAtMs: number;
  /** Raises of the last hour. */
  changesAtMs: readonly number[];
}

export function busbarPolicy(settings: PolicySettings, planner: PlannerSettings): Policy {
  const { site } = settings;
  const told = site.evses.map(({ id, currentMaxA }): Told => {
    const ledger = shapedEntry({
      evseId: id,
      currentMaxA,
      offlineTested: true,
      distrusted: false,
      // Nothing flows without a lease: 6 A on every EVSE do not fit a small transformer.
      fallbackIdleA: amps(0),
      leaseShown: true,
      commands: [],
    });
    return { ledger, cutAtMs: -Infinity, changesAtMs: [] };
  });
  const targets = new Map<string, number>();
  let capW: number | undefined;
  let batteryW = 0;
  let goals: Allocation['limits'] = [];
  let seen = '';
  let seq = 0;

  return {
    decide: (view) => {
      if (view.isPlanDue) takePlan(view);
      // Goals follow who is there and what the plan says; what is granted waits for the ledger.
      const present = view.guests.map((it) => it.sessionId).join(' ');
      if (view.isPlanDue || present !== seen) {
        const targetsA = view.guests.map((it) => targets.get(it.sessionId) ?? 0);
        const held = { targetsA, batteryW };
        const plan: PlanNow = capW === undefined ? held : { ...held, capW };
        goals = goalsOf(settings, view, plan, reliefW());
      }
      seen = present;
      const wakeAtMs = tellStations(view);
      const pilotsA = view.guests.map((it) => inForceOf(it, view.nowMs));
      return { pilotsA, wakeAtMs, batteryW: batteryThatFits(site, view, pilotsA, batteryW) };
    },
    movesBattery: true,
  };

  function takePlan(view: View): void {
    const plan = planNow(planner, view);
    targets.clear();
    for (const [at, it] of view.guests.entries()) {
      targets.set(it.sessionId, plan.targetsA[at] as number);
    }
    capW = plan.capW;
    batteryW = plan.batteryW;
  }

  function reliefW(): number {
    return Math.max(0, -batteryW);
  }

  function inForceOf({ evseIndex }: Guest, nowMs: number): number {
    return inForce((told[evseIndex] as Told).ledger, nowMs);
  }

  /** Grants until nothing more leaves now; returns when the ledger looks again. */
  function tellStations(view: View): number | undefined {
    const { nowMs } = view;
    for (const it of told) it.ledger = expired(it.ledger, nowMs, SETTINGS);
    for (;;) {
      const { grants, nextWakeAtMs } = withRelief(
        reliefW(),
        (raisedW) =>
          grant({
            nowMs,
            supply: 'delta',
            tiers: [{ fromMs: nowMs, circuits: circuitsBeside(site, baseOf(view), raisedW) }],
            evses: site.evses.map((_, index) => grantEvse(index, nowMs)),
            settings: SETTINGS,
          }),
        (found) => isTooMuch(view, found.grants),
      );
      for (const one of grants) tell(one, nowMs);
      if (grants.length === 0) return nextWakeAtMs;
    }
  }

  /** What the stations would let through with these beside what they were told before. */
  function isTooMuch(view: View, grants: readonly Grant[]): boolean {
    const currentOf = (guest: Guest): number => {
      const { id } = site.evses[guest.evseIndex] as (typeof site.evses)[number];
      const one = grants.find(({ evseId }) => evseId === id);
      if (one === undefined) return inForceOf(guest, view.nowMs);
      const { ledger } = told[guest.evseIndex] as Told;
      return inForce(after(ledger, one, { seq: seq + 1, nowMs: view.nowMs }), view.nowMs);
    };
    return isOverloaded(site, view, { currentOf, reliefW: reliefW() });
  }

  function grantEvse(index: number, nowMs: number): GrantEvse {
    const { id, circuitId, channels, pilots } = site.evses[index] as (typeof site.evses)[number];
    const { ledger, cutAtMs, changesAtMs } = told[index] as Told;
    const recent = changesAtMs.filter((atMs) => atMs > nowMs - MS_PER_HOUR);
    const isSpent = recent.length >= CHANGES_PER_HOUR_MAX;
    const heldMs = Math.max(cutAtMs + RAISE_HOLD_MS, isSpent ? (recent[0] ?? 0) + MS_PER_HOUR : 0);
    const goal: EvseLimit | undefined = goals[index];
    return {
      id,
      circuitId,
      channels,
      pilots,
      ledger,
      controllable: true,
      goal,
      raiseNotBeforeMs: heldMs > nowMs ? heldMs : undefined,
      leaseSec: LEASE_SEC,
      periodsMax: PERIODS_MAX,
      tailWantedA: amps(0),
      busy: false,
    };
  }

  function tell(one: Grant, nowMs: number): void {
    const it = told[site.evses.findIndex(({ id }) => id === one.evseId)] as Told;
    seq += 1;
    it.ledger = after(it.ledger, one, { seq, nowMs });
    if (one.kind === 'cut') it.cutAtMs = nowMs;
    if (one.kind !== 'raise') return;
    it.changesAtMs = [...it.changesAtMs.filter((atMs) => atMs > nowMs - MS_PER_HOUR), nowMs];
  }
}

/** Told with this number, and taken at once. */
function after(
  ledger: EvseLedger,
  one: Grant,
  { seq, nowMs }: { readonly seq: number; readonly nowMs: number },
): EvseLedger {
  const { limitA: grantA, boundaryAtMs, tailA, steps } = one;
  const command = { seq, grantA, boundaryAtMs, tailA, steps, plannedAtMs: nowMs };
  const answer = { seq, outcome: 'accepted', atMs: nowMs } as const;
  return answered(planned(ledger, command), answer, SETTINGS);
}
