import type { Handled, HandlerContext } from '../handler.js';
import { fromStation } from '../handler.js';
import { parseInstant } from '../instants.js';
import type { ChargingState, StationEvent } from '../messages.js';
import { boundaryEnergyWh, readMeterValues, type WireMeterValue } from '../meter-values.js';
import { authorizeToken, type WireIdToken } from './id-token.js';

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

/** E01, E02, E06. The station names the transaction; `idTokenInfo` answers a token, if one was sent. */
export async function transactionEvent(
  payload: TransactionEvent,
  context: HandlerContext,
): Promise<Handled> {
  const status =
    payload.idToken === undefined ? undefined : await authorizeToken(payload.idToken, context);
  return {
    events: eventsOf(payload, context),
    answer: status === undefined ? {} : { idTokenInfo: { status } },
  };
}

function eventsOf(payload: TransactionEvent, context: HandlerContext): readonly StationEvent[] {
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
        samples,
      },
    ];
  }
  const updated: StationEvent = {
    ...common,
    ...where,
    type: 'transaction.updated',
    ...(state !== undefined && { chargingState: state }),
    samples,
  };
  if (payload.eventType === 'Updated') return [updated];
  const started = startedOf(payload, context, evseNumber ?? 0);
  return state === undefined && samples.length === 0 ? [started] : [started, updated];
}

function startedOf(
  payload: TransactionEvent,
  context: HandlerContext,
  evseNumber: number,
): StationEvent {
  const meterStartWh = boundaryEnergyWh(payload.meterValue, 'Transaction.Begin');
  return {
    ...commonOf(payload, context),
    type: 'transaction.started',
    evseNumber,
    ...(payload.idToken !== undefined && { idToken: payload.idToken.idToken }),
    ...(meterStartWh !== undefined && { meterStartWh }),
  };
}

function commonOf(payload: TransactionEvent, context: HandlerContext) {
  const atMs = parseInstant(payload.timestamp) ?? context.receivedAtMs;
  return {
    ...fromStation(context),
    transactionId: payload.transactionInfo.transactionId,
    atMs,
    offline: payload.offline === true || context.receivedAtMs - atMs > context.offlineAfterMs,
  };
}

/** The EVSE named, or the only one there is; 0 in a start means that it is not known yet. */
function evseNumberOf(payload: TransactionEvent, context: HandlerContext): number | undefined {
  const [only, ...others] = context.evseNumbers;
  return payload.evse?.id ?? (others.length === 0 ? only : undefined);
}
