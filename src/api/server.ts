/** The HTTP API: what every answer has in common, and the list of routes. */
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import Fastify from 'fastify';
import type { App } from './app.js';
import { addressKey } from '../platform/address-key.js';
import { apiErrors, sendProblem } from './api-errors.js';
import { authenticate } from './auth/authenticate.js';
import { browserSessions } from './auth/browser-sessions.js';
import { passwords as personPasswords } from './auth/password.js';
import { limitBodyTime } from './body-time.js';
import { conventions, requestId } from './conventions.js';
import type { ApiContext } from './context.js';
import { dashboard } from './dashboard.js';
import { dryRuns } from './dry-run.js';
import { idempotency } from './idempotency.js';
import { observe } from './observe.js';
import { openapi } from './openapi.js';
import { plainBodies } from './plain-bodies.js';
import { Problem } from './problem.js';
import { apiKeys } from './routes/api-keys.js';
import { audit } from './routes/audit.js';
import { ceiling } from './routes/ceiling.js';
import { certificateRequests } from './routes/certificate-requests.js';
import { chargingStations } from './routes/charging-stations.js';
import { claims } from './routes/claims.js';
import { commands } from './routes/commands.js';
import { decisions } from './routes/decisions.js';
import { enter } from './routes/enter.js';
import { figures } from './routes/figures.js';
import { firmwareImages } from './routes/firmware-images.js';
import { firmwareUpdates } from './routes/firmware-updates.js';
import { health } from './routes/health.js';
import { importLimit } from './routes/import-limit.js';
import { live } from './routes/live.js';
import { me } from './routes/me.js';
import { localList } from './routes/local-list.js';
import { logRequests } from './routes/log-requests.js';
import { smartChargingTests } from './routes/smart-charging-tests.js';
import { meterSamples } from './routes/meter-samples.js';
import { operatorViews } from './routes/operations/register.js';
import { operations } from './routes/operations.js';
import { patchChargingStation } from './routes/patch-charging-station.js';
import { pendingStations } from './routes/pending-stations.js';
import { ping } from './routes/ping.js';
import { planning } from './routes/planning.js';
import { problemPages } from './routes/problem-pages.js';
import { prometheus } from './routes/prometheus.js';
import { reservations } from './routes/reservations.js';
import { sessions } from './routes/sessions.js';
import { signIn } from './routes/sign-in.js';
import { signalIssuers } from './routes/signal-issuers.js';
import { signals } from './routes/signals.js';
import { setVariables } from './routes/set-variables.js';
import { siteParts } from './routes/site-parts.js';
import { siteSettings } from './routes/site-settings.js';
import { siteStations } from './routes/site-stations.js';
import { sites } from './routes/sites.js';
import { stationCertificates } from './routes/station-certificates.js';
import { stationSecret } from './routes/station-secret.js';
import { stream } from './routes/stream.js';
import { tokens } from './routes/tokens.js';
import { users } from './routes/users.js';
import { variables } from './routes/variables.js';
import { transfer } from './routes/transfer.js';
import type { ApiDeps } from './settings.js';
import { siteRegister } from './site-register.js';
import { validatorCompiler } from './validation.js';

const BODY_MAX_BYTES = 256 * 1024;

/** Builds the API on its ports; the caller listens and closes. */
export async function createApi(deps: ApiDeps): Promise<App> {
  const api: ApiContext = { ...deps, register: siteRegister(deps.engine) };
  const app = newApp(deps);
  const { settings, store, realNowMs } = deps;
  const rows = store.browserSessions;
  const sessionsOfBrowsers = browserSessions({ rows, link: settings.enter, realNowMs });
  const passwords = personPasswords();

  observe(app, deps);
  limitBodyTime(app);
  await protect(app, deps);
  authenticate(app, deps, sessionsOfBrowsers);
  dryRuns(app);
  plainBodies(app);
  idempotency(app, deps);
  apiErrors(app, deps.log);
  conventions(app);
  await openapi(app);

  health(app, api);
  prometheus(app, api);
  problemPages(app);
  enter(app, api, sessionsOfBrowsers);
  signIn(app, api, { sessions: sessionsOfBrowsers, passwords });
  me(app, api, passwords);
  users(app, api);
  apiKeys(app, api);
  audit(app, api);
  sites(app, api);
  importLimit(app, api);
  siteParts(app, api);
  siteSettings(app, api);
  siteStations(app, api);
  live(app, api);
  ceiling(app, api);
  stream(app, api);
  meterSamples(app, api);
  signalIssuers(app, api);
  await planning(app, api);
  signals(app, api);
  chargingStations(app, api);
  patchChargingStation(app, api);
  pendingStations(app, api);
  stationSecret(app, api);
  operatorViews(app, api);
  ping(app, api);
  commands(app, api);
  operations(app, api);
  smartChargingTests(app, api);
  variables(app, api);
  setVariables(app, api);
  tokens(app, api);
  sessions(app, api);
  claims(app, api);
  decisions(app, api);
  figures(app, api);
  localList(app, api);
  reservations(app, api);
  await firmwareImages(app, api);
  firmwareUpdates(app, api);
  logRequests(app, api);
  certificateRequests(app, api);
  stationCertificates(app, api);
  await transfer(app, api);
  await dashboard(app, deps.settings.dashboardDir);

  await app.ready();
  return app;
}

function newApp({ settings }: ApiDeps): App {
  const app: App = Fastify({
    bodyLimit: BODY_MAX_BYTES,
    trustProxy: settings.trustProxy,
    forceCloseConnections: true,
    genReqId: requestId,
    requestIdHeader: false,
    routerOptions: { maxParamLength: 300 },
    frameworkErrors: (error, request, reply) => {
      sendProblem(request, reply, new Problem('bad-request', { detail: error.message }));
    },
  });
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    reply.header('cache-control', 'no-store');
  });
  return app;
}

async function protect(app: App, { settings }: ApiDeps): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        manifestSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: settings.secureCookie,
  });
  await app.register(cookie);
  await app.register(rateLimit, {
    global: false,
    max: settings.rateLimitPerMinute,
    timeWindow: '1 minute',
    enableDraftSpec: true,
    keyGenerator: (request) => addressKey(request.ip),
    errorResponseBuilder: (_request, context) =>
      new Problem('too-many-requests', {
        detail: `${context.max} calls a minute are allowed; try again in ${context.after}`,
      }),
  });
  limitAddresses(app);
}

/**
 * Before anybody is asked for a credential, and where there is no route: a hook of a route would run
 * after authentication, and would never see who guesses keys.
 */
function limitAddresses(app: App): void {
  const limit = app.rateLimit();
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.rateLimit !== false) await limit.call(app, request, reply);
  });
}
