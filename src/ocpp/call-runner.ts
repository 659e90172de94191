/** Runs a station's calls in the order received: check, handle, commit, and only then answer. */
import type { Log } from '../platform/ports.js';
import { CallError } from './call-error.js';
import type { Counts } from './counters.js';
import type { Handled, HandlerContext, Route, Routes } from './handler.js';
import type { Journal } from './journal.js';
import type { OcppVersion } from './messages.js';
import type { GatewayPorts } from './ports.js';
import { NO_ANSWER } from './rpc-server.js';
import { routes16 } from './v16/routes.js';
import { routes201, routes21 } from './v201/routes.js';
import type { MessageSchemas } from './validation.js';

const ROUTES: Readonly<Record<OcppVersion, Routes>> = {
  'ocpp1.6': routes16,
  'ocpp2.0.1': routes201,
  'ocpp2.1': routes21,
};

export interface CallRunner {
  /** The answer to leave, or NO_ANSWER. Throws CallError. */
  run(action: string, payload: unknown): Promise<object | typeof NO_ANSWER>;
}

interface CallRunnerOptions {
  readonly version: OcppVersion;
  readonly schemas: MessageSchemas;
  readonly journal: Journal;
  readonly record: GatewayPorts['record'];
  readonly log: Log;
  readonly counts: Counts;
  /** A context for a call that arrives now. */
  readonly context: () => HandlerContext;
  /** The connection is to be closed, once the answer under way has left. */
  readonly onClose: (reason: string) => void;
  /** True while more calls wait than should. */
  readonly onBacklog: (waitingCount: number) => void;
}

export function createCallRunner(options: CallRunnerOptions): CallRunner {
  const { version, schemas, journal, log, counts, onBacklog } = options;
  let tail: Promise<unknown> = Promise.resolve();
  let waitingCount = 0;

  const runNow = async (
    action: string,
    payload: unknown,
    context: HandlerContext,
  ): Promise<object | typeof NO_ANSWER> => {
    const { stationId } = context;
    const route = routeOf(version, schemas, action);
    const checked = schemas.checkRequest(action, payload);
    if (checked.notes.length > 0) {
      counts.add('repairedPayloads');
      log.info({ stationId, action, notes: checked.notes }, 'payload repaired');
    }
    const handled = await handle(route, checked.payload, context);
    if (handled === undefined) return NO_ANSWER;
    if (handled.closes !== undefined) options.onClose(handled.closes);
    return commit(route, handled, context, action);
  };

  /** Undefined when a port failed and the station shall repeat the message. */
  const handle = async (
    route: Route,
    payload: unknown,
    context: HandlerContext,
  ): Promise<Handled | undefined> => {
    try {
      return await route.handle(payload, context);
    } catch (error) {
      const { stationId } = context;
      log.error({ stationId, error: String(error) }, 'message not handled, left unanswered');
      return undefined;
    }
  };

  const commit = async (
    route: Route,
    handled: Handled,
    context: HandlerContext,
    action: string,
  ): Promise<object | typeof NO_ANSWER> => {
    const { events, records = [] } = handled;
    try {
      if (events.length > 0) await journal.commit(events);
      if (records.length > 0) await options.record(records);
      return handled.answer;
    } catch (error) {
      const { onAppendFailure } = route;
      const { stationId } = context;
      log.warn({ stationId, action, onAppendFailure, error: String(error) }, 'not committed');
      if (onAppendFailure.startsWith('keep')) journal.keep(events);
      return onAppendFailure.endsWith('-and-answer') ? handled.answer : NO_ANSWER;
    }
  };

  return {
    async run(action, payload) {
      const context = options.context();
      const turn = tail.then(() => runNow(action, payload, context));
      tail = turn.catch(() => undefined);
      waitingCount += 1;
      onBacklog(waitingCount);
      try {
        const answer = await turn;
        if (answer === NO_ANSWER) counts.add('unansweredCalls');
        return answer;
      } catch (error) {
        counts.add('callErrorsSent');
        throw error;
      } finally {
        waitingCount -= 1;
        onBacklog(waitingCount);
      }
    },
  };
}

function routeOf(version: OcppVersion, schemas: MessageSchemas, action: string): Route {
  const route = ROUTES[version].get(action);
  if (route !== undefined) return route;
  if (schemas.knows(action)) throw new CallError('NotSupported', 'action not supported here');
  throw new CallError('NotImplemented', `no such action in ${version}`);
}
