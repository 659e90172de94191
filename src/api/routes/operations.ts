/** Operations of a station: one route each, the same fields in every version of the protocol. */
import { Type } from 'typebox';
import type { App } from '../app.js';
import type { ApiContext } from '../context.js';
import { availability } from '../operations/availability.js';
import { clearCache } from '../operations/clear-cache.js';
import { customerInformation } from '../operations/customer-information.js';
import {
  clearDisplayMessage,
  readDisplayMessages,
  setDisplayMessage,
} from '../operations/display-messages.js';
import type { Operation } from '../operations/operation.js';
import { remoteStart } from '../operations/remote-start.js';
import { remoteStop } from '../operations/remote-stop.js';
import { reset } from '../operations/reset.js';
import { trigger } from '../operations/trigger.js';
import { unlock } from '../operations/unlock.js';
import { problems } from '../route-schema.js';
import { checkedCall, COMMAND_PROBLEMS, runCommand, targetOf } from '../run-command.js';
import { CommandAnswer, CommandHeaders, CommandPending, CommandQuery } from '../schema/command.js';
import { Id } from '../schema/common.js';

const OPERATIONS: readonly Operation[] = [
  availability,
  clearCache,
  clearDisplayMessage,
  customerInformation,
  readDisplayMessages,
  remoteStart,
  remoteStop,
  reset,
  setDisplayMessage,
  trigger,
  unlock,
];

export function operations(app: App, api: ApiContext): void {
  for (const operation of OPERATIONS) operationRoute(app, api, operation);
}

function operationRoute(app: App, api: ApiContext, operation: Operation): void {
  const { path, method = 'POST', summary, description, body, params = {} } = operation;
  app.route({
    method,
    url: `/v1/charging-stations/:stationId/${path}`,
    config: { access: 'write' },
    schema: {
      summary,
      ...(description === undefined ? {} : { description }),
      tags: ['commands'],
      params: Type.Object({ stationId: Id('The charging station.'), ...params }),
      querystring: CommandQuery,
      headers: CommandHeaders,
      ...(body === undefined ? {} : { body }),
      response: { 200: CommandAnswer, 202: CommandPending, ...problems(...COMMAND_PROBLEMS) },
    },
    handler: async (request, reply) => {
      const target = targetOf(api, request);
      const { site, state, version } = target;
      const evses = site.evses.filter((it) => it.stationId === state.id);
      const given = { ...(request.params as object), ...(request.body as object | undefined) };
      const built = operation.build({ version, evses, body: given });
      const command = 'command' in built ? built.command : checkedCall(api, version, built);
      return runCommand(api, { request, reply }, { target, command });
    },
  });
}
