/** Any request of the standard, for any station; and what became of it. */
import { stationId as toStationId } from '../../../solver/index.js';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import { allows, type Principal } from '../auth/principal.js';
import type { ApiContext } from '../context.js';
import { siteOfStation } from '../lookup.js';
import { Problem } from '../problem.js';
import { renderCommand } from '../render/command.js';
import { defined } from '../render/defined.js';
import { problems, READ_ONE } from '../route-schema.js';
import { checkedCall, COMMAND_PROBLEMS, runCommand, targetOf } from '../run-command.js';
import {
  CommandAnswer,
  CommandCreate,
  CommandHeaders,
  CommandPage,
  CommandParams,
  CommandPending,
  CommandQuery,
  CommandSchema,
} from '../schema/command.js';
import { PAGE_LIMIT_DEFAULT, PageQuery } from '../schema/common.js';
import { StationParams } from '../schema/station.js';
import { Type } from 'typebox';

const PATH = '/v1/charging-stations/:stationId/commands';
/** What has a route of its own that needs more than a command does is not to be had here for less. */
const NEEDED: Readonly<Record<string, 'write' | 'admin'>> = {
  UpdateFirmware: 'admin',
  SignedUpdateFirmware: 'admin',
  PublishFirmware: 'admin',
  UnpublishFirmware: 'admin',
  InstallCertificate: 'admin',
  DeleteCertificate: 'admin',
  CertificateSigned: 'admin',
  SetNetworkProfile: 'admin',
  GetDiagnostics: 'write',
  GetLog: 'write',
  SendLocalList: 'write',
};

export function commands(app: App, api: ApiContext): void {
  app.post(
    PATH,
    {
      config: { access: 'write' },
      schema: {
        summary: 'Send any request of the standard to a station and answer what it said',
        description:
          'Behind everything urgent, one at a time for a station. Charging profiles are decided by ' +
          'the engine alone. Requests that reset or configure a station may go out, and then count ' +
          'as the worst case until the station was read back. Firmware, certificates and network ' +
          'profiles need the scope admin; logs and local lists need write.',
        tags: ['commands'],
        params: StationParams,
        querystring: CommandQuery,
        headers: CommandHeaders,
        body: CommandCreate,
        response: { 200: CommandAnswer, 202: CommandPending, ...problems(...COMMAND_PROBLEMS) },
      },
    },
    async (request, reply) => {
      refuseUnlessAllowed(principal(request), request.body.action);
      const target = targetOf(api, request);
      const command = checkedCall(api, target.version, request.body);
      return runCommand(api, { request, reply }, { target, command });
    },
  );
  history(app, api);
}

function refuseUnlessAllowed(caller: Principal, action: string): void {
  const needed = Object.hasOwn(NEEDED, action) ? NEEDED[action] : undefined;
  if (needed === undefined || allows(caller, needed)) return;
  throw new Problem('forbidden', { detail: `${action} needs the scope ${needed}` });
}

function history(app: App, api: ApiContext): void {
  app.get(
    PATH,
    {
      config: { access: 'read' },
      schema: {
        summary: 'What was asked of a station, newest first',
        tags: ['commands'],
        params: StationParams,
        querystring: Type.Object(PageQuery, { additionalProperties: false }),
        response: { 200: CommandPage, ...problems(...READ_ONE) },
      },
    },
    async (request) => {
      const caller = principal(request);
      const { stationId } = request.params;
      siteOfStation(api, caller, stationId);
      const { limit = PAGE_LIMIT_DEFAULT, after } = request.query;
      const asked = { tenantId: caller.tenantId, stationId: toStationId(stationId), limit };
      const page = await api.store.commands.list(defined({ ...asked, after }));
      return defined({ items: page.items.map(renderCommand), next: page.next });
    },
  );

  app.get(
    `${PATH}/:commandId`,
    {
      config: { access: 'read' },
      schema: {
        summary: 'One command and how it ended',
        tags: ['commands'],
        params: CommandParams,
        response: { 200: CommandSchema, ...problems(...READ_ONE) },
      },
    },
    async (request) => {
      const { tenantId } = principal(request);
      const { stationId, commandId } = request.params;
      siteOfStation(api, principal(request), stationId);
      const asked = { tenantId, stationId: toStationId(stationId), commandId };
      const found = await api.store.commands.find(asked);
      if (found === undefined)
        throw new Problem('not-found', { detail: `no command ${commandId}` });
      return renderCommand(found);
    },
  );
}
