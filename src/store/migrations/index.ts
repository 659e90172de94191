import { initial } from './0001-initial.js';
import { tokens } from './0002-tokens.js';
import { stationRecords } from './0003-station-records.js';
import { messages } from './0004-messages.js';
import { deviceModel } from './0005-device-model.js';
import { upkeep } from './0006-upkeep.js';
import { tokenPolicies } from './0007-tokens.js';
import { people } from './0008-people.js';
import { operations } from './0009-operations.js';
import { door } from './0011-door.js';
import { histories } from './0012-histories.js';
import { smartChargingTests } from './0013-smart-charging-tests.js';
import { capabilityRungs } from './0014-capability-rungs.js';
import { powerHistory } from './0015-power-history.js';
import { storage } from './0016-storage.js';
import { siteHolders } from './0018-site-holders.js';

export interface Migration {
  readonly name: string;
  /** Statements, run in one transaction. Never changed once released. */
  readonly statements: string;
}

/** In order. */
export const MIGRATIONS: readonly Migration[] = [
  { name: '0001-initial', statements: initial },
  { name: '0002-tokens', statements: tokens },
  { name: '0003-station-records', statements: stationRecords },
  { name: '0004-messages', statements: messages },
  { name: '0005-device-model', statements: deviceModel },
  { name: '0006-upkeep', statements: upkeep },
  { name: '0007-tokens', statements: tokenPolicies },
  { name: '0008-people', statements: people },
  { name: '0009-operations', statements: operations },
  { name: '0011-door', statements: door },
  { name: '0012-histories', statements: histories },
  { name: '0013-smart-charging-tests', statements: smartChargingTests },
  { name: '0014-capability-rungs', statements: capabilityRungs },
  { name: '0015-power-history', statements: powerHistory },
  { name: '0016-storage', statements: storage },
  { name: '0018-site-holders', statements: siteHolders },
];
