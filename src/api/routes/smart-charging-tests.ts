/** Smart-charging tests of a station, and the capability cards that they write. */
import { Type } from 'typebox';
import { evseId as toEvseId, stationId as toStationId } from '../../../solver/index.js';
import type { TestAsk } from '../../control/smart-charging-test/ask.js';
import type { SmartChargingTest } from '../../control/smart-charging-test/test-record.js';
import type { Site } from '../../sites/site.js';
import { orUnavailable } from '../api-errors.js';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import { cardBody, kindsOf } from '../capability-cards.js';
import type { ApiContext } from '../context.js';
import { listPage } from '../list-page.js';
import { siteOfStation } from '../lookup.js';
import { invalid, Problem } from '../problem.js';
import { defined } from '../render/defined.js';
import { renderTest } from '../render/smart-charging-test.js';
import { problems } from '../route-schema.js';
import { PAGE_LIMIT_DEFAULT, PageQuery } from '../schema/common.js';
import {
  CardPage,
  TestCreate,
  TestPage,
  TestParams,
  TestSchema,
} from '../schema/smart-charging-test.js';
import { StationParams } from '../schema/station.js';
import { pageOf } from '../upkeep-station.js';
import { write } from '../write.js';

const PATH = '/v1/charging-stations/:stationId/smart-charging-tests';
/** The engine writes the row within a cycle; it is asked this often, and no longer. */
const ROW_EVERY_MS = 50;
const ROW_TRIES = 300;

export function smartChargingTests(app: App, api: ApiContext): void {
  start(app, api);
  stop(app, api);
  reads(app, api);
  cards(app, api);
}

function start(app: App, api: ApiContext): void {
  app.post(
    '/v1/charging-stations/:stationId/smart-charging-test',
    {
      config: { access: 'write' },
      schema: {
        summary: 'Test whether a station follows its limits',
        description:
          'Sets 6, 10, 16 and 0 A on a vehicle that charges, comes back from it, tries other forms of ' +
          'profile, clears, reads each step back and measures the draw. It runs through the engine: ' +
          'never outside the guaranteed ceiling, and with no more than the site can spare. link-loss, ' +
          'lease-expiry and power-cycle need a person: `instruction` says what to do next. A passed ' +
          'test restores the trust in a distrusted EVSE; passed offline tests give every station of ' +
          'that vendor, model and firmware credit while it is offline.',
        tags: ['smart-charging tests'],
        params: StationParams,
        body: TestCreate,
        response: {
          202: TestSchema,
          ...problems(
            'unauthenticated',
            'forbidden',
            'malformed-json',
            'not-found',
            'invalid',
            'station-offline',
            'command-refused',
            'unavailable',
          ),
        },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const stationId = toStationId(request.params.stationId);
      const site = siteOfStation(api, caller, stationId);
      const { parts = ['online'] } = request.body;
      const evseId = ownEvse(site, stationId, request.body.evseId);
      const ask: TestAsk = { stationId, parts, ...(evseId === undefined ? {} : { evseId }) };
      const verdict = api.engine.judgeTest(site.id, ask);
      if (verdict.status !== 'allowed') refuse(verdict);
      const { tenantId, actor } = caller;
      const number = await orUnavailable(api.store.smartChargingTests.nextNumber());
      const change = {
        tenantId,
        siteId: site.id,
        actor,
        action: 'station.smart-charging-test-asked',
        target: `station:${stationId}`,
        after: { number, ...ask },
      };
      await write(api, change, () =>
        api.engine.submit(site.id, { type: 'test.asked', number, actor, ...ask }),
      );
      const test = await awaited(api, { tenantId, stationId, number }, () => true);
      if (test.status === 'refused') refuse({ status: 'refused', detail: test.detail ?? '' });
      const base = `/v1/charging-stations/${encodeURIComponent(stationId)}/smart-charging-tests`;
      return reply.status(202).header('location', `${base}/${number}`).send(renderTest(test));
    },
  );
}

function ownEvse(site: Site, stationId: string, given: string | undefined) {
  if (given === undefined) return undefined;
  const isOwn = site.evses.some((it) => it.id === given && it.stationId === stationId);
  if (!isOwn) throw invalid('/evseId', `${stationId} has no EVSE ${given}`);
  return toEvseId(given);
}

function refuse(verdict: {
  readonly status: 'offline' | 'refused';
  readonly detail: string;
}): never {
  const kind = verdict.status === 'offline' ? 'station-offline' : 'command-refused';
  throw new Problem(kind, { detail: verdict.detail });
}

/** The row of the cycle that took it in. */
async function awaited(
  api: ApiContext,
  asked: {
    readonly tenantId: string;
    readonly stationId: TestAsk['stationId'];
    readonly number: number;
  },
  is: (test: SmartChargingTest) => boolean,
): Promise<SmartChargingTest> {
  for (let tries = 0; tries < ROW_TRIES; tries += 1) {
    const found = await orUnavailable(api.store.smartChargingTests.find(asked));
    if (found !== undefined && is(found)) return found;
    await new Promise((resolve) => setTimeout(resolve, ROW_EVERY_MS));
  }
  throw new Problem('unavailable', { detail: `test ${asked.number} waits; see the list of tests` });
}

function stop(app: App, api: ApiContext): void {
  app.post(
    `${PATH}/:number/cancel`,
    {
      config: { access: 'write' },
      schema: {
        summary: 'Cancel a smart-charging test',
        description:
          'The EVSE returns to normal control at once; what was measured so far stays on record. A test ' +
          'that has ended already is answered as it is, so that a repeat changes nothing.',
        tags: ['smart-charging tests'],
        params: TestParams,
        response: {
          200: TestSchema,
          ...problems('unauthenticated', 'forbidden', 'not-found', 'unavailable'),
        },
      },
    },
    async (request) => {
      const caller = principal(request);
      const { number } = request.params;
      const stationId = toStationId(request.params.stationId);
      const site = siteOfStation(api, caller, stationId);
      const { tenantId, actor } = caller;
      const asked = { tenantId, stationId, number };
      const found = await orUnavailable(api.store.smartChargingTests.find(asked));
      if (found === undefined) throw new Problem('not-found', { detail: `no test ${number}` });
      if (found.status !== 'running') return renderTest(found);
      const change = {
        tenantId,
        siteId: site.id,
        actor,
        action: 'station.smart-charging-test-cancelled',
        target: `station:${stationId}`,
        after: { number },
      };
      await write(api, change, () =>
        api.engine.submit(site.id, { type: 'test.cancelled', number, stationId, actor }),
      );
      return renderTest(await awaited(api, asked, (it) => it.status !== 'running'));
    },
  );
}

function reads(app: App, api: ApiContext): void {
  app.get(
    PATH,
    {
      config: { access: 'read' },
      schema: {
        summary: 'Smart-charging tests of a station, newest first',
        tags: ['smart-charging tests'],
        params: StationParams,
        querystring: Type.Object(PageQuery, { additionalProperties: false }),
        response: { 200: TestPage, ...problems('unauthenticated', 'forbidden', 'not-found') },
      },
    },
    async (request) => {
      const caller = principal(request);
      const stationId = toStationId(request.params.stationId);
      siteOfStation(api, caller, stationId);
      const { limit = PAGE_LIMIT_DEFAULT, after } = request.query;
      const asked = { tenantId: caller.tenantId, stationId, limit, ...defined({ after }) };
      return pageOf(api.store.smartChargingTests.list(asked), renderTest);
    },
  );

  app.get(
    `${PATH}/:number`,
    {
      config: { access: 'read' },
      schema: {
        summary: 'One smart-charging test: how far it is, and what was seen',
        tags: ['smart-charging tests'],
        params: TestParams,
        response: { 200: TestSchema, ...problems('unauthenticated', 'forbidden', 'not-found') },
      },
    },
    async (request) => {
      const caller = principal(request);
      const { number } = request.params;
      const stationId = toStationId(request.params.stationId);
      siteOfStation(api, caller, stationId);
      const { tenantId } = caller;
      const asked = { tenantId, stationId, number };
      const found = await orUnavailable(api.store.smartChargingTests.find(asked));
      if (found === undefined) throw new Problem('not-found', { detail: `no test ${number}` });
      return renderTest(found);
    },
  );
}

function cards(app: App, api: ApiContext): void {
  app.get(
    '/v1/capability-cards',
    {
      config: { access: 'read' },
      schema: {
        summary: 'What is known of each vendor, model and firmware',
        description:
          'Declared by the station, and observed in tests. Made from the results of tests alone: nothing ' +
          'on it can be edited.',
        tags: ['smart-charging tests'],
        querystring: Type.Object(PageQuery, { additionalProperties: false }),
        response: { 200: CardPage, ...problems('unauthenticated', 'forbidden', 'unavailable') },
      },
    },
    async (request) => {
      const caller = principal(request);
      const { items, ...more } = listPage(await kindsOf(api, caller), request.query);
      const shown = [];
      for (const kind of items) shown.push(await cardBody(api, caller, kind));
      return { items: shown, ...more };
    },
  );
}
