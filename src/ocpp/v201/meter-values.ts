import type { Handled, HandlerContext } from '../handler.js';
import { fromStation } from '../handler.js';
import { readMeterValues, type WireMeterValue } from '../meter-values.js';

interface MeterValues {
  readonly evseId: number;
  readonly meterValue: readonly WireMeterValue[];
}

/** J01: values outside transactions. EVSE 0 is the station's main meter. */
export function meterValues(payload: MeterValues, context: HandlerContext): Handled {
  const samples = readMeterValues(payload.meterValue, context.receivedAtMs);
  if (samples.length === 0) return { events: [], answer: {} };
  return {
    events: [
      { ...fromStation(context), type: 'meter.sampled', evseNumber: payload.evseId, samples },
    ],
    answer: {},
  };
}
