/** Runs a station's messages in the order received: check, handle, commit, and only then answer. */
import type { Log } from '../platform/ports.js';
import { CallError } from './call-error.js';
import type { Counts } from './counters.js';
import { NO_ANSWER, type RefusedAnswer } from './frame-intake.js';
import { type Handled, type HandlerContext, type Route, type Routes, route } from './handler.js';
import type { Journal } from './journal.js';
import type { OcppVersion } from './messages.js';
import type { GatewayPorts } from './ports.js';
import type { Turns } from './turns.js';
import { routes16 } from './v16/routes.js';
import { routes201 } from './v201/routes.js';
import { answerRefused } from './v21/answer-refused.js';
import { routes21, sends21 } from './v21/routes.js';
import type { Checked, MessageSchemas } from './validation.js';

const ROUTES: Readonly<Record<OcppVersion, Routes>> = {
  'ocpp1.6': routes16,
  'ocpp2.0.1': routes201,
  'ocpp2.1': routes21,
};

/** Messages without an answer. */
const SENDS: Readonly<Record<OcppVersion, Routes>> = {
  'ocpp1.6': new Map(),
  'ocpp2.0.1': new Map(),
  'ocpp2.1': sends21,
};

export interface CallRunner {
  /** The answer to leave, or NO_ANSWER. Throws CallError. */
  run(action: string, payload: unknown): Promise<object | typeof NO_ANSWER>;
  /** A message without an answer (SEND of 2.1). Never rejects: nobody is there to be told. */
  send(action: string, payload: unknown): Promise<void>;
  /** The station could not use an answer of ours. Never rejects. */
  answerRefused(refused: RefusedAnswer): Promise<void>;
}

export interface CallRunnerOptions {
  readonly version: OcppVersion;
  readonly schemas: MessageSchemas;
  /** Shared by all connections of the station: what came on an older one is done first. */
  readonly turns: Turns;
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
  const { log, counts, onBacklog } = options;
  const refusedRoute = route(answerRefused, 'drop-and-answer');
  let waitingCount = 0;

  /** In turn; the context is that of the arrival. */
  const inTurn = async <Result>(work: (context: HandlerContext) => Promise<Result>) => {
    const context = options.context();
    const turn = options.turns(() => work(context));
    waitingCount += 1;
    onBacklog(waitingCount);
    try {
      return await turn;
    } finally {
      waitingCount -= 1;
      onBacklog(waitingCount);
    }
  };

  return {
    async run(action, payload) {
      try {
        const answer = await inTurn((context) => runCall(options, action, payload, context));
        if (answer === NO_ANSWER) counts.add('unansweredCalls');
        return answer;
      } catch (error) {
        counts.add('callErrorsSent');
        throw error;
      }
    },
    async send(action, payload) {
      try {
        await inTurn((context) => runSend(options, action, payload, context));
        counts.add('sendsTaken');
      } catch (error) {
        counts.add('sendsIgnored');
        const { stationId } = options.context();
        log.info({ stationId, action: action.slice(0, 64), error: String(error) }, 'SEND ignored');
      }
    },
    async answerRefused(refused) {
      counts.add('refusedAnswers');
      await inTurn((context) =>
        take(options, refusedRoute, { action: 'CALLRESULTERROR', payload: refused }, context),
      );
    },
  };
}

type Answer = object | typeof NO_ANSWER;

/** What a route is given, and under which name the log knows it. */
interface Message {
  readonly action: string;
  readonly payload: unknown;
}

async function runCall(
  options: CallRunnerOptions,
  action: string,
  payload: unknown,
  context: HandlerContext,
): Promise<Answer> {
  const { version, schemas } = options;
  const route = routeOf(version, schemas, action);
  const checked = schemas.checkRequest(action, payload);
  return take(options, route, mended(options, action, checked), context);
}

async function runSend(
  options: CallRunnerOptions,
  action: string,
  payload: unknown,
  context: HandlerContext,
): Promise<void> {
  const { version, schemas } = options;
  const route = SENDS[version].get(action);
  if (route === undefined) throw new CallError('NotImplemented', 'not taken without an answer');
  const checked = schemas.checkSend(action, payload);
  await take(options, route, mended(options, action, checked), context);
}

function mended(
  { counts, log, context }: CallRunnerOptions,
  action: string,
  { payload, notes }: Checked,
): Message {
  if (notes.length > 0) {
    counts.add('repairedPayloads');
    log.info({ stationId: context().stationId, action, notes }, 'payload repaired');
  }
  return { action, payload };
}

async function take(
  options: CallRunnerOptions,
  route: Route,
  message: Message,
  context: HandlerContext,
): Promise<Answer> {
  const handled = await handle(options, route, message.payload, context);
  if (handled === undefined) return NO_ANSWER;
  if (handled.closes !== undefined) options.onClose(handled.closes);
  return commit(options, route, handled, message.action);
}

/** Undefined when a port failed and the station shall repeat the message. */
async function handle(
  { log }: CallRunnerOptions,
  route: Route,
  payload: unknown,
  context: HandlerContext,
): Promise<Handled | undefined> {
  try {
    return await route.handle(payload, context);
  } catch (error) {
    const { stationId } = context;
    log.error({ stationId, error: String(error) }, 'message not handled, left unanswered');
    return undefined;
  }
}

async function commit(
  { journal, record, log, context }: CallRunnerOptions,
  { onAppendFailure }: Route,
  { events, records = [], answer }: Handled,
  action: string,
): Promise<Answer> {
  try {
    if (events.length > 0) await journal.commit(events);
    if (records.length > 0) await record(records);
    return answer;
  } catch (error) {
    const { stationId } = context();
    log.warn({ stationId, action, onAppendFailure, error: String(error) }, 'not committed');
    if (onAppendFailure.startsWith('keep')) journal.keep(events);
    return onAppendFailure.endsWith('-and-answer') ? answer : NO_ANSWER;
  }
}

function routeOf(version: OcppVersion, schemas: MessageSchemas, action: string): Route {
  const route = ROUTES[version].get(action);
  if (route !== undefined) return route;
  if (schemas.knows(action)) throw new CallError('NotSupported', 'action not supported here');
  if (schemas.knowsSend(action)) throw new CallError('NotSupported', 'this action is a SEND');
  throw new CallError('NotImplemented', `no such action in ${version}`);
}
