import type { InboxDeps } from '../inbox.js';
import { deliveriesDoor, planDoor } from './alert-deliveries.js';
import { type AlertDeps, channelsDoor, rulesDoor } from './alert-settings.js';
import { connectionsDoor, statusesDoor, temperaturesDoor } from './connections.js';
import { exclusionsDoor } from './exclusions.js';
import { faultsDoor } from './faults.js';
import { figuresDoor } from './figures.js';
import { messagesDoor } from './messages.js';
import type { OperationsStore } from './ports.js';

export function operationsStore(deps: InboxDeps & AlertDeps): OperationsStore {
  return {
    messages: messagesDoor(deps),
    connections: connectionsDoor(deps),
    statuses: statusesDoor(deps),
    exclusions: exclusionsDoor(deps),
    temperatures: temperaturesDoor(deps),
    figures: figuresDoor(deps),
    faults: faultsDoor(deps),
    alerts: {
      channels: channelsDoor(deps),
      rules: rulesDoor(deps),
      plan: planDoor(deps),
      deliveries: deliveriesDoor(deps),
    },
  };
}
