/** The inbox of stations that tried to connect and that nobody has provisioned. */
import { Type } from 'typebox';
import { stationId } from '../../../solver/index.js';
import type { App } from '../app.js';
import { orUnavailable } from '../api-errors.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { editSite } from '../edit-site.js';
import { siteOf } from '../lookup.js';
import { Problem } from '../problem.js';
import { instant } from '../render/instant.js';
import { evseOf } from '../render/site.js';
import { problems, READ, READ_ONE, WRITE_ONE } from '../route-schema.js';
import { PendingAccept, PendingList, PendingParams } from '../schema/pending.js';
import { StationCreated } from '../schema/station.js';
import type { PendingStation } from '../../store/ports.js';
import { write } from '../write.js';

/** Ids of ours are words of URLs; an identity may hold more. */
const USABLE_ID = /^[A-Za-z0-9][A-Za-z0-9._~@-]{0,63}$/;

export function pendingStations(app: App, api: ApiContext): void {
  accept(app, api);

  app.get(
    '/v1/pending-stations',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Unknown stations that tried to connect within the last 24 hours, latest first',
        description:
          'At most 500. They belong to no tenant yet: whoever may provision stations sees them all.',
        tags: ['charging stations'],
        response: { 200: PendingList, ...problems(...READ) },
      },
    },
    async () => {
      const pending = await orUnavailable(api.store.pending.list());
      const items = pending.map(({ firstSeenAtMs, lastSeenAtMs, ...rest }) => ({
        ...rest,
        firstSeenAt: instant(firstSeenAtMs),
        lastSeenAt: instant(lastSeenAtMs),
      }));
      return { items };
    },
  );

  app.delete(
    '/v1/pending-stations/:identity',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Dismiss a pending station; it comes back when it tries again',
        tags: ['charging stations'],
        params: PendingParams,
        response: {
          204: Type.Null({ description: 'Dismissed.' }),
          ...problems(...READ_ONE),
        },
      },
    },
    async (request, reply) => {
      const { tenantId, actor } = principal(request);
      const { identity } = request.params;
      const before = await pendingOf(api, identity);
      const target = `pending-station:${identity}`;
      const change = { tenantId, actor, action: 'pending-station.dismissed', target, before };
      await write(api, change, () => removeOr404(api, identity));
      return reply.status(204).send(null);
    },
  );
}

function accept(app: App, api: ApiContext): void {
  app.post(
    '/v1/pending-stations/:identity/accept',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Make a pending station one of a site; its secret is shown once',
        description:
          'The station and its EVSEs are added to the site, reserved at their hardware maximum until ' +
          'first contact is over. Type the secret into the station; at its next try it is let in.',
        tags: ['charging stations'],
        params: PendingParams,
        body: PendingAccept,
        response: {
          201: StationCreated,
          ...problems(...WRITE_ONE),
        },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const { identity } = request.params;
      const { siteId, evses } = request.body;
      const site = siteOf(api, caller, siteId);
      await pendingOf(api, identity);
      if (!USABLE_ID.test(identity)) {
        const detail = `${identity}: an id has letters, digits and . _ ~ @ -; rename the station`;
        throw new Problem('conflict', { detail });
      }
      const id = stationId(identity);
      const own = evses.map((evse) => evseOf({ ...evse, stationId: identity }));
      refuseKnown(api, identity);
      await editSite(api, {
        caller,
        siteId: site.id,
        query: {},
        action: 'station.accepted',
        target: `station:${id}`,
        after: { evses: own },
        change: (newest) => ({
          ...newest,
          stations: [...newest.stations, { id, offlineTested: false }],
          evses: [...newest.evses, ...own],
        }),
      }).catch((error: unknown) => throwInBody(error, siteOf(api, caller, siteId).evses.length));
      const secret = api.credentials.newSecret();
      const mac = api.credentials.macOf(secret);
      await orUnavailable(api.store.stations.setCredential(id, site.id, mac, caller.actor));
      await orUnavailable(api.store.pending.remove(identity));
      return reply.status(201).send({ stationId: id, siteId: site.id, secret });
    },
  );
}

const notPending = (identity: string): Problem =>
  new Problem('not-found', { detail: `no pending station ${identity}` });

async function pendingOf(api: ApiContext, identity: string): Promise<PendingStation> {
  const known = await orUnavailable(api.store.pending.list());
  const found = known.find((it) => it.identity === identity);
  if (found === undefined) throw notPending(identity);
  return found;
}

async function removeOr404(api: ApiContext, identity: string): Promise<void> {
  if (!(await api.store.pending.remove(identity))) throw notPending(identity);
}

function refuseKnown(api: ApiContext, identity: string): void {
  const isKnown = api.register.all().some((it) => it.stations.some(({ id }) => id === identity));
  if (isKnown) throw new Problem('conflict', { detail: `${identity} is provisioned already` });
}

/** Rules speak of the site: what they say of the newcomer's EVSEs points into this body. */
function throwInBody(error: unknown, evsesBefore: number): never {
  if (!(error instanceof Problem) || error.kind !== 'invalid') throw error;
  const errors = error.errors.map((one) => ({
    ...one,
    pointer: one.pointer.replace(
      /^\/evses\/(\d+)/,
      (_, index) => `/evses/${Number(index) - evsesBefore}`,
    ),
  }));
  const [first] = errors;
  const detail = first === undefined ? error.message : `${first.pointer}: ${first.detail}`;
  throw new Problem('invalid', { detail, errors });
}
