import type { Authorization } from '../../sessions/token.js';
import { transactionEvse } from '../evse-number.js';
import type { Handled, HandlerContext } from '../handler.js';
import { fromStation } from '../handler.js';
import { toldInstant } from '../instants.js';
import type { ChargingState, ShownToken, StationEvent } from '../messages.js';
import { boundaryEnergyWh, readMeterValues, type WireMeterValue } from '../meter-values.js';
import { shownToken } from '../shown-token.js';
import { authorizeToken, idTokenInfo, type WireIdToken } from './id-token.js';

interface TransactionEvent {
  readonly eventType: 'Started' | 'Updated' | 'Ended';
  readonly timestamp: string;
  readonly triggerReason: string;
  readonly seqNo: number;
  readonly offline?: boolean;
  readonly transactionInfo: {
    readonly transactionId: string;
    readonly chargingState?: string;
    readonly stoppedReason?: string;
  };
  readonly evse?: { readonly id: number };
  readonly idToken?: WireIdToken;
  readonly meterValue?: readonly WireMeterValue[];
}

const CHARGING_STATES: Readonly<Record<string, ChargingState>> = {
  Idle: 'idle',
  EVConnected: 'ev-connected',
  Charging: 'charging',
  SuspendedEV: 'suspended-ev',
  SuspendedEVSE: 'suspended-evse',
};

/**
 * E01, E02, E06. The station names the transaction; `idTokenInfo` answers a token, if one was sent.
 * Numbers of the sequence are kept to see what is missing; their order decides nothing.
 */
export async function transactionEvent(
  payload: TransactionEvent,
  context: HandlerContext,
): Promise<Handled> {
  const { idToken } = payload;
  const known = idToken === undefined ? undefined : await ask(payload, idToken, context);
  const shown =
    idToken === undefined || known === undefined ? undefined : shownToken(idToken.idToken, known);
  return {
    events: eventsOf(payload, context, shown),
    answer: known === undefined ? {} : { idTokenInfo: idTokenInfo(known) },
  };
}

/** Reasons whose token wants to end the transaction, not to pay for it. */
const ENDING = new Set(['StopAuthorized', 'Deauthorized']);

function isEnding({ eventType, triggerReason }: TransactionEvent): boolean {
  return eventType === 'Ended' || ENDING.has(triggerReason);
}

function ask(
  payload: TransactionEvent,
  token: WireIdToken,
  context: HandlerContext,
): Promise<Authorization> {
  const { transactionId, atMs } = commonOf(payload, context);
  const evseNumber = evseNumberOf(payload, context);
  const where = evseNumber === undefined ? {} : { evseNumber };
  const purpose = isEnding(payload) ? 'end' : 'start';
  return authorizeToken(token, { purpose, transactionId, atMs, ...where }, context);
}

function eventsOf(
  payload: TransactionEvent,
  context: HandlerContext,
  shown: ShownToken | undefined,
): readonly StationEvent[] {
  const common = commonOf(payload, context);
  const evseNumber = evseNumberOf(payload, context);
  const where = evseNumber === undefined ? {} : { evseNumber };
  const samples = readMeterValues(payload.meterValue, context.receivedAtMs);
  const { chargingState, stoppedReason } = payload.transactionInfo;
  const state = CHARGING_STATES[chargingState ?? ''];
  if (payload.eventType === 'Ended') {
    const meterStopWh = boundaryEnergyWh(payload.meterValue, 'Transaction.End');
    return [
      {
        ...common,
        ...where,
        type: 'transaction.ended',
        ...(meterStopWh !== undefined && { meterStopWh }),
        ...(stoppedReason !== undefined && { reason: stoppedReason }),
        ...(shown !== undefined && { endedBy: shown }),
        samples,
      },
    ];
  }
  const isStarting = payload.eventType === 'Started';
  const updated: StationEvent = {
    ...common,
    ...where,
    type: 'transaction.updated',
    ...(state !== undefined && { chargingState: state }),
    ...(shown !== undefined && !isStarting && !isEnding(payload) && { authorization: shown }),
    ...(payload.offline === true && { isStored: true as const }),
    samples,
  };
  if (!isStarting) return [updated];
  const started = startedOf(payload, context, shown);
  return state === undefined && samples.length === 0 ? [started] : [started, updated];
}

function startedOf(
  payload: TransactionEvent,
  context: HandlerContext,
  shown: ShownToken | undefined,
): StationEvent {
  const meterStartWh = boundaryEnergyWh(payload.meterValue, 'Transaction.Begin');
  return {
    ...commonOf(payload, context),
    type: 'transaction.started',
    evseNumber: evseNumberOf(payload, context) ?? 0,
    ...(shown !== undefined && { idToken: shown.idToken, authorization: shown }),
    ...(meterStartWh !== undefined && { meterStartWh }),
  };
}

function commonOf(payload: TransactionEvent, context: HandlerContext) {
  const atMs = toldInstant(payload.timestamp, context.receivedAtMs);
  return {
    ...fromStation(context),
    transactionId: payload.transactionInfo.transactionId,
    seqNo: payload.seqNo,
    atMs,
    offline: payload.offline === true || context.receivedAtMs - atMs > context.offlineAfterMs,
  };
}

/** The EVSE named, or the only one there is; 0 in a start means that it is not known yet. */
function evseNumberOf(payload: TransactionEvent, context: HandlerContext): number | undefined {
  const evseNumber = transactionEvse(payload.evse?.id, context);
  return evseNumber === 0 && payload.evse === undefined ? undefined : evseNumber;
}
