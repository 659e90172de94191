import { describe, expect, test } from 'vitest';
import { amps, circuitId, evseId } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import type { EvseState, SiteState } from '../../src/control/state.js';
import { pilotsOf, siteTiers, snapshot, standings } from '../../src/sites/snapshot.js';
import type { Site } from '../../src/sites/site.js';
import { feed, openScript, type Script, wait } from '../control/ideal-station.js';
import { smallSite, START_MS } from '../control/small-site.js';
import { voiceOf } from '../control/station-events.js';

const S1 = evseId('S1:1');
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

function charging(site: Site = smallSite(), ids: readonly string[] = ['S1']): Script {
  const script = openScript(initialState(site, 1, START_MS), START_MS);
  const voices = ids.map((id) => voiceOf(id, script));
  for (const voice of voices) feed(script, voice.connected(), voice.booted());
  wait(script, MINUTE_MS);
  for (const [index, voice] of voices.entries()) feed(script, voice.started(`${index + 1}`));
  wait(script, 10 * MINUTE_MS);
  return script;
}

function problemOf({ state, nowMs }: Script, assumed: 'reserve' | 'obeyed' = 'reserve') {
  const tiers = siteTiers(state, nowMs);
  return snapshot(state, standings(state), { tiers, nowMs, assumed });
}

/** The state with another session of S1. */
function withSession(script: Script, change: object): Script {
  const [id, session] = [...script.state.sessions][0] ?? [];
  if (id === undefined || session === undefined) throw new Error('a session');
  const sessions = new Map([[id, { ...session, ...change }]]);
  return { ...script, state: { ...script.state, sessions } };
}

describe('standings', () => {
  test('lets nobody be told anything before contact is done', () => {
    const script = openScript(initialState(smallSite(), 1, START_MS), START_MS);
    const s1 = voiceOf('S1', script);
    script.reply = () => 'silent';
    feed(script, s1.connected(), s1.booted(), s1.started('1'));
    expect(standings(script.state)[0]).toMatchObject({ controllable: false, credited: false });
  });

  test('lets a station without a link be told nothing, and keeps its credit', () => {
    const script = charging();
    expect(standings(script.state)[0]).toMatchObject({ controllable: true, credited: true });
    feed(script, voiceOf('S1', script).disconnected());
    expect(standings(script.state)[0]).toMatchObject({ controllable: false, credited: true });
  });

  test('R0 gives no credit to a model that was not tested, and R9 none to a liar', () => {
    expect(standings(charging(smallSite({ untested: ['S1'] })).state)[0]?.credited).toBe(false);
    const { state } = charging();
    const evse = state.evses.get(S1);
    if (evse === undefined) throw new Error('an EVSE');
    const lying = { ...evse, ledger: { ...evse.ledger, distrusted: true } };
    const view: SiteState = { ...state, evses: new Map([[S1, lying]]) };
    expect(standings(view)[0]?.credited).toBe(false);
  });
});

describe('snapshot', () => {
  test('asks for a session that runs what its EVSE can give', () => {
    const [evse] = problemOf(charging()).evses;
    expect(evse).toMatchObject({ reservedA: 0 });
    expect(evse?.claim).toMatchObject({
      currentMinA: 6,
      currentMaxA: 32,
      lastLimitA: 32,
      satisfied: false,
    });
    expect(evse?.claim?.need).toBeUndefined();
  });

  test('R7 reserves the worst case of who cannot be told', () => {
    const script = charging();
    feed(script, voiceOf('S1', script).disconnected());
    const [evse] = problemOf(script).evses;
    expect(evse).toMatchObject({ reservedA: 32 });
    expect(evse?.claim).toBeUndefined();
  });

  test('R7 reserves who earns no credit, unless it is asked what obedience would give', () => {
    const script = charging(smallSite({ untested: ['S1'] }));
    expect(problemOf(script).evses[0]).toMatchObject({ reservedA: 32 });
    expect(problemOf(script, 'obeyed').evses[0]?.claim).toBeDefined();
  });

  test('asks for no more than the vehicle is known to take', () => {
    const script = withSession(charging(), { vehicle: { currentMaxA: 11, satisfied: false } });
    expect(problemOf(script).evses[0]?.claim?.currentMaxA).toBe(11);
    const small = withSession(charging(), { vehicle: { currentMaxA: 3, satisfied: false } });
    expect(problemOf(small).evses[0]?.claim?.currentMaxA).toBe(6);
  });

  test('expects energy over the phases that the vehicle was seen to use, and counts it on all', () => {
    const channels = [true, false, false];
    const [evse] = problemOf(
      withSession(charging(), { vehicle: { satisfied: false, channels } }),
    ).evses;
    expect(evse?.claim?.usedChannels).toEqual(channels);
    expect(evse?.channels).toEqual([true, true, true]);
  });

  test('R6, R12 does without credits while who never showed a lease is refused beside them', () => {
    const script = charging(smallSite({ stations: 2 }), ['S1', 'S2']);
    const { state, nowMs } = script;
    const [first, second] = [...state.evses.values()] as [EvseState, EvseState];
    const phaseCredit = { channels: [true, false, false], untilMs: nowMs + HOUR_MS } as const;
    const credited = { ...first, ledger: { ...first.ledger, phaseCredit } };
    const refused = {
      ...second,
      ledger: { ...second.ledger, commands: [], leaseShown: false },
      decision: {
        ...second.decision,
        atMs: nowMs,
        limitA: 0,
        goalA: 6,
        boundBy: { kind: 'ledger', circuitId: circuitId('grid'), waitsFor: [] },
      },
    } as EvseState;
    const channelsAt = (atMs: number) => {
      const evses = new Map([credited, refused].map((it) => [it.id, it]));
      return problemOf({ ...script, nowMs: atMs, state: { ...state, evses } }).evses[0]?.channels;
    };
    expect(channelsAt(nowMs)).toEqual([true, false, false]);
    expect(channelsAt(nowMs + MINUTE_MS)).toEqual([true, true, true]);
  });

  test('counts what was delivered towards the claim, and forgets it at departure', () => {
    const script = charging();
    const departureAtMs = script.nowMs + MINUTE_MS;
    const claim = { departureAtMs, energyWh: 5000, setAtMs: script.nowMs, actor: 'me' };
    const claimed = withSession(script, { claim, meterStartWh: 1000, meterLastWh: 3000 });
    expect(problemOf(claimed).evses[0]?.claim?.need).toEqual({ energyWh: 3000, departureAtMs });
    const late = { ...claimed, nowMs: departureAtMs };
    expect(problemOf(late).evses[0]?.claim?.need).toBeUndefined();
  });

  test('R2, R12 offers a station that takes watts only what lets any vehicle charge', () => {
    const { state } = charging();
    const [standing] = standings(state);
    if (standing === undefined) throw new Error('a standing');
    const { station } = standing;
    const watts = { ...station, capability: { ...station.capability, units: ['W'] as const } };
    const pilots = pilotsOf(state, { ...standing, station: watts });
    expect(pilots).toEqual({ kind: 'continuous', minA: 22, stepA: 1 });
    expect(pilotsOf(state, standing)).toEqual({ kind: 'continuous', minA: 6, stepA: 1 });
    const set = { kind: 'set' as const, valuesA: [8, 16, 24, 32].map(amps) };
    const evse = { ...standing.evse, pilots: set };
    expect(pilotsOf(state, { ...standing, evse, station: watts })).toEqual({
      kind: 'set',
      valuesA: [32],
    });
  });
});
