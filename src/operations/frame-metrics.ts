import { Counter, type Registry } from 'prom-client';
import type { FrameRecorder } from './frame-recorder.js';

/** How many frames have reached the log of messages, and how many it had no room or time for. */
export function meterFrames(registry: Registry, { counts }: Pick<FrameRecorder, 'counts'>): void {
  const frames = new Counter({
    name: 'busbar_message_log_frames_total',
    help: 'Frames for the log of OCPP messages: written, or dropped because SQL was slow or away.',
    labelNames: ['outcome'],
    registers: [registry],
    collect() {
      frames.reset();
      for (const [outcome, total] of Object.entries(counts())) frames.inc({ outcome }, total);
    },
  });
}
