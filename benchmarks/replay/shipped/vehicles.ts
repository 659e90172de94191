/** What stations tell of the vehicles at them: who comes, who goes, what meters show, what drivers said. */
import { stationId } from '../../../solver/index.js';
import type { SiteEvent, SiteState } from '../../../src/control/state.js';
import type { MeterSample, StationEvent } from '../../../src/ocpp/messages.js';
import type { Guest, View } from '../policy.js';
import type { ReplaySite } from '../site.js';

export interface Vehicles {
  /** What has happened since the last look; samples of meters where they are due. */
  readonly news: (view: View, isMetered: boolean) => readonly SiteEvent[];
  /** Claims of who came with the news, once their sessions are there. */
  readonly claims: (view: View, state: SiteState) => readonly SiteEvent[];
}

export function createVehicles({ evses, voltageV }: ReplaySite): Vehicles {
  /** The transaction of each session that is there. */
  const running = new Map<string, { readonly evseIndex: number; readonly transactionId: string }>();
  let last = 0;
  let came: readonly Guest[] = [];

  function news({ nowMs, guests, full }: View, isMetered: boolean): readonly SiteEvent[] {
    const there = new Set([...guests, ...full].map((it) => it.sessionId));
    const gone = [...running].filter(([id]) => !there.has(id));
    came = guests.filter((it) => !running.has(it.sessionId));
    const stayed = guests.filter((it) => running.has(it.sessionId));
    for (const [id] of gone) running.delete(id);
    for (const { sessionId, evseIndex } of came) {
      last += 1;
      running.set(sessionId, { evseIndex, transactionId: `${last}` });
    }
    return [
      ...gone.flatMap(([, it]) => departure(it, nowMs)),
      ...(isMetered ? stayed : []).map((it) => metered(it, nowMs, sampleOf(it, nowMs, it.pilotA))),
      ...(isMetered ? full : []).map((it) =>
        metered(it, nowMs, sampleOf(it, nowMs, 0), 'suspended-ev'),
      ),
      ...came.flatMap((it) => arrival(it, nowMs)),
    ];
  }

  function from(evseIndex: number, nowMs: number) {
    const id = stationId(evses[evseIndex]?.id ?? '');
    return { stationId: id, receivedAtMs: nowMs, atMs: nowMs, evseNumber: 1, offline: false };
  }

  function arrival({ sessionId, evseIndex }: Guest, nowMs: number): readonly StationEvent[] {
    const { transactionId = '' } = running.get(sessionId) ?? {};
    const at = from(evseIndex, nowMs);
    return [
      { ...at, type: 'evse.status', status: 'preparing' },
      { ...at, type: 'transaction.started', transactionId, meterStartWh: 0 },
    ];
  }

  function departure(
    { evseIndex, transactionId }: { readonly evseIndex: number; readonly transactionId: string },
    nowMs: number,
  ): readonly StationEvent[] {
    const at = from(evseIndex, nowMs);
    return [
      { ...at, type: 'transaction.ended', transactionId, samples: [] },
      { ...at, type: 'evse.status', status: 'available' },
    ];
  }

  function metered(
    { sessionId, evseIndex }: Guest,
    nowMs: number,
    sample: MeterSample,
    chargingState: 'charging' | 'suspended-ev' = 'charging',
  ): StationEvent {
    const { transactionId = '' } = running.get(sessionId) ?? {};
    const at = from(evseIndex, nowMs);
    return { ...at, type: 'transaction.updated', transactionId, chargingState, samples: [sample] };
  }

  function sampleOf({ deliveredWh, maxA }: Guest, atMs: number, pilotA: number): MeterSample {
    const drawnA = Math.min(pilotA, maxA);
    return {
      atMs,
      currentA: [drawnA, undefined, undefined],
      powerW: drawnA * voltageV,
      energyWh: deliveredWh,
    };
  }

  function claims({ nowMs }: View, { evses: known }: SiteState): readonly SiteEvent[] {
    return came.flatMap((it): SiteEvent[] => {
      const id = evses[it.evseIndex]?.id;
      const sessionId = id === undefined ? undefined : known.get(id)?.sessionId;
      if (!it.isClaimed || sessionId === undefined) return [];
      const energyWh = it.deliveredWh + it.remainingWh;
      const { departureAtMs } = it;
      const claim = { departureAtMs, energyWh, setAtMs: nowMs, actor: 'driver' };
      return [{ type: 'claim.set', sessionId, claim }];
    });
  }

  return { news, claims };
}
