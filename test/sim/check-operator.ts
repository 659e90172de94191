/** R10: an operator's command that sets or clears charging profiles is refused and changes nothing. */
import type { StepTaken } from './engine-shell.js';

const OWNED: readonly string[] = ['SetChargingProfile', 'ClearChargingProfile'];

/** What is wrong with the answers to the operator's commands of a step, in words. */
export function operatorProblems({ items, result }: StepTaken): readonly string[] {
  return items.flatMap(({ event }) => {
    if (event.type !== 'operator.command' || event.command.kind !== 'call') return [];
    const { commandId, command } = event;
    if (!OWNED.includes(command.action)) return [];
    const isWithheld = result.effects.some(
      (it) =>
        it.type === 'command-withheld' &&
        it.command.commandId === commandId &&
        it.outcome.status === 'not-sent' &&
        it.outcome.cause === 'refused',
    );
    return isWithheld ? [] : [`${command.action} of an operator was not refused`];
  });
}
