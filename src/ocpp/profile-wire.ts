/** Charging-profile commands as calls of their version; the payloads themselves are profiles' business. */
import {
  type CompositeContext,
  type CompositeSchedule,
  ocpp16,
  ocpp201,
  ocpp21,
  UNLIMITED_RULE,
} from '../../profiles/index.js';
import type { Call } from './call-line.js';
import type { OcppVersion, StationCommand } from './messages.js';

type Of<Kind extends StationCommand['kind']> = Extract<StationCommand, { readonly kind: Kind }>;
/** A rule of the standard that the payload would break; in words. */
interface Broken {
  readonly broken: string;
}

const WIRES = { 'ocpp1.6': ocpp16, 'ocpp2.0.1': ocpp201, 'ocpp2.1': ocpp21 } as const;

export function setProfileCall(
  version: OcppVersion,
  command: Of<'set-charging-profile'>,
): Call | Broken {
  const payload = WIRES[version].setChargingProfile(command.profile);
  return callOf('SetChargingProfile', payload);
}

/** Without an id and criteria it would clear everything: broken, not sent. */
export function clearProfileCall(
  version: OcppVersion,
  command: Of<'clear-charging-profile'>,
): Call | Broken {
  return callOf('ClearChargingProfile', WIRES[version].clearChargingProfile(command));
}

export function compositeCall(version: OcppVersion, command: Of<'get-composite-schedule'>): Call {
  const payload = WIRES[version].getCompositeSchedule(command);
  return { action: 'GetCompositeSchedule', payload };
}

/** The schedule of an accepted answer. What cannot be understood is broken, never guessed. */
export function readCompositeAnswer(
  version: OcppVersion,
  answer: unknown,
  context: CompositeContext,
): CompositeSchedule | (Broken & { readonly isUnlimited: boolean }) {
  const schedule = WIRES[version].readCompositeSchedule(answer, context);
  if (!isList(schedule)) return schedule;
  const isUnlimited = schedule.every(({ rule }) => rule === UNLIMITED_RULE);
  return { ...broken(schedule), isUnlimited };
}

type Violations = readonly { readonly rule: string; readonly message?: string }[];

function callOf(action: string, payload: object | Violations): Call | Broken {
  return isList(payload) ? broken(payload) : { action, payload };
}

function isList(value: object): value is Violations {
  return Array.isArray(value);
}

function broken(violations: Violations): Broken {
  return { broken: violations.map(({ rule, message }) => `${rule}: ${message ?? ''}`).join('; ') };
}
