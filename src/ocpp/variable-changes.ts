/** Changes of settings as the requests of a version, and what a station said to each of them. */
import type { Call } from './call-line.js';
import {
  placeOf,
  variablePath,
  type VariablePlace,
  type WireVariable,
  wireVariable,
} from './device-variable.js';
import type { OcppVersion } from './messages.js';

export interface VariableChange extends VariablePlace {
  readonly value: string;
}

/** What one message may hold; from the station's own device model. */
export interface MessageLimits {
  readonly itemsMax: number;
  readonly bytesMax: number;
}

export type ChangeStatus =
  | 'accepted'
  | 'reboot-required'
  | 'rejected'
  | 'unknown-variable'
  | 'not-supported'
  /** The station was not asked, or nobody knows what it did. */
  | 'failed';

export interface ChangeCall extends Call {
  /** Indices of the changes that it holds. */
  readonly indices: readonly number[];
}

/** 1.6 takes one key a message; 2.x as many as the station says, in their order (B05.FR.11). */
export function changeCalls(
  version: OcppVersion,
  changes: readonly VariableChange[],
  limits: MessageLimits,
): readonly ChangeCall[] {
  if (version === 'ocpp1.6') {
    return changes.map(({ variable: key, value }, index) => ({
      action: 'ChangeConfiguration',
      payload: { key, value },
      indices: [index],
    }));
  }
  return batches(changes, limits).map((indices) => ({
    action: 'SetVariables',
    payload: { setVariableData: indices.map((index) => itemOf(changes[index])) },
    indices,
  }));
}

function batches(
  changes: readonly VariableChange[],
  { itemsMax, bytesMax }: MessageLimits,
): readonly (readonly number[])[] {
  const found: number[][] = [];
  let bytes = 0;
  changes.forEach((change, index) => {
    const size = JSON.stringify(itemOf(change)).length + 1;
    const last = found.at(-1);
    if (last === undefined || last.length >= itemsMax || bytes + size > bytesMax) {
      found.push([index]);
      bytes = size;
    } else {
      last.push(index);
      bytes += size;
    }
  });
  return found;
}

function itemOf(change: VariableChange | undefined): object {
  if (change === undefined) return {};
  const { value: attributeValue, attribute } = change;
  const type = attribute === 'Actual' ? {} : { attributeType: attribute };
  return { ...wireVariable(change), ...type, attributeValue };
}

const STATUSES: Readonly<Record<string, ChangeStatus>> = {
  Accepted: 'accepted',
  RebootRequired: 'reboot-required',
  Rejected: 'rejected',
  UnknownComponent: 'unknown-variable',
  UnknownVariable: 'unknown-variable',
  NotSupportedAttributeType: 'not-supported',
};

interface ChangeAnswer {
  /** 1.6 */
  readonly status?: string;
  /** 2.x */
  readonly setVariableResult?: readonly (WireVariable & {
    readonly attributeStatus: string;
    readonly attributeType?: VariablePlace['attribute'];
  })[];
}

/** What the station said to one change. Precondition: the answer has passed its schema. */
export function changeStatus(answer: unknown, change: VariableChange): ChangeStatus {
  const { status, setVariableResult = [] } = answer as ChangeAnswer;
  // 1.6: the key is not known.
  if (status === 'NotSupported') return 'unknown-variable';
  if (status !== undefined) return STATUSES[status] ?? 'rejected';
  const path = variablePath(change);
  const own = setVariableResult.find((it) => variablePath(placeOf(it, it.attributeType)) === path);
  return STATUSES[own?.attributeStatus ?? ''] ?? 'failed';
}
