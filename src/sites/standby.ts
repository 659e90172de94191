/** What rectifiers take whether anybody charges or not (R12). Pure. */
import { amps, type Amps, type CircuitId, memoized, type PerChannel } from '../../solver/index.js';
import { channelCount, channelVoltageMinV } from '../control/charge-rate.js';
import type { Site } from './site.js';

type Sums = [number, number, number];

const STANDBY = memoized((site: Site): ReadonlyMap<CircuitId, PerChannel<Amps>> => {
  const parents = new Map(site.circuits.map((it) => [it.id, it.parentId]));
  const sums = new Map<CircuitId, Sums>();
  for (const evse of site.evses) {
    if (evse.dc === undefined || evse.dc.standbyW === 0) continue;
    const perChannelA = evse.dc.standbyW / (channelCount(evse) * channelVoltageMinV(site));
    for (let id: CircuitId | undefined = evse.circuitId; id !== undefined; id = parents.get(id)) {
      const sum = sums.get(id) ?? [0, 0, 0];
      for (const at of [0, 1, 2] as const) if (evse.channels[at]) sum[at] += perChannelA;
      sums.set(id, sum);
    }
  }
  return new Map([...sums].map(([id, [a, b, c]]) => [id, [amps(a), amps(b), amps(c)]]));
});

/** Below a circuit, A per channel at the lowest voltage; undefined: none. */
export function standbyA(site: Site, id: CircuitId | undefined): PerChannel<Amps> | undefined {
  return id === undefined ? undefined : STANDBY(site).get(id);
}
