import type { Handled, HandlerContext } from '../handler.js';
import { fromStation } from '../handler.js';
import { toldInstant } from '../instants.js';
import { type ShownToken, type StationRecord, UNNAMED_TRANSACTION } from '../messages.js';
import { readMeterValues, type WireMeterValue } from '../meter-values.js';
import { shownToken } from '../shown-token.js';
import { stationRecord } from '../station-record.js';
import { idTagInfo } from './id-tag-info.js';
import { ownTransaction } from './own-transaction.js';

interface StopTransaction {
  readonly transactionId: number;
  readonly meterStop: number;
  readonly timestamp: string;
  readonly idTag?: string;
  readonly reason?: string;
  readonly transactionData?: readonly WireMeterValue[];
}

/**
 * 1.6 §4.10: always answered, since a refusal would make the station discard the bill. A number that
 * is not of this station ends nothing and is recorded; 0 or less means the one transaction that the
 * station runs without having learnt its number.
 */
export async function stopTransaction(
  payload: StopTransaction,
  context: HandlerContext,
): Promise<Handled> {
  const { idTag } = payload;
  const atMs = toldInstant(payload.timestamp, context.receivedAtMs);
  const known =
    idTag === undefined
      ? undefined
      : await context.authorize({ idToken: idTag, purpose: 'end', atMs });
  const answer = known === undefined ? {} : { idTagInfo: idTagInfo(known) };
  const transaction = await ownTransaction(payload.transactionId, context);
  if (transaction === undefined && payload.transactionId > 0) {
    return { events: [], records: [notOurs(payload, context)], answer };
  }
  const shown: ShownToken | undefined =
    idTag === undefined || known === undefined ? undefined : shownToken(idTag, known);
  return {
    events: [
      {
        ...fromStation(context),
        type: 'transaction.ended',
        transactionId: transaction?.transactionId ?? UNNAMED_TRANSACTION,
        ...(transaction === undefined ? {} : { evseNumber: transaction.evseNumber }),
        meterStopWh: payload.meterStop,
        reason: payload.reason ?? 'Local',
        ...(shown === undefined ? {} : { endedBy: shown }),
        samples: readMeterValues(payload.transactionData, context.receivedAtMs),
        atMs,
        offline: context.receivedAtMs - atMs > context.offlineAfterMs,
      },
    ],
    answer,
  };
}

/** The station forgets it with our answer: people can still see all that it said. */
function notOurs(payload: StopTransaction, context: HandlerContext): StationRecord {
  const { transactionId, meterStop, timestamp } = payload;
  const summary = `ended transaction ${transactionId}, which this station never started; it stood at ${meterStop} Wh`;
  const fields = { kind: 'other', severity: 'warning', summary, data: payload, timestamp } as const;
  return stationRecord(context, fields);
}
