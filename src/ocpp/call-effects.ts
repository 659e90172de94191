/**
 * What a request does to what we believe of a station (SAFETY R0, R10). What is not listed here as
 * harmless is taken for the worst: a new action of the standard is no reason to trust more.
 */
import type { StationCommand } from './messages.js';

/**
 * - `none` it changes nothing that limits depend on
 * - `disturbs` afterwards nothing that was read back before counts
 * - `reboots` the same, and the next end of its connection is taken for a boot
 * - `owned` the engine alone may do it
 */
export type CallEffect =
  | { readonly kind: 'none' | 'disturbs' | 'reboots' }
  | { readonly kind: 'owned'; readonly detail: string };

const NONE: CallEffect = { kind: 'none' };
const DISTURBS: CallEffect = { kind: 'disturbs' };
const REBOOTS: CallEffect = { kind: 'reboots' };

const HARMLESS = new Set([
  'AdjustPeriodicEventStream',
  'CancelReservation',
  'CertificateSigned',
  'ChangeAvailability',
  'ChangeTransactionTariff',
  'ClearCache',
  'ClearDisplayMessage',
  'ClearTariffs',
  'ClearVariableMonitoring',
  'CostUpdated',
  'CustomerInformation',
  'DeleteCertificate',
  'ExtendedTriggerMessage',
  'GetBaseReport',
  'GetChargingProfiles',
  'GetCompositeSchedule',
  'GetConfiguration',
  'GetDERControl',
  'GetDiagnostics',
  'GetDisplayMessages',
  'GetInstalledCertificateIds',
  'GetLocalListVersion',
  'GetLog',
  'GetMonitoringReport',
  'GetPeriodicEventStream',
  'GetReport',
  'GetTariffs',
  'GetTransactionStatus',
  'GetVariables',
  'InstallCertificate',
  'NotifyWebPaymentStarted',
  'RemoteStopTransaction',
  'RequestStopTransaction',
  'ReserveNow',
  'SendLocalList',
  'SetDefaultTariff',
  'SetDisplayMessage',
  'SetMonitoringBase',
  'SetMonitoringLevel',
  'SetVariableMonitoring',
  'UnlockConnector',
  'UnpublishFirmware',
]);

const REBOOTING = new Set(['Reset', 'SetNetworkProfile', 'SignedUpdateFirmware', 'UpdateFirmware']);

/** These decide how much a station draws. */
const OWNED = new Set([
  'AFRRSignal',
  'ClearChargingProfile',
  'SetChargingProfile',
  'UpdateDynamicSchedule',
  'UsePriorityCharging',
]);

/** 1.6 keys, in lower case, that no limit depends on. Intervals of samples are not among them (R9). */
const HARMLESS_KEYS = new Set([
  'additionalrootcertificatecheck',
  'allowofflinetxforunknownid',
  'authorizationcacheenabled',
  'authorizationkey',
  'authorizeremotetxrequests',
  'blinkrepeat',
  'certificatesignedmaxchainsize',
  'certificatestoremaxlength',
  'connectiontimeout',
  'cponame',
  'heartbeatinterval',
  'lightintensity',
  'localauthlistenabled',
  'localauthorizeoffline',
  'localpreauthorize',
  'maxenergyoninvalidid',
  'minimumstatusduration',
  'resetretries',
  'securityprofile',
  'stoptransactiononevsidedisconnect',
  'stoptransactiononinvalidid',
  'transactionmessageattempts',
  'transactionmessageretryinterval',
  'unlockconnectoronevsidedisconnect',
  'websocketpinginterval',
]);

/** 2.x components, in lower case, that no limit depends on. The clock is not among them (R6). */
const HARMLESS_COMPONENTS = new Set([
  'authcachectrlr',
  'authctrlr',
  'displaymessagectrlr',
  'localauthlistctrlr',
  'monitoringctrlr',
  'ocppcommctrlr',
  'reservationctrlr',
  'securityctrlr',
  'tariffcostctrlr',
]);

/** R12 counts a limit in W as a current at full power factor, and no read-back shows another one. */
const REACTIVE =
  'SetDERControl: reactive power adds current that no composite schedule shows, and the guaranteed ceiling does not count it';

/** Components and variables of 2.x, in lower case, that say which CPMS a station connects to. */
const NETWORK_NAMES = new Set([
  'activenetworkprofile',
  'networkconfiguration',
  'networkconfigurationpriority',
]);

export function callEffect(command: StationCommand): CallEffect {
  switch (command.kind) {
    case 'call':
      return effectOf(command.action, command.payload);
    case 'set-charging-profile':
    case 'clear-charging-profile':
      return owned('charging profiles');
    case 'configure-sampling':
      return DISTURBS;
    default:
      return NONE;
  }
}

function effectOf(action: string, payload: object): CallEffect {
  if (action === 'SetDERControl') return { kind: 'owned', detail: REACTIVE };
  if (OWNED.has(action)) return owned(action);
  if (REBOOTING.has(action)) return REBOOTS;
  if (HARMLESS.has(action)) return NONE;
  switch (action) {
    case 'RemoteStartTransaction':
    case 'RequestStartTransaction':
      return 'chargingProfile' in payload ? owned('a chargingProfile in a start') : NONE;
    case 'TriggerMessage':
      return fieldOf(payload, 'requestedMessage') === 'CustomTrigger' ? DISTURBS : NONE;
    case 'ChangeConfiguration':
      return isIn(HARMLESS_KEYS, fieldOf(payload, 'key')) ? NONE : DISTURBS;
    case 'SetVariables':
      if (setsNetwork(payload)) return REBOOTS;
      return setsHarmless(payload) ? NONE : DISTURBS;
    default:
      return DISTURBS;
  }
}

/** B12: the EVSE that a command resets alone; its station neither boots nor says when it has. */
export function resetEvse(
  command: StationCommand,
): { readonly evseNumber: number; readonly when: 'now' | 'on-idle' } | undefined {
  if (command.kind !== 'call' || command.action !== 'Reset') return undefined;
  const evseNumber = fieldOf(command.payload, 'evseId');
  if (typeof evseNumber !== 'number' || evseNumber <= 0) return undefined;
  return { evseNumber, when: fieldOf(command.payload, 'type') === 'OnIdle' ? 'on-idle' : 'now' };
}

function owned(what: string): CallEffect {
  const detail = `${what}: how much a station may draw is decided by the engine alone; change a limit, a claim or a signal instead`;
  return { kind: 'owned', detail };
}

function setsHarmless(payload: object): boolean {
  const items = fieldOf(payload, 'setVariableData');
  if (!Array.isArray(items)) return false;
  return items.every((item: { component?: { name?: unknown } }) =>
    isIn(HARMLESS_COMPONENTS, item.component?.name),
  );
}

/** From its next boot on the station may listen to another CPMS: what it holds then is not ours. */
function setsNetwork(payload: object): boolean {
  const items = fieldOf(payload, 'setVariableData');
  if (!Array.isArray(items)) return false;
  return items.some(
    (item: { component?: { name?: unknown }; variable?: { name?: unknown } }) =>
      isIn(NETWORK_NAMES, item.component?.name) || isIn(NETWORK_NAMES, item.variable?.name),
  );
}

function isIn(names: ReadonlySet<string>, name: unknown): boolean {
  return typeof name === 'string' && names.has(name.toLowerCase());
}

function fieldOf(payload: object, name: string): unknown {
  return (payload as Readonly<Record<string, unknown>>)[name];
}
