/** Payloads of OCPP 2.1 for charging profiles: what we write and read has the shape of 2.0.1. */
export {
  clearChargingProfile,
  getCompositeSchedule,
  readCompositeSchedule,
  setChargingProfile,
} from './ocpp201.js';
export type {
  ClearChargingProfile2,
  GetCompositeSchedule2,
  SetChargingProfile2,
} from './ocpp201.js';
