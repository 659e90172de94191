/** The only door of the allocation engine. */
export * from './units.js';
export * from './problem.js';
export { assert } from './assert.js';
export { checkProblem } from './check.js';
export { type CircuitTree, compileTree, withLimits } from './electrical/circuit-tree.js';
export { addCurrent, channelSums } from './electrical/channel-sums.js';
export { type CurrentChange, NO_ROW, blockingRow, fits } from './electrical/fits.js';
export {
  type ImportOptions,
  type ImportedEvse,
  type NetworkImport,
  importNetwork,
} from './electrical/import-network.js';
export { type LimitRows, type RowName, compileLimits, powerBaseA } from './electrical/limits.js';
export {
  type ConductorLoad,
  type Overload,
  conductorLoads,
  overloads,
  worstConductor,
} from './electrical/overloads.js';
export { rowLoadFrom } from './electrical/row-load.js';
export { OVERLOAD_TOLERANCE_A, RAISE_TOLERANCE_A } from './electrical/tolerances.js';
export { NO_PARENT, type Topology, compileTopology } from './electrical/topology.js';
export { type ExplainContext, explainBound } from './explain.js';
export { memoized } from './memoized.js';
export { isPilot, pilotAbove, pilotAtLeast, pilotAtMost } from './pilots.js';
export {
  allocate,
  answer,
  createAllocator,
  decide,
  readProblem,
  runStages,
} from './realtime/allocate.js';
export { laxityOf } from './realtime/claim-table.js';
export { type CompiledSite, compileSite } from './realtime/compile-site.js';
export { type LevelFunctions, fillByLevel } from './realtime/fill.js';
export { verifyAllocation, verifyCircuits } from './verify.js';
export { type CircuitRoom, circuitRoom, type RoomRequest } from './planner/circuit-room.js';
export { planFairly, type Solved } from './planner/fair-share.js';
export { type FairShare, type Wanted } from './planner/share-ceiling.js';
export type * from './planner/problem.js';
export {
  createPlanner,
  type PlanAnswer,
  type Planner,
  type PlanSettings,
  solvePlan,
} from './planner/solve-plan.js';
export { dueMs, storageTieCosts, tieCosts } from './planner/tie-breaks.js';
export { costBound } from './planner/cost-bound.js';
export { checkPlan, type PlanCheck } from './planner/verify-plan.js';
