/** Frames of a station, by kind: to the letter, with slips, hostile. */
import type { OcppVersion } from '../../src/ocpp/messages.js';
import type { Dice } from '../sim/random.js';
import { hostileFrame } from './hostile-frames.js';
import { mutated, rawText } from './mutate.js';
import { payloadFor, type Size } from './schema-payload.js';
import { type JsonSchema, type Messages, STATION_ACTIONS } from './shipped-schemas.js';

export const FRAME_BYTES_MAX = 65_536;

export type FrameKind = 'valid' | 'mutated' | 'send' | 'foreign' | 'answer' | 'hostile';

export interface StationFrame {
  readonly kind: FrameKind;
  readonly text: string;
}

const SIZES: readonly [Size, ...Size[]] = ['minimal', 'maximal', 'any', 'any'];

export function stationFrame(
  dice: Dice,
  version: OcppVersion,
  messages: Messages,
  id: string,
): StationFrame {
  const roll = dice.next();
  const frame =
    roll < 0.3
      ? request(dice, version, messages, id, 'valid')
      : roll < 0.75
        ? request(dice, version, messages, id, 'mutated')
        : oddFrame(dice, messages, id, roll);
  const isTooLong = Buffer.byteLength(frame.text) > FRAME_BYTES_MAX;
  return isTooLong ? { kind: 'hostile', text: hostileFrame(dice, id) } : frame;
}

function request(
  dice: Dice,
  version: OcppVersion,
  messages: Messages,
  id: string,
  kind: 'valid' | 'mutated',
): StationFrame {
  const action = pickOf(dice, STATION_ACTIONS[version]);
  const payload = payloadOf(dice, messages.requests.get(action));
  const body = kind === 'valid' ? payload : mutated(dice, payload);
  return { kind, text: rawText([2, id, action, body]) };
}

function oddFrame(dice: Dice, messages: Messages, id: string, roll: number): StationFrame {
  if (roll < 0.8) {
    const action = pickOf(dice, [...messages.sends.keys(), 'NotifyPeriodicEventStream']);
    const payload = payloadOf(dice, messages.sends.get(action));
    const body = dice.chance(0.5) ? payload : mutated(dice, payload);
    return { kind: 'send', text: rawText([6, id, action, body]) };
  }
  if (roll < 0.87) {
    const action = pickOf(dice, [...messages.requests.keys()]);
    const payload = payloadOf(dice, messages.requests.get(action));
    return { kind: 'foreign', text: rawText([2, id, action, mutated(dice, payload)]) };
  }
  if (roll < 0.91) {
    const type = dice.int(3, 5);
    return { kind: 'answer', text: rawText([type, id, mutated(dice, {}), mutated(dice, '')]) };
  }
  return { kind: 'hostile', text: hostileFrame(dice, id) };
}

export function payloadOf(dice: Dice, schema: JsonSchema | undefined): unknown {
  return schema === undefined ? {} : payloadFor(dice, schema, dice.pick(SIZES));
}

export function pickOf<T>(dice: Dice, items: readonly T[]): T {
  const [first, ...others] = items;
  if (first === undefined) throw new Error('nothing to pick from');
  return dice.pick([first, ...others]);
}
