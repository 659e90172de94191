/** Carries out what the CPMS asks of a virtual station. Whatever is due comes first. */
import { compositeSchedule, stationSchedule } from './composite-schedule.js';
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
    profiles() {
      scheduler.pump();
      return station.store.all();
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
  const { switchesPhases } = station.options.traits;
  const options = {
    fromMs,
    durationSec: asked.durationSec,
    unit,
    ...(switchesPhases === undefined ? {} : { switchesPhases }),
  };
  if (asked.evseNumber === 0) {
    const evses = station.evses.map((evse) => ({
      input: evse.compositeInput(),
      hardware: evse.hardware,
    }));
    return { fromMs, unit, periods: stationSchedule(evses, options) };
  }
  const evse = station.evses.find((it) => it.number === asked.evseNumber);
  if (evse === undefined) return undefined;
  const periods = compositeSchedule(evse.compositeInput(), evse.hardware, options);
  return { fromMs, unit, periods };
}
