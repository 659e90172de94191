/** Firmware updates of stations: L01, L02; 1.6 §5.19 and its security extension. */
import type { StationRecord } from '../../ocpp/messages.js';
import { carriesInstallDate, updateFirmware } from '../../ocpp/requests/firmware.js';
import { textOf } from '../../ocpp/requests/request.js';
import type { FirmwareChange } from '../../store/upkeep/ports.js';
import type { StationAt, UpkeepDeps } from '../ports.js';
import { type CallEnd, callStation, onlineVersion } from '../station-call.js';
import { createLink } from '../transfer/links.js';
import { endsFirmware, type FirmwareUpdate } from './firmware.js';
import { reportedFirmware, updateMeant } from './progress.js';

/** A station may fetch the image this long after its retrieve date. */
const IMAGE_LINK_MS = 7 * 24 * 3_600_000;

export interface FirmwareAsk {
  /** One of both. */
  readonly location?: string;
  readonly imageName?: string;
  readonly retrieveAtMs: number;
  readonly installAtMs?: number;
  readonly signing?: { readonly certificatePem: string; readonly signature: string };
  readonly retries?: number;
  readonly retryIntervalSec?: number;
  readonly actor: string;
}

/** Stores it, asks the station, stores the answer. An older update that is open has been replaced. */
export async function startUpdate(
  deps: UpkeepDeps,
  station: StationAt,
  ask: FirmwareAsk,
): Promise<FirmwareUpdate> {
  const { site, stationId } = station;
  const { firmwareUpdates } = deps.store.upkeep;
  const version = onlineVersion(station) ?? 'ocpp1.6';
  const { signing, retries, retryIntervalSec, installAtMs, ...what } = ask;
  const older = await firmwareUpdates.open(stationId);
  const isSigned = signing !== undefined;
  const hasInstallDate = installAtMs !== undefined && carriesInstallDate(version, isSigned);
  const row = await firmwareUpdates.create({
    tenantId: site.tenantId,
    siteId: site.id,
    stationId,
    ...what,
    ...(hasInstallDate ? { installAtMs } : {}),
    isSigned,
    status: 'asked',
  });
  const location = await locationOf(deps, row);
  const request = updateFirmware(version, {
    ...row,
    location,
    ...(signing && { signing }),
    ...(retries !== undefined && { retries }),
    ...(retryIntervalSec !== undefined && { retryIntervalSec }),
  });
  const end = await callStation(deps, station, request, ask.actor);
  const nowMs = deps.clock.nowMs();
  if (end.status === 'accepted') {
    for (const { id } of older) {
      const change = { status: 'superseded', updatedAtMs: nowMs, endedAtMs: nowMs } as const;
      await firmwareUpdates.change(id, change);
    }
  }
  return moved(deps, row, afterAsking(end, nowMs));
}

/** The station may report progress before it answers: what it reported stays. */
async function moved(
  deps: UpkeepDeps,
  row: FirmwareUpdate,
  change: FirmwareChange,
): Promise<FirmwareUpdate> {
  const { firmwareUpdates } = deps.store.upkeep;
  const now = await firmwareUpdates.find(row.tenantId, row.id);
  if (now !== undefined && now.status !== 'asked') return now;
  return (await firmwareUpdates.change(row.id, change)) ?? row;
}

function afterAsking(end: CallEnd, nowMs: number): FirmwareChange {
  if (end.status === 'accepted') {
    const answer = textOf(end.response, 'status') ?? '';
    const replaced =
      answer === 'AcceptedCanceled' ? 'an update under way was cancelled' : undefined;
    return { status: 'accepted', updatedAtMs: nowMs, ...(replaced && { detail: replaced }) };
  }
  const { detail } = end;
  if (end.status === 'unknown') return { status: 'unknown', detail, updatedAtMs: nowMs };
  return { status: 'refused', detail, updatedAtMs: nowMs, endedAtMs: nowMs };
}

async function locationOf(deps: UpkeepDeps, row: FirmwareUpdate): Promise<string> {
  if (row.location !== undefined) return row.location;
  const { stationId, tenantId, imageName: target = '' } = row;
  const waitMs = Math.max(0, row.retrieveAtMs - deps.clock.nowMs());
  const expiresAtMs = deps.realNowMs() + waitMs + IMAGE_LINK_MS;
  return createLink(deps, { kind: 'download', stationId, tenantId, target, expiresAtMs });
}

/** FirmwareStatusNotification and SignedFirmwareStatusNotification. */
export async function takeFirmwareStatus(deps: UpkeepDeps, record: StationRecord): Promise<void> {
  const { firmwareUpdates } = deps.store.upkeep;
  const status = reportedFirmware(textOf(record.data, 'status'));
  if (status === undefined) return;
  const meant = updateMeant(await firmwareUpdates.open(record.stationId), record.requestId);
  if (meant === undefined) return;
  const { receivedAtMs } = record;
  await firmwareUpdates.change(meant.id, {
    status,
    updatedAtMs: receivedAtMs,
    ...(endsFirmware(status) ? { endedAtMs: receivedAtMs } : {}),
  });
}
