import type { Handled, HandlerContext } from '../handler.js';
import { fromStation } from '../handler.js';
import { parseInstant } from '../instants.js';
import { readMeterValues, type WireMeterValue } from '../meter-values.js';
import { ownTransaction } from './own-transaction.js';

interface StopTransaction {
  readonly transactionId: number;
  readonly meterStop: number;
  readonly timestamp: string;
  readonly idTag?: string;
  readonly reason?: string;
  readonly transactionData?: readonly WireMeterValue[];
}

/** 1.6 §4.10: always answered, since a refusal would make the station discard the bill. */
export async function stopTransaction(
  payload: StopTransaction,
  context: HandlerContext,
): Promise<Handled> {
  const transaction = await ownTransaction(payload.transactionId, context);
  const status = payload.idTag === undefined ? undefined : await context.authorize(payload.idTag);
  const answer = status === undefined ? {} : { idTagInfo: { status } };
  if (transaction === undefined) return { events: [], answer };
  const atMs = parseInstant(payload.timestamp) ?? context.receivedAtMs;
  return {
    events: [
      {
        ...fromStation(context),
        type: 'transaction.ended',
        transactionId: transaction.transactionId,
        evseNumber: transaction.evseNumber,
        meterStopWh: payload.meterStop,
        reason: payload.reason ?? 'Local',
        samples: readMeterValues(payload.transactionData, context.receivedAtMs),
        atMs,
        offline: context.receivedAtMs - atMs > context.offlineAfterMs,
      },
    ],
    answer,
  };
}
