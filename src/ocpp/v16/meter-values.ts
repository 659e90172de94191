import type { Handled, HandlerContext } from '../handler.js';
import { fromStation } from '../handler.js';
import { readMeterValues, type WireMeterValue } from '../meter-values.js';
import { ownTransaction } from './own-transaction.js';

interface MeterValues {
  readonly connectorId: number;
  readonly transactionId?: number;
  readonly meterValue: readonly WireMeterValue[];
}

/**
 * 1.6 §4.7. The connector decides the EVSE; a transaction that runs on another one is not believed.
 * Connector 0 is the station's main meter, unless it names a transaction. One whose start named no
 * EVSE of the station (0) is believed on any, and one of another system is named as such.
 */
export async function meterValues(payload: MeterValues, context: HandlerContext): Promise<Handled> {
  const transaction = await ownTransaction(payload.transactionId, context);
  const { connectorId } = payload;
  const evseNumber = connectorId === 0 ? (transaction?.evseNumber ?? 0) : connectorId;
  const runsHere = transaction?.evseNumber === evseNumber || transaction?.evseNumber === 0;
  const isForeign = transaction === undefined && (payload.transactionId ?? 0) > 0;
  const samples = readMeterValues(payload.meterValue, context.receivedAtMs);
  if (samples.length === 0) return { events: [], answer: {} };
  return {
    events: [
      {
        ...fromStation(context),
        type: 'meter.sampled',
        evseNumber,
        ...(runsHere && { transactionId: transaction?.transactionId }),
        ...(isForeign && { foreignTransactionId: String(payload.transactionId) }),
        samples,
      },
    ],
    answer: {},
  };
}
