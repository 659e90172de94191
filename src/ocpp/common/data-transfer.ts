import type { Handled, HandlerContext } from '../handler.js';
import { recorded } from '../station-record.js';

interface DataTransfer {
  readonly vendorId: string;
  readonly messageId?: string;
}

/** 1.6 §4.3, 2.x P02: no vendor's extension is known here, and what was said is kept. */
export function dataTransfer(payload: DataTransfer, context: HandlerContext): Handled {
  const { vendorId, messageId } = payload;
  const what = messageId === undefined ? '' : ` ${messageId}`;
  return recorded(
    context,
    { status: 'UnknownVendorId' },
    { kind: 'data-transfer', summary: `Vendor message${what} of ${vendorId}`, data: payload },
  );
}
