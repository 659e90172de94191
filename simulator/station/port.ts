/** Carries out what the CPMS asks of a virtual station. Whatever is due comes first. */
import { type SchedulePeriod, compositeAt, compositeSchedule } from './composite.js';
import type { ScheduleAnswer, StationPort } from './dialect.js';
import type { RateUnit } from './profile.js';
import type { Station } from './station.js';

export function stationPort(station: Station): StationPort {
  const { scheduler } = station.options;
  return {
    id: station.id,
    traits: station.options.traits,
    get evses() {
      return station.evses;
    },
    get settings() {
      return station.settings;
    },
    nowMs() {
      scheduler.pump();
      return scheduler.nowMs();
    },
    install(profile) {
      const evse = station.evses.find(({ number }) => number === profile.evseNumber);
      const refusal = station.changeProfiles((store) =>
        store.install(profile, evse?.transaction()?.id),
      );
      station.counts[refusal === undefined ? 'profilesAccepted' : 'profilesRejected'] += 1;
      return refusal;
    },
    clear(filter) {
      scheduler.pump();
      return station.changeProfiles((store) => store.clear(filter));
    },
    schedule(evseNumber, durationSec, unit) {
      scheduler.pump();
      return scheduleOf(station, { evseNumber, durationSec, unit });
    },
    remoteStart(evseNumber, idToken, profileFor) {
      scheduler.pump();
      const evse = station.evses.find(
        ({ number }) =>
          (evseNumber === undefined || number === evseNumber) &&
          station.visitsAt(number)?.isWaiting() === true,
      );
      if (evse === undefined) return false;
      station.visitsAt(evse.number)?.begin(idToken, profileFor(evse.number));
      return true;
    },
    remoteStop(transactionId) {
      scheduler.pump();
      const evse = station.evses.find((e) => e.transaction()?.id === transactionId);
      if (evse === undefined) return false;
      station.visitsAt(evse.number)?.stop('Remote', scheduler.nowMs());
      return true;
    },
    trigger(what, evseNumber) {
      scheduler.pump();
      station.trigger(what, evseNumber);
    },
    reset: () => station.reset(),
    changeSetting(name, value) {
      scheduler.pump();
      station.changeSetting(name, value);
    },
    send: ({ action, payload }) => station.send(action, payload),
  };
}

function scheduleOf(
  station: Station,
  asked: {
    readonly evseNumber: number;
    readonly durationSec: number;
    readonly unit: RateUnit | undefined;
  },
): ScheduleAnswer | undefined {
  const { units } = station.options.traits;
  const unit = asked.unit ?? units[0] ?? 'A';
  if (!units.includes(unit)) return undefined;
  const fromMs = station.options.scheduler.nowMs();
  const options = { fromMs, durationSec: asked.durationSec, unit };
  const evses = station.evses.filter(
    (e) => asked.evseNumber === 0 || e.number === asked.evseNumber,
  );
  const schedules = evses.map((evse) =>
    compositeSchedule(evse.compositeInput(), evse.hardware, options),
  );
  const [first, ...others] = schedules;
  if (first === undefined) return undefined;
  if (others.length === 0) return { fromMs, unit, periods: first };
  return { fromMs, unit, periods: capped(station, summed(schedules), fromMs) };
}

/** The sum of several EVSEs' schedules, limits holding from each start to the next. */
function summed(schedules: readonly (readonly SchedulePeriod[])[]): readonly SchedulePeriod[] {
  const starts = [...new Set(schedules.flatMap((s) => s.map((period) => period.startSec)))];
  return starts
    .sort((a, b) => a - b)
    .map((startSec) => ({
      startSec,
      limit: schedules.reduce(
        (sum, schedule) => sum + (schedule.findLast((p) => p.startSec <= startSec)?.limit ?? 0),
        0,
      ),
    }));
}

/** The whole station is under its maximum profile as well. */
function capped(
  station: Station,
  periods: readonly SchedulePeriod[],
  fromMs: number,
): readonly SchedulePeriod[] {
  const profiles = station.store.all().filter((profile) => profile.purpose === 'station-max');
  if (profiles.length === 0) return periods;
  return periods.map(({ startSec, limit }) => {
    const input = { profiles, evseNumber: 0, ownDefaultReplaces: false };
    const { limitA = Number.POSITIVE_INFINITY } = compositeAt(input, fromMs + startSec * 1000);
    return { startSec, limit: Math.min(limit, limitA) };
  });
}
