/** Names for what the API sends, from the generated types. */
import type { components } from '../api-types';

type Schemas = components['schemas'];

export type LiveSite = Schemas['LiveSite'];
export type LiveEvse = Schemas['LiveEvse'];
export type LiveCircuit = Schemas['LiveCircuit'];
export type Conductor = LiveCircuit['conductors'][number];
export type SiteCeiling = Schemas['SiteCeiling'];
export type UntestedPolicy = NonNullable<SiteCeiling['untestedPolicy']>;
export type CeilingEvse = Schemas['CeilingEvse'];
export type BoundBy = Schemas['BoundBy'];
export type Decision = Schemas['Decision'];
export type Site = Schemas['Site'];
export type LimitEffect = Schemas['LimitEffect'];
export type Problem = Schemas['Problem'];
export type StationTest = Schemas['SmartChargingTest'];
export type TestStep = StationTest['steps'][number];
export type TestPart = StationTest['parts'][number];
export type StationOverview = Schemas['ChargingStationOverview'];
export type CapabilityCard = Schemas['CapabilityCard'];
export type Me = Schemas['Me'];
export type InvitedPerson = Schemas['InvitedPerson'];
