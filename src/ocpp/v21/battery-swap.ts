import type { Handled, HandlerContext } from '../handler.js';
import { recorded } from '../station-record.js';

interface BatterySwap {
  readonly requestId: number;
  readonly eventType: string;
  readonly batteryData: readonly unknown[];
}

const WORDS: Readonly<Record<string, string>> = {
  BatteryIn: 'put in',
  BatteryOut: 'taken out',
  BatteryOutTimeout: 'not taken out in time',
};

/** 2.1 chapter S: batteries of a swap station come and go. */
export function batterySwap(payload: BatterySwap, context: HandlerContext): Handled {
  const { requestId, eventType, batteryData } = payload;
  const count = batteryData.length;
  const batteries = count === 1 ? '1 battery' : `${count} batteries`;
  return recorded(
    context,
    {},
    {
      kind: 'other',
      severity: eventType === 'BatteryOutTimeout' ? 'warning' : 'info',
      summary: `Battery swap: ${batteries} ${WORDS[eventType] ?? eventType}`,
      requestId,
      data: payload,
    },
  );
}
