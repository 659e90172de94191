/** From a command to the calls of its version, and from their answers to its outcome. */
import type { Call } from './call-line.js';
import { cutText } from './cut-text.js';
import type { CommandOutcome, OcppVersion, OutboxCommand, StationCommand } from './messages.js';
import { requestNumber } from './request-number.js';
import { operatorCall } from './operator-call.js';
import {
  clearProfileCall,
  compositeCall,
  readCompositeAnswer,
  setProfileCall,
} from './profile-wire.js';
import { singleCall, type StatusAnswer, type Step, statusOutcome } from './step.js';
import { configureSampling16 } from './v16/configure-sampling.js';
import { readVariables16 } from './v16/read-variables.js';
import { remoteStart16, remoteStop16 } from './v16/remote-control.js';
import { triggerMessage16 } from './v16/trigger-message.js';
import { configureSampling2 } from './v201/configure-sampling.js';
import { readVariables2 } from './v201/read-variables.js';
import { remoteStart2, remoteStop2 } from './v201/remote-control.js';
import { triggerMessage2 } from './v201/trigger-message.js';

/** The first call of a command, or its outcome when this version cannot express it. */
export function begin(
  row: OutboxCommand,
  version: OcppVersion,
  nowMs: () => number,
): Step | CommandOutcome {
  const { command } = row;
  switch (command.kind) {
    case 'set-charging-profile':
      return profileStep(setProfileCall(version, command), statusOutcome);
    case 'clear-charging-profile':
      return profileStep(clearProfileCall(version, command), clearOutcome);
    case 'get-composite-schedule':
      return readComposite(command, version, nowMs);
    case 'get-charging-profiles':
      return reportProfiles(version, row.seq);
    case 'call':
      return operatorCall(command);
    default:
      return version === 'ocpp1.6' ? begin16(command) : begin2(command, row.seq);
  }
}

type PlainCommand = Exclude<
  StationCommand,
  {
    kind:
      | 'set-charging-profile'
      | 'clear-charging-profile'
      | 'get-composite-schedule'
      | 'get-charging-profiles'
      | 'call';
  }
>;

function begin16(command: PlainCommand): Step | CommandOutcome {
  switch (command.kind) {
    case 'remote-start':
      return remoteStart16(command);
    case 'remote-stop':
      return remoteStop16(command);
    case 'trigger-message':
      return triggerMessage16(command);
    case 'read-variables':
      return readVariables16();
    case 'configure-sampling':
      return configureSampling16(command.intervalSec);
  }
}

function begin2(command: PlainCommand, seq: number): Step | CommandOutcome {
  switch (command.kind) {
    case 'remote-start':
      return remoteStart2(command, seq);
    case 'remote-stop':
      return remoteStop2(command);
    case 'trigger-message':
      return triggerMessage2(command);
    case 'read-variables':
      return readVariables2(seq);
    case 'configure-sampling':
      return configureSampling2(command.intervalSec);
  }
}

/** K09 GetChargingProfiles without criteria: all that it holds, on every EVSE and on 0. */
function reportProfiles(version: OcppVersion, seq: number): Step | CommandOutcome {
  if (version === 'ocpp1.6') return { status: 'not-supported', detail: 'unknown to 1.6' };
  const call = {
    action: 'GetChargingProfiles',
    payload: { requestId: requestNumber(seq), chargingProfile: {} },
  };
  return singleCall<StatusAnswer>(call, (answer) =>
    answer.status === 'NoProfiles' ? { status: 'accepted', matched: false } : statusOutcome(answer),
  );
}

/** `Unknown` says that nothing matched: what was to be cleared is not there. */
function clearOutcome(answer: StatusAnswer): CommandOutcome {
  if (answer.status === 'Accepted') return { status: 'accepted', matched: true };
  if (answer.status === 'Unknown') return { status: 'accepted', matched: false };
  return statusOutcome(answer);
}

function readComposite(
  command: Extract<StationCommand, { kind: 'get-composite-schedule' }>,
  version: OcppVersion,
  nowMs: () => number,
): Step {
  const { evseNumber, durationSec } = command;
  return singleCall<CompositeAnswer>(compositeCall(version, command), (answer) => {
    if (answer.status !== 'Accepted') return statusOutcome(answer);
    if ((answer.chargingSchedule ?? answer.schedule) === undefined) return { status: 'accepted' };
    const context = { evseNumber, durationSec, answeredAtMs: nowMs() };
    const schedule = readCompositeAnswer(version, answer, context);
    if (!('broken' in schedule)) return { status: 'accepted', schedule };
    return {
      status: 'error',
      detail: cutText(`schedule not readable: ${schedule.broken}`, 200),
      ...(schedule.isUnlimited && { isUnlimited: true as const }),
    };
  });
}

interface CompositeAnswer extends StatusAnswer {
  readonly chargingSchedule?: unknown;
  readonly schedule?: unknown;
}

/** A payload that would break the standard is never written. */
function profileStep(
  call: Call | { readonly broken: string },
  read: (answer: StatusAnswer) => CommandOutcome,
): Step | CommandOutcome {
  if ('broken' in call) return { status: 'not-sent', detail: call.broken };
  return singleCall(call, read);
}
