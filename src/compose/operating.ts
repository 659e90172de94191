/** The graph of what looks after operation: recorder of frames, faults, alerts. */
import type { Engine, EngineDeps } from '../control/engine.js';
import type { Lifetime } from '../platform/lifetime.js';
import type { FrameHook } from '../ocpp/frame-log.js';
import type { Registry } from 'prom-client';
import { meterFrames } from '../operations/frame-metrics.js';
import { createFrameRecorder } from '../operations/frame-recorder.js';
import { createMail } from '../operations/mail.js';
import { type Operations, startOperations } from '../operations/operations.js';
import { allowedRanges } from '../outbound/addresses.js';
import { createOutbound } from '../outbound/outbound.js';
import type { Outbound } from '../outbound/ports.js';
import { tracedOutbound } from '../outbound/traced.js';
import type { Config } from '../platform/config.js';
import type { Clock, Log } from '../platform/ports.js';
import type { Tracing } from '../platform/trace.js';
import type { Queue } from '../queue/ports.js';
import type { Store } from '../store/ports.js';

export interface Operating {
  readonly onFrame: FrameHook;
  readonly onAlarm: NonNullable<EngineDeps['onAlarm']>;
  readonly hintDelivery: (deliveryId: string) => void;
  /** For whoever else calls URLs that people typed in. */
  readonly outbound: Outbound;
  /** From now on faults are looked for. */
  watch(engine: Engine): Promise<void>;
}

export interface OperatingDeps {
  readonly config: Pick<Config, 'mailFrom' | 'outboundAllow' | 'smtpUrl'>;
  readonly life: Lifetime;
  readonly clock: Clock;
  readonly log: Log;
  readonly queue: Queue;
  readonly store: Store;
  readonly tracing: Tracing;
  readonly registry: Registry;
}

/** Opened before the gateway, so that it is closed after it and sees its last frames. */
export async function openOperating(deps: OperatingDeps): Promise<Operating> {
  const { life, clock, log, queue, config } = deps;
  const { operations: store } = deps.store;
  const { smtpUrl, mailFrom, outboundAllow = '' } = config;
  const recorder = await life.open(
    async () => createFrameRecorder({ clock, log, store }),
    (it) => it.stop(),
  );
  meterFrames(deps.registry, recorder);
  const mail =
    smtpUrl === undefined || mailFrom === undefined
      ? undefined
      : createMail({ url: smtpUrl, from: mailFrom });
  const outbound = tracedOutbound(
    createOutbound({ allow: allowedRanges(outboundAllow) }),
    deps.tracing,
  );
  let operations: Operations | undefined;
  return {
    onFrame: recorder.onFrame,
    onAlarm: (site, alarm) => operations?.noteAlarm(site, alarm),
    outbound,
    hintDelivery: (deliveryId) => void operations?.alerts.hint(deliveryId),
    async watch(engine) {
      const all = { clock, log, queue, store, engine, mail, outbound, realNowMs: Date.now };
      operations = await life.open(
        async () => startOperations(all),
        (it) => it.stop(),
      );
    },
  };
}
