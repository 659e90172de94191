/** The sentence on top of the page: is it safe, is it working, what is the limit. Pure. */
import type { LiveSite } from '../api/ports.js';

/** Rounding of watts that nobody sees. */
const SHOWN_W = 50;

export type LimitOwner = 'rating' | 'owner' | 'grid';

export function liveSentence(live: Omit<LiveSite, 'sentence'>, limitOwner: LimitOwner): string {
  const limit = `limit ${kw(live.limitW)}${ownerText(limitOwner)}`;
  const other = live.otherLoadW < SHOWN_W ? '' : `other load ${kw(live.otherLoadW)}, `;
  return `${safetyText(live)} ${vehiclesText(live)}; ${other}${limit}.${offlineText(live)}`;
}

function safetyText(live: Omit<LiveSite, 'sentence'>): string {
  const notSafe = live.circuits.find((it) => it.notGuaranteed !== undefined);
  if (notSafe !== undefined) {
    return `${notSafe.name} is not guaranteed: ${causeText(notSafe.notGuaranteed?.cause)}.`;
  }
  if (live.ceilingW > live.limitW + SHOWN_W) {
    return `Coming down to the limit: the site may still draw up to ${kw(live.ceilingW)}.`;
  }
  return 'All safe.';
}

function vehiclesText({ counts, powerW }: Omit<LiveSite, 'sentence'>): string {
  if (counts.plugged === 0) return 'No vehicle is plugged in';
  const { charging, plugged, waiting } = counts;
  const cars = `${charging} of ${plugged} ${plugged === 1 ? 'vehicle' : 'vehicles'} charging`;
  const turn = waiting === 1 ? '1 waits for its turn' : `${waiting} wait for their turn`;
  return `${cars} at ${kw(powerW)}${waiting === 0 ? '' : `, ${turn}`}`;
}

function offlineText({ counts, reservedOfflineW }: Omit<LiveSite, 'sentence'>): string {
  const offline = counts.stations - counts.online;
  if (offline === 0) return '';
  const stations = offline === 1 ? 'station' : 'stations';
  return ` ${offline} ${stations} offline: ${kw(reservedOfflineW)} reserved.`;
}

function ownerText(owner: LimitOwner): string {
  if (owner === 'grid') return ' (grid order)';
  return owner === 'owner' ? " (the owner's)" : '';
}

/** Why a circuit is not guaranteed, as the end of a sentence. */
export function causeText(cause: string | undefined): string {
  switch (cause) {
    case 'fallback-not-read-back':
      return 'a station has not confirmed its fallback yet';
    case 'owner-policy':
      return 'stations without offline test are reserved at their maximum';
    default:
      return 'load that we do not control could exceed its rating';
  }
}

function kw(powerW: number): string {
  return `${(powerW / 1000).toFixed(1)} kW`;
}
