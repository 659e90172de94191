/** Settings of a station: what is known of them, and asking the station again. */
import { randomInt } from 'node:crypto';
import { stationId as toStationId } from '../../../solver/index.js';
import type { StoredVariable } from '../../store/device-ports.js';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { siteOfStation } from '../lookup.js';
import { defined } from '../render/defined.js';
import { instant } from '../render/instant.js';
import { problems, READ_ONE } from '../route-schema.js';
import { checkedCall, COMMAND_PROBLEMS, runCommand, targetOf } from '../run-command.js';
import { CommandAnswer, CommandHeaders, CommandPending, CommandQuery } from '../schema/command.js';
import { PAGE_LIMIT_DEFAULT } from '../schema/common.js';
import { StationParams } from '../schema/station.js';
import { type VariableBody, VariablePage, VariableQuery } from '../schema/variable.js';

const PATH = '/v1/charging-stations/:stationId/variables';
/** Stations keep request numbers in 32 bits. */
const REQUEST_MAX = 2 ** 31 - 1;

export function variables(app: App, api: ApiContext): void {
  app.get(
    PATH,
    {
      config: { access: 'read' },
      schema: {
        summary: 'Configuration and device model of a station, as far as it has told',
        tags: ['charging stations'],
        params: StationParams,
        querystring: VariableQuery,
        response: { 200: VariablePage, ...problems(...READ_ONE) },
      },
    },
    async (request) => {
      const caller = principal(request);
      const { stationId } = request.params;
      siteOfStation(api, caller, stationId);
      const { limit = PAGE_LIMIT_DEFAULT, ...filter } = request.query;
      const asked = { tenantId: caller.tenantId, stationId: toStationId(stationId), limit };
      const page = await api.store.deviceVariables.list({ ...asked, ...filter });
      return defined({ items: page.items.map(render), next: page.next });
    },
  );

  app.post(
    `${PATH}/refresh`,
    {
      config: { access: 'write' },
      schema: {
        summary: 'Ask a station for all of its settings',
        description: 'From 2.0.1 on the station agrees first and reports afterwards.',
        tags: ['charging stations'],
        params: StationParams,
        querystring: CommandQuery,
        headers: CommandHeaders,
        response: { 200: CommandAnswer, 202: CommandPending, ...problems(...COMMAND_PROBLEMS) },
      },
    },
    async (request, reply) => {
      const target = targetOf(api, request);
      const { version } = target;
      const requestId = randomInt(1, REQUEST_MAX);
      const call =
        version === 'ocpp1.6'
          ? { action: 'GetConfiguration', payload: {} }
          : { action: 'GetBaseReport', payload: { requestId, reportBase: 'FullInventory' } };
      const command = checkedCall(api, version, call);
      return runCommand(api, { request, reply }, { target, command });
    },
  );
}

function render({ updatedAtMs, component, ...variable }: StoredVariable): VariableBody {
  return {
    ...(component === '' ? {} : { component }),
    ...variable,
    updatedAt: instant(updatedAtMs),
  };
}
