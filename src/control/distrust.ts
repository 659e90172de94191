/** R9: a station that draws more than it may is not believed any more, and somebody is told. */
import { distrusted } from '../../ledger/index.js';
import type { EvseId } from '../../solver/index.js';
import { type Draft, updateEvse } from './draft.js';

/** Of one that is distrusted already it raises what it counts at (R9). */
export function distrust(
  draft: Draft,
  evseId: EvseId,
  { drawnA, allowedA }: { readonly drawnA: number; readonly allowedA: number },
): void {
  updateEvse(draft, evseId, (it) => ({ ...it, ledger: distrusted(it.ledger, drawnA) }));
  const detail = `drew ${drawnA.toFixed(1)} A where ${allowedA.toFixed(1)} A were allowed`;
  draft.effects.push({ type: 'alarm', code: 'distrusted', evseId, detail });
}
