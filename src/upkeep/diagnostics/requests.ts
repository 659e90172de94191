/** Logs of stations, uploaded to us over HTTP: N01; 1.6 §5.8 and its security extension. */
import type { StationRecord } from '../../ocpp/messages.js';
import { fileNameOf, getLog } from '../../ocpp/requests/log.js';
import { fieldOf, type Request, textOf } from '../../ocpp/requests/request.js';
import { present } from '../../store/present.js';
import type { LogChange } from '../../store/upkeep/ports.js';
import type { StationAt, UpkeepDeps } from '../ports.js';
import { type CallEnd, callStation, onlineVersion } from '../station-call.js';
import { updateMeant } from '../firmware/progress.js';
import { createLink } from '../transfer/links.js';
import type { LogRequest, LogStatus } from './log-request.js';

/** A station may upload this long after it was asked: retries over a slow link included. */
const UPLOAD_LINK_MS = 6 * 3_600_000;

export interface LogAsk {
  readonly logType: LogRequest['logType'];
  readonly oldestAtMs?: number;
  readonly latestAtMs?: number;
  readonly retries?: number;
  readonly retryIntervalSec?: number;
  readonly actor: string;
}

/** Stores it, asks the station, stores the answer. */
export async function askForLog(
  deps: UpkeepDeps,
  station: StationAt,
  ask: LogAsk,
): Promise<LogRequest> {
  const { site, stationId } = station;
  const { logRequests } = deps.store.upkeep;
  const { tenantId } = site;
  const { logType, oldestAtMs, latestAtMs, actor } = ask;
  const row = await logRequests.create({
    tenantId,
    siteId: site.id,
    stationId,
    logType,
    ...present({ oldestAtMs, latestAtMs }),
    status: 'asked',
    actor,
  });
  const location = await createLink(deps, {
    kind: 'upload',
    stationId,
    tenantId,
    target: String(row.id),
    expiresAtMs: deps.realNowMs() + UPLOAD_LINK_MS,
  });
  const request = getLog(onlineVersion(station) ?? 'ocpp1.6', { ...row, ...tries(ask), location });
  const end = await callStation(deps, station, request, ask.actor);
  const change = afterAsking(request, end, deps.clock.nowMs());
  const now = await logRequests.find(tenantId, row.id);
  if (now !== undefined && now.status !== 'asked') {
    // A quick station has reported or even uploaded before it answered.
    const { status: _status, endedAtMs: _endedAtMs, ...more } = change;
    return (await logRequests.change(row.id, more)) ?? now;
  }
  return (await logRequests.change(row.id, change)) ?? row;
}

function tries({
  retries,
  retryIntervalSec,
}: LogAsk): Pick<LogAsk, 'retries' | 'retryIntervalSec'> {
  return {
    ...(retries !== undefined && { retries }),
    ...(retryIntervalSec !== undefined && { retryIntervalSec }),
  };
}

function afterAsking(request: Request, end: CallEnd, nowMs: number): LogChange {
  const updatedAtMs = nowMs;
  if (end.status === 'accepted') {
    const fileName = fileNameOf(request, end.response);
    if (fileName !== undefined) return { status: 'accepted', fileName, updatedAtMs };
    // Only 1.6 GetDiagnostics says by silence that there is nothing (§5.8).
    if (request.action !== 'GetDiagnostics') return { status: 'accepted', updatedAtMs };
    return { status: 'nothing-to-upload', updatedAtMs, endedAtMs: nowMs };
  }
  const { detail } = end;
  if (end.status === 'unknown') return { status: 'unknown', detail, updatedAtMs };
  return { status: 'refused', detail, updatedAtMs, endedAtMs: nowMs };
}

/** What a station says of an upload, in all versions. */
const REPORTS: Readonly<Record<string, LogStatus>> = {
  Uploading: 'uploading',
  Uploaded: 'uploaded',
  UploadFailed: 'upload-failed',
  UploadFailure: 'upload-failed',
  BadMessage: 'upload-failed',
  NotSupportedOperation: 'upload-failed',
  PermissionDenied: 'upload-failed',
  AcceptedCanceled: 'superseded',
};

/** DiagnosticsStatusNotification and LogStatusNotification. */
export async function takeLogStatus(deps: UpkeepDeps, record: StationRecord): Promise<void> {
  const { logRequests } = deps.store.upkeep;
  const wireStatus = textOf(record.data, 'status') ?? '';
  const reported = REPORTS[wireStatus];
  if (reported === undefined) return;
  const meant = updateMeant(await logRequests.open(record.stationId), record.requestId);
  if (meant === undefined) return;
  const { receivedAtMs } = record;
  // Uploaded says that it went out; the request ends when the file is here.
  if (reported === 'uploaded' || reported === 'uploading') {
    const detail =
      reported === 'uploaded' ? { detail: 'the station says that it has sent it' } : {};
    const change = { status: 'uploading', updatedAtMs: receivedAtMs, ...detail } as const;
    return void (await logRequests.change(meant.id, change));
  }
  const reason = textOf(fieldOf(record.data, 'statusInfo'), 'additionalInfo');
  const detail = reason === undefined ? wireStatus : `${wireStatus}: ${reason}`;
  await logRequests.change(meant.id, {
    status: reported,
    detail,
    updatedAtMs: receivedAtMs,
    endedAtMs: receivedAtMs,
  });
}

/** Files and rows older than retention, and addresses that have expired. */
export async function pruneLogs(deps: UpkeepDeps): Promise<void> {
  const { logRequests, transferLinks } = deps.store.upkeep;
  const keptMs = deps.settings.fileRetentionDays * 24 * 3_600_000;
  for (const fileKey of await logRequests.removeBefore(deps.clock.nowMs() - keptMs)) {
    await deps.files.remove(fileKey);
  }
  await transferLinks.removeBefore(deps.realNowMs());
}
