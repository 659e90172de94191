import type { BoundBy } from '../../../solver/index.js';
import type { BoundByBody } from '../schema/bound-by.js';
import { instant } from './instant.js';

export function renderBoundBy(boundBy: BoundBy): BoundByBody {
  switch (boundBy.kind) {
    case 'hold':
      return { kind: 'hold', untilAt: instant(boundBy.untilMs) };
    case 'not-resumed':
      return { kind: 'not-resumed', sinceAt: instant(boundBy.sinceMs) };
    case 'ledger':
      return { ...boundBy, waitsFor: [...boundBy.waitsFor] };
    default:
      return { ...boundBy };
  }
}
