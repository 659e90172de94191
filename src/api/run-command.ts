/** From a checked command to the answer of its caller. Every way for a person to ask a station. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { maskSecrets } from '../ocpp/mask-secrets.js';
import type { OcppVersion, StationCommand } from '../ocpp/messages.js';
import type { StationState } from '../control/state.js';
import type { Site } from '../sites/site.js';
import { principal } from './auth/authenticate.js';
import type { ApiContext } from './context.js';
import { siteOfStation } from './lookup.js';
import type { CommandReport, CommandTicket } from './ports.js';
import { Problem, type ProblemKind } from './problem.js';
import { actionOf, payloadOf } from './render/command.js';
import { defined } from './render/defined.js';
import { startRefusal } from './start-refusal.js';
import { write } from './write.js';

/** A caller's patience, real time; then it is told where to look. */
const WAIT_MAX_MS = 60_000;
/** For the row itself; a site without an engine must not hang its callers. */
const STORED_MAX_MS = 15_000;

/** What every route that asks a station can answer besides its own. */
export const COMMAND_PROBLEMS = [
  'unauthenticated',
  'forbidden',
  'malformed-json',
  'not-found',
  'invalid',
  'payload-invalid',
  'station-offline',
  'command-refused',
  'station-call-error',
  'station-timeout',
] as const satisfies readonly ProblemKind[];

export interface StationTarget {
  readonly site: Site;
  readonly state: StationState;
  /** As of its last connection. */
  readonly version: OcppVersion;
}

/** The station of the path, as far as it can be spoken to. */
export function targetOf(api: ApiContext, request: FastifyRequest): StationTarget {
  const { stationId } = request.params as { readonly stationId: string };
  return stationTarget(api, request, stationId);
}

export function stationTarget(
  api: ApiContext,
  request: FastifyRequest,
  stationId: string,
): StationTarget {
  const site = siteOfStation(api, principal(request), stationId);
  const state = api.engine.stations(site.id).find((each) => each.id === stationId);
  if (state?.version === undefined) {
    throw new Problem('station-offline', { detail: `${stationId} has never been connected` });
  }
  return { site, state, version: state.version };
}

/** A `call` that follows the schema of the station's version; errors point into `under`. */
export function checkedCall(
  api: ApiContext,
  version: OcppVersion,
  call: { readonly action: string; readonly payload: object },
): StationCommand {
  if (!api.requests.actions(version).includes(call.action)) {
    const detail = `${version} has no request of this name that a CPMS may send`;
    const errors = [{ pointer: '/action', detail }];
    throw new Problem('payload-invalid', { detail: `/action: ${detail}`, errors });
  }
  const found = api.requests.errors(version, call.action, call.payload);
  const [first] = found;
  if (first === undefined) return { kind: 'call', ...call };
  const errors = found.map(({ pointer, detail }) => ({ pointer: `/payload${pointer}`, detail }));
  const detail = `/payload${first.pointer}: ${first.detail}`;
  throw new Problem('payload-invalid', { detail, errors });
}

/** Asks the station and answers the caller: its verdict, or where it can be read later. */
export async function runCommand(
  api: ApiContext,
  http: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  { target, command }: { readonly target: StationTarget; readonly command: StationCommand },
): Promise<FastifyReply> {
  const { request, reply } = http;
  const { state } = target;
  const action = actionOf(command);
  const query = request.query as { readonly dryRun?: boolean };
  const refusal = await startRefusal(api, target, command);
  if (query.dryRun === true) return reply.send(dryRun(api, { target, command, refusal }));
  if (refusal !== undefined) throw new Problem('command-refused', { detail: refusal });
  const { commandId, report } = await reportOf(api, request, { target, command });
  // What is wanted of a managed list is brought back.
  if (action === 'SendLocalList') api.upkeep.listChanged(state.id);
  if (report !== undefined) return reply.send({ ...answerOf(report, state.id), action, commandId });
  const url = `/v1/charging-stations/${encodeURIComponent(state.id)}/commands/${commandId}`;
  return reply
    .status(202)
    .header('location', url)
    .send({ status: 'pending', action, commandId, url });
}

/** The same without the answer; undefined while it has not ended. */
export async function reportOf(
  api: ApiContext,
  request: FastifyRequest,
  work: { readonly target: StationTarget; readonly command: StationCommand },
): Promise<{ readonly commandId: string; readonly report: CommandReport | undefined }> {
  const { commandId, report } = await stored(api, request, work);
  return { commandId, report: await within(patienceMs(request), report) };
}

function dryRun(
  api: ApiContext,
  asked: {
    readonly target: StationTarget;
    readonly command: StationCommand;
    readonly refusal: string | undefined;
  },
): object {
  const { target, command, refusal } = asked;
  const { site, state } = target;
  const verdict =
    refusal === undefined
      ? api.engine.judge(site.id, { stationId: state.id, command })
      : ({ status: 'refused', detail: refusal } as const);
  return defined({
    status: 'dry-run',
    action: actionOf(command),
    allowed: verdict.status === 'allowed',
    detail: 'detail' in verdict ? verdict.detail : undefined,
    consequence: 'consequence' in verdict ? verdict.consequence : undefined,
  });
}

/** The audit row, then the command's own. */
async function stored(
  api: ApiContext,
  request: FastifyRequest,
  { target, command }: { readonly target: StationTarget; readonly command: StationCommand },
): Promise<CommandTicket> {
  const caller = principal(request);
  const { site, state } = target;
  let ticket: CommandTicket | undefined;
  const change = {
    tenantId: caller.tenantId,
    siteId: site.id,
    actor: caller.actor,
    action: 'station.command-asked',
    target: `station:${state.id}`,
    after: maskSecrets({ action: actionOf(command), payload: payloadOf(command) }),
  };
  await write(api, change, async () => {
    const ask = { stationId: state.id, command, actor: caller.actor };
    ticket = await within(STORED_MAX_MS, api.engine.order(site.id, ask)).catch(neverKnown);
  });
  return ticket ?? neverKnown();
}

/**
 * The event may be committed although its commit was not confirmed, and then the command leaves: a retry
 * under the same key must not ask again, as of any command that may have reached its station.
 */
function neverKnown(cause?: unknown): never {
  const detail = 'it may be stored and leave yet: see the list of commands';
  throw new Problem('station-timeout', { detail, cause });
}

/** The body of a 200; everything else is a problem. */
export function answerOf(report: CommandReport, stationId: string): object {
  switch (report.status) {
    case 'accepted':
    case 'refused-by-station':
      return report;
    case 'offline':
      throw new Problem('station-offline', { detail: report.detail });
    case 'refused-by-engine':
      throw new Problem('command-refused', { detail: report.detail });
    case 'call-error':
    case 'not-supported':
      throw new Problem('station-call-error', { detail: report.detail });
    case 'timeout':
      throw new Problem('station-timeout', { detail: `${stationId} did not answer in time` });
    case 'closed':
      throw new Problem('station-timeout', {
        detail: `the connection of ${stationId} ended before it answered`,
      });
  }
}

/** RFC 7240. */
function patienceMs(request: FastifyRequest): number {
  const prefer = String(request.headers['prefer'] ?? '').toLowerCase();
  if (/(?:^|[,;\s])respond-async(?:$|[,;\s])/.test(prefer) && !prefer.includes('wait=')) return 0;
  const seconds = /(?:^|[,;\s])wait=(\d{1,4})/.exec(prefer)?.[1];
  return seconds === undefined ? WAIT_MAX_MS : Math.min(Number(seconds) * 1000, WAIT_MAX_MS);
}

/** Undefined when it takes longer. */
async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
