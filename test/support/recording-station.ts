/**
 * A station that charges one vehicle after the other as fast as it is answered, sends each message
 * again until it is, and writes down what was acknowledged. It obeys profiles like a virtual one, and its
 * currents say so; its register counts as if time were faster, so that each lost reading is missed.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { RPCClient } from 'ocpp-rpc';
import type { SiteFile } from '../../simulator/site-file.js';
import { allowedA, compositeAt } from '../../simulator/station/composite.js';
import { compositeSchedule } from '../../simulator/station/composite-schedule.js';
import type { Call, StationPort } from '../../simulator/station/dialect.js';
import { Evse } from '../../simulator/station/evse.js';
import { createProfileStore } from '../../simulator/station/profile-store.js';
import { traitsOf } from '../../simulator/station/traits.js';
import { dialect16 } from '../../simulator/station/v16.js';
import { dialect201 } from '../../simulator/station/v201.js';

export interface RecordedTransaction {
  readonly stationId: string;
  /** Ends in four characters of its own. */
  readonly idToken: string;
  readonly meterStartWh: number;
  startAcked: boolean;
  /** The highest register that was acknowledged. */
  ackedWh: number;
  stopAcked: boolean;
  /** Its messages that were answered. */
  ackedCount: number;
}

export interface RecordingStation {
  readonly id: string;
  readonly transactions: readonly RecordedTransaction[];
  /** Connects and charges until `finish` or `unplugNetwork`. */
  connect(ocppUrl: string): void;
  /** The network is gone: nothing is sent until it is connected again. */
  unplugNetwork(): Promise<void>;
  /** Ends the running transaction, waits for its last answer and leaves. */
  finish(): Promise<void>;
  /** One call now, outside the order of the others. */
  call(action: string, payload: object): Promise<unknown>;
  boot(): Promise<unknown>;
  /** What its profiles allow now, A. */
  heldA(): number;
  readonly counts: { calls: number; failures: number; profiles: number; connections: number };
  /** Ids of the calls of the CPMS that it took, over all connections, in the order received. */
  readonly callIds: readonly string[];
  /** Their payloads, in the same order. */
  readonly callTexts: readonly string[];
  readonly is16: boolean;
}

/** Less than what a real station waits, so that retries come quickly. */
const CALL_TIMEOUT_MS = 1500;
const RETRY_MS = 100;

export function recordingStation(options: {
  readonly site: SiteFile;
  readonly index: number;
  readonly secret: string;
  readonly random: () => number;
  /** Says so with a BootNotification each time, or just comes back. */
  readonly bootsAgain: boolean;
  /** Of one transaction; then the next vehicle comes. */
  readonly readingsMax: number;
}): RecordingStation {
  const { site, index, secret, random } = options;
  const spec = site.stations[index];
  const evseSpec = spec?.evses[0];
  if (spec === undefined || evseSpec === undefined) throw new Error(`no station ${index}`);
  const traits = traitsOf(index, spec.version);
  const is16 = traits.version === 'ocpp1.6';
  const store = createProfileStore({ ...traits, evseNumbers: [1], profilesMax: 16 });
  const evse = new Evse(evseSpec, {
    site,
    traits,
    profiles: () => store.all(),
    onStep: () => undefined,
  });
  const transactions: RecordedTransaction[] = [];
  const callIds: string[] = [];
  const callTexts: string[] = [];
  const counts = { calls: 0, failures: 0, profiles: 0, connections: 0 };
  let running: { id: string | undefined; startedAtMs: number } | undefined;
  let client: RPCClient | undefined;
  let url: string | undefined;
  let registerWh = 1000 * (index + 1);
  let isFinishing = false;
  let charging: Promise<void> | undefined;
  let connecting: Promise<void> = Promise.resolve();

  const compositeInput = () => ({
    profiles: store.all(),
    evseNumber: 1,
    ownDefaultReplaces: is16,
    ...(running === undefined ? {} : { transaction: running }),
  });
  const port: StationPort = {
    id: spec.id,
    traits,
    evses: [evse],
    settings: { heartbeatSec: 300, sampleSec: 60, alignedSec: 0, measurands: [] },
    nowMs: Date.now,
    install(profile) {
      counts.profiles += 1;
      return store.install(profile, running?.id);
    },
    clear: (filter) => store.clear(filter),
    profiles: () => store.all(),
    schedule(_evseNumber, durationSec, unit = traits.units[0] ?? 'A') {
      const fromMs = Date.now();
      const asked = { fromMs, durationSec, unit };
      return { fromMs, unit, periods: compositeSchedule(compositeInput(), evse.hardware, asked) };
    },
    remoteStart: () => false,
    remoteStop: () => false,
    trigger: () => undefined,
    reset: () => undefined,
    changeSetting: () => undefined,
    send: ({ action, payload }) => void call(action, payload).catch(() => undefined),
  };
  const dialect = (is16 ? dialect16 : dialect201)(spec.id, traits);

  const call = async (action: string, payload: object): Promise<unknown> => {
    if (client === undefined) throw new Error('no link');
    counts.calls += 1;
    return client.call(action, payload);
  };
  const send = ({ action, payload }: Call): Promise<unknown> => call(action, payload);

  /** Comes back after each loss, until the network is unplugged. */
  const keepConnected = async (): Promise<void> => {
    while (url !== undefined && !isFinishing) {
      const next = new RPCClient({
        endpoint: url,
        identity: spec.id,
        password: secret,
        protocols: [traits.version],
        reconnect: false,
        callTimeoutMs: CALL_TIMEOUT_MS,
      } as ConstructorParameters<typeof RPCClient>[0]);
      for (const [action, handler] of Object.entries(dialect.handlers(port))) {
        next.handle(action, async ({ params, messageId = '' }) => {
          callIds.push(messageId);
          callTexts.push(JSON.stringify(params ?? {}));
          return handler(params ?? {}) as Record<string, unknown>;
        });
      }
      const closed = new Promise((resolve) => next.once('close', resolve));
      try {
        await next.connect();
        counts.connections += 1;
        client = next;
        if (options.bootsAgain || counts.connections === 1) await send(dialect.boot('PowerUp'));
      } catch {
        // Not there, or gone again at once: the next round tries anew.
      }
      await closed;
      if (client === next) client = undefined;
      await sleep(RETRY_MS);
    }
  };

  /** The same message until it is answered. */
  const insist = async (action: string, payload: object): Promise<Record<string, unknown>> => {
    for (;;) {
      try {
        return (await call(action, payload)) as Record<string, unknown>;
      } catch {
        if (client !== undefined) counts.failures += 1;
        await sleep(RETRY_MS * (0.5 + random()));
      }
    }
  };

  const heldA = (): number => allowedA(compositeAt(compositeInput(), Date.now()), evse.hardware);

  const charge = async (): Promise<void> => {
    const idToken = `token-${spec.id}-${String.fromCharCode(97 + index)}${String(transactions.length).padStart(3, '0')}`;
    const record: RecordedTransaction = {
      stationId: spec.id,
      idToken,
      meterStartWh: registerWh,
      startAcked: false,
      ackedWh: registerWh,
      stopAcked: false,
      ackedCount: 0,
    };
    transactions.push(record);
    const startedAtMs = Date.now();
    running = { id: is16 ? undefined : randomUUID(), startedAtMs };
    const message = messages(is16, { running, idToken, heldA });
    await insist(...status(is16, 'Preparing'));
    const started = await insist(...message.started(registerWh));
    if (is16) running.id = String(started['transactionId']);
    record.startAcked = true;
    record.ackedCount += 1;
    for (let reading = 0; reading < options.readingsMax && !isFinishing; reading += 1) {
      registerWh += 1 + Math.floor(random() * 50);
      await insist(...message.sampled(registerWh));
      record.ackedWh = registerWh;
      record.ackedCount += 1;
      await sleep(10 + random() * 40);
    }
    registerWh += 7;
    await insist(...message.stopped(registerWh));
    record.ackedWh = registerWh;
    record.stopAcked = true;
    record.ackedCount += 1;
    running = undefined;
    store.endTransaction(1);
    await insist(...status(is16, 'Available'));
  };

  return {
    id: spec.id,
    transactions,
    counts,
    callIds,
    callTexts,
    is16,
    call,
    boot: () => send(dialect.boot('PowerUp')),
    heldA,
    connect(ocppUrl) {
      url = ocppUrl;
      connecting = keepConnected();
      charging ??= (async () => {
        while (!isFinishing) await charge();
      })();
    },
    async unplugNetwork() {
      url = undefined;
      await client?.close({ code: 1001, reason: 'unplugged', force: true } as never);
      await connecting;
    },
    async finish() {
      isFinishing = true;
      await charging;
      await client?.close({ code: 1000, reason: 'done' } as never);
      await connecting;
    },
  };
}

type Message = readonly [action: string, payload: object];

function status(is16: boolean, state: 'Preparing' | 'Available'): Message {
  const timestamp = new Date().toISOString();
  if (is16) {
    return [
      'StatusNotification',
      { connectorId: 1, errorCode: 'NoError', status: state, timestamp },
    ];
  }
  const connectorStatus = state === 'Available' ? 'Available' : 'Occupied';
  return ['StatusNotification', { evseId: 1, connectorId: 1, connectorStatus, timestamp }];
}

/** The messages of one transaction; each is made once and may be sent often. */
function messages(
  is16: boolean,
  options: {
    readonly running: { id: string | undefined };
    readonly idToken: string;
    /** What it draws now. */
    readonly heldA: () => number;
  },
): Readonly<Record<'started' | 'sampled' | 'stopped', (registerWh: number) => Message>> {
  const { running, idToken, heldA } = options;
  let seqNo = 0;
  const at = (): { timestamp: string } => ({ timestamp: new Date().toISOString() });
  const register = (registerWh: number, context: string): object[] => [
    {
      ...at(),
      sampledValue: [
        {
          value: is16 ? String(registerWh) : registerWh,
          measurand: 'Energy.Active.Import.Register',
          context,
        },
        { value: is16 ? heldA().toFixed(1) : heldA(), measurand: 'Current.Import', context },
      ],
    },
  ];
  const event = (eventType: string, triggerReason: string, more: object): Message => [
    'TransactionEvent',
    {
      eventType,
      ...at(),
      triggerReason,
      seqNo: seqNo++,
      transactionInfo: { transactionId: running.id },
      ...more,
    },
  ];
  if (is16) {
    const transactionId = (): number => Number(running.id);
    return {
      started: (meterStart) => [
        'StartTransaction',
        { connectorId: 1, idTag: idToken, meterStart, ...at() },
      ],
      sampled: (registerWh) => [
        'MeterValues',
        {
          connectorId: 1,
          transactionId: transactionId(),
          meterValue: register(registerWh, 'Sample.Periodic'),
        },
      ],
      stopped: (meterStop) => [
        'StopTransaction',
        { transactionId: transactionId(), meterStop, ...at(), reason: 'EVDisconnected' },
      ],
    };
  }
  return {
    started: (registerWh) =>
      event('Started', 'Authorized', {
        evse: { id: 1, connectorId: 1 },
        idToken: { idToken, type: 'Central' },
        meterValue: register(registerWh, 'Transaction.Begin'),
      }),
    sampled: (registerWh) =>
      event('Updated', 'MeterValuePeriodic', {
        meterValue: register(registerWh, 'Sample.Periodic'),
      }),
    stopped: (registerWh) =>
      event('Ended', 'EVDeparted', { meterValue: register(registerWh, 'Transaction.End') }),
  };
}
