/** The inbox of faults: what is wrong, by which evidence, and who looks after it. */
import { siteId as asSiteId, stationId as asStationId } from '../../../../solver/index.js';
import { orUnavailable } from '../../api-errors.js';
import type { App } from '../../app.js';
import { principal } from '../../auth/authenticate.js';
import type { ApiContext } from '../../context.js';
import { Problem } from '../../problem.js';
import { defined } from '../../render/defined.js';
import { renderFault } from '../../render/fault.js';
import { instant } from '../../render/instant.js';
import { problems, READ, READ_ONE, WRITE_ONE } from '../../route-schema.js';
import { PAGE_LIMIT_DEFAULT } from '../../schema/common.js';
import {
  FaultGroups,
  FaultPage,
  FaultParams,
  FaultPatch,
  FaultQuery,
  FaultSchema,
} from '../../schema/fault.js';

export function faults(app: App, api: ApiContext): void {
  app.get(
    '/v1/faults',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Faults, newest first',
        tags: ['operations'],
        querystring: FaultQuery,
        response: { 200: FaultPage, ...problems(...READ) },
      },
    },
    async (request) => {
      const { tenantId } = principal(request);
      const { siteId, stationId, kind, state, limit = PAGE_LIMIT_DEFAULT, after } = request.query;
      const page = await api.store.operations.faults.list(
        defined({
          tenantId,
          siteId: siteId === undefined ? undefined : asSiteId(siteId),
          stationId: stationId === undefined ? undefined : asStationId(stationId),
          kinds: kind === undefined ? undefined : [kind],
          states: state === undefined ? undefined : [state],
          limit,
          after,
        }),
      );
      return defined({ items: page.items.map(renderFault), next: page.next });
    },
  );

  app.get(
    '/v1/fault-causes',
    {
      config: { access: 'read' },
      schema: {
        summary: 'What is not solved, grouped by its cause, the worst first',
        tags: ['operations'],
        response: { 200: FaultGroups, ...problems(...READ) },
      },
    },
    async (request) => {
      const groups = await api.store.operations.faults.groups(principal(request).tenantId);
      const items = groups.map(({ firstSeenAtMs, lastSeenAtMs, ...rest }) => ({
        ...rest,
        firstSeenAt: instant(firstSeenAtMs),
        lastSeenAt: instant(lastSeenAtMs),
      }));
      return { items };
    },
  );
  one(app, api);
}

function one(app: App, api: ApiContext): void {
  app.get(
    '/v1/faults/:faultId',
    {
      config: { access: 'read' },
      schema: {
        summary: 'One fault with its evidence',
        tags: ['operations'],
        params: FaultParams,
        response: { 200: FaultSchema, ...problems(...READ_ONE) },
      },
    },
    async (request) => {
      const { faultId } = request.params;
      const { tenantId } = principal(request);
      const fault = await api.store.operations.faults.find(tenantId, faultId);
      if (fault === undefined) throw new Problem('not-found', { detail: `no fault ${faultId}` });
      return renderFault(fault);
    },
  );
  app.patch(
    '/v1/faults/:faultId',
    {
      config: { access: 'write' },
      schema: {
        summary: 'Acknowledge, solve or reopen a fault, with a note',
        description: 'What is still so is found again, and then is a new fault.',
        tags: ['operations'],
        params: FaultParams,
        body: FaultPatch,
        response: {
          200: FaultSchema,
          ...problems(...WRITE_ONE),
        },
      },
    },
    async (request) => {
      const { tenantId, actor } = principal(request);
      const { faultId: id } = request.params;
      const { faults: door } = api.store.operations;
      const { state, note } = request.body;
      const atMs = api.clock.nowMs();
      const ask = defined({ tenantId, id, state, note, actor, atMs });
      const changed = await orUnavailable(door.change(ask));
      if (changed !== undefined) return renderFault(changed);
      if ((await door.find(tenantId, id)) === undefined) {
        throw new Problem('not-found', { detail: `no fault ${id}` });
      }
      throw new Problem('conflict', {
        detail: 'the fault is solved; a new one is a row of its own',
      });
    },
  );
}
