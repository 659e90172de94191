/** Changes settings of a station: one answer for each. */
import { stationId as toStationId } from '../../../solver/index.js';
import {
  type ChangeCall,
  changeCalls,
  type ChangeStatus,
  changeStatus,
  type MessageLimits,
  type VariableChange,
} from '../../ocpp/variable-changes.js';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { invalid } from '../problem.js';
import { defined } from '../render/defined.js';
import { problems } from '../route-schema.js';
import {
  answerOf,
  checkedCall,
  COMMAND_PROBLEMS,
  reportOf,
  type StationTarget,
  targetOf,
} from '../run-command.js';
import { StationParams } from '../schema/station.js';
import { VariableChanges, VariableResults } from '../schema/variable.js';
import type { FastifyRequest } from 'fastify';
import type { Static } from 'typebox';

/** Of a station that has not said how much one message may hold. */
const LIMITS_UNKNOWN: MessageLimits = { itemsMax: 1, bytesMax: 8192 };

interface Result {
  readonly status: ChangeStatus;
  readonly detail?: string;
  readonly commandId?: string;
}

export function setVariables(app: App, api: ApiContext): void {
  app.patch(
    '/v1/charging-stations/:stationId/variables',
    {
      config: { access: 'write' },
      schema: {
        summary: 'Change settings of a station; each is answered for itself',
        description:
          'In messages as large as the station takes, one after the other. A setting that limits ' +
          'may depend on has the station read back before it is trusted again.',
        tags: ['charging stations'],
        params: StationParams,
        body: VariableChanges,
        response: { 200: VariableResults, ...problems(...COMMAND_PROBLEMS) },
      },
    },
    async (request) => {
      const target = targetOf(api, request);
      const changes = request.body.items.map((item, index) => changeOf(target, item, index));
      const limits = await limitsOf(api, request, target);
      const calls = changeCalls(target.version, changes, limits);
      for (const call of calls) checkChange(api, target, call);
      const results = await runAll(api, request, { target, calls, changes });
      const items = changes.map(({ component, variable }, index) => ({
        ...(component === '' ? {} : { component }),
        variable,
        ...(results[index] ?? { status: 'failed' as const }),
      }));
      return { items };
    },
  );
}

type Item = Static<typeof VariableChanges>['items'][number];

function changeOf({ version }: StationTarget, item: Item, index: number): VariableChange {
  const at = `/items/${index}`;
  const { component, attribute = 'Actual', ...rest } = item;
  if (version !== 'ocpp1.6') {
    if (component === undefined) throw invalid(`${at}/component`, `is missing; ${version} has one`);
    return { component, attribute, ...rest };
  }
  const foreign = Object.keys(item).find((name) => name !== 'variable' && name !== 'value');
  if (foreign !== undefined) throw invalid(`${at}/${foreign}`, 'ocpp1.6 knows a key and a value');
  return { component: '', attribute, ...rest };
}

/** Its errors point into the items of the caller. */
function checkChange(api: ApiContext, { version }: StationTarget, call: ChangeCall): void {
  const [error] = api.requests.errors(version, call.action, call.payload);
  if (error === undefined) return;
  const inMessage = Number(/^\/setVariableData\/(\d+)/.exec(error.pointer)?.[1] ?? 0);
  const field = /value$/i.test(error.pointer) ? 'value' : 'variable';
  throw invalid(`/items/${call.indices[inMessage] ?? 0}/${field}`, error.detail);
}

/** Sends no more once one message has failed: the rest was not asked. */
async function runAll(
  api: ApiContext,
  request: FastifyRequest,
  work: {
    readonly target: StationTarget;
    readonly calls: readonly ChangeCall[];
    readonly changes: readonly VariableChange[];
  },
): Promise<readonly Result[]> {
  const { target, calls, changes } = work;
  const results: Result[] = changes.map(() => ({ status: 'failed', detail: 'not asked' }));
  for (const [turn, call] of calls.entries()) {
    const { action, payload } = call;
    const command = checkedCall(api, target.version, { action, payload });
    const { commandId, report } = await reportOf(api, request, { target, command });
    // The first failure of all is the answer; a later one leaves what was done before it.
    if (turn === 0 && report !== undefined) answerOf(report, target.state.id);
    const isAnswer = report !== undefined && 'response' in report;
    for (const index of call.indices) {
      const change = changes[index];
      if (change === undefined) continue;
      results[index] = isAnswer
        ? { status: changeStatus(report.response, change), commandId }
        : defined({ status: 'failed' as const, detail: failureOf(report), commandId });
    }
    if (!isAnswer) break;
  }
  return results;
}

function failureOf(report: Awaited<ReturnType<typeof reportOf>>['report']): string {
  if (report === undefined) return 'not answered yet: see the command';
  return 'detail' in report ? report.detail : report.status;
}

/** B05.FR.11, B05.FR.12: what the station's device model says of SetVariables. */
async function limitsOf(
  api: ApiContext,
  request: FastifyRequest,
  { state }: StationTarget,
): Promise<MessageLimits> {
  const { tenantId } = principal(request);
  const query = { tenantId, stationId: toStationId(state.id), component: 'DeviceDataCtrlr' };
  const { items } = await api.store.deviceVariables.list({ ...query, limit: 500 });
  const limitOf = (variable: string): number | undefined => {
    const found = items.find(
      (it) => it.variable === variable && it.variableInstance === 'SetVariables',
    );
    const limit = Number(found?.value);
    return Number.isInteger(limit) && limit > 0 ? limit : undefined;
  };
  return {
    itemsMax: limitOf('ItemsPerMessage') ?? LIMITS_UNKNOWN.itemsMax,
    bytesMax: limitOf('BytesPerMessage') ?? LIMITS_UNKNOWN.bytesMax,
  };
}
