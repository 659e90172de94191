/**
 * Rows written with every field, absent ones as undefined, so that all rows of a kind are of one hidden
 * class: see `ledger/shape.ts`. A draft shapes what is put into it, so that nobody else has to.
 */
import type { Session } from '../sessions/session.js';
import type { EvseState, StationState } from './state.js';

export function stationRow(it: StationState): StationState {
  return {
    id: it.id,
    stage: it.stage,
    generation: it.generation,
    version: it.version,
    vendor: it.vendor,
    model: it.model,
    firmware: it.firmware,
    serial: it.serial,
    connectedAtMs: it.connectedAtMs,
    bootedAtMs: it.bootedAtMs,
    disconnectedAtMs: it.disconnectedAtMs,
    closeReason: it.closeReason,
    lastMessageAtMs: it.lastMessageAtMs,
    lostCallAtMs: it.lostCallAtMs,
    clockRightAtMs: it.clockRightAtMs,
    capability: it.capability,
    stackLevel: it.stackLevel,
    levelsTold: it.levelsTold,
    form: it.form,
    stageSinceMs: it.stageSinceMs,
    attempts: it.attempts,
    trouble: it.trouble,
    expectsReboot: it.expectsReboot,
    unsettledUntilMs: it.unsettledUntilMs,
    clockBehind: it.clockBehind,
    unknownCalls: it.unknownCalls,
    registerUnit: it.registerUnit,
    externalLimits: it.externalLimits,
    testedAs: it.testedAs,
    card: it.card,
  } satisfies Record<keyof StationState, unknown>;
}

export function evseRow(it: EvseState): EvseState {
  return {
    id: it.id,
    status: it.status,
    errorCode: it.errorCode,
    ledger: it.ledger,
    sessionId: it.sessionId,
    transactionId: it.transactionId,
    decision: it.decision,
    contact: it.contact,
    fallbackProvisional: it.fallbackProvisional,
    fallbackMayBeA: it.fallbackMayBeA,
    cutAtMs: it.cutAtMs,
    headroom: it.headroom,
    refusedUntilMs: it.refusedUntilMs,
    refusedA: it.refusedA,
    reassert: it.reassert,
    sweptAtMs: it.sweptAtMs,
    sweeps: it.sweeps,
    clearedSeq: it.clearedSeq,
    followedSeq: it.followedSeq,
    readBackAtMs: it.readBackAtMs,
    sinceMs: it.sinceMs,
    changesAtMs: it.changesAtMs,
    contactWrites: it.contactWrites,
    repeatsAtMs: it.repeatsAtMs,
    phaseWatch: it.phaseWatch,
    phases: it.phases,
    overdraw: it.overdraw,
    register: it.register,
    late: it.late,
    test: it.test,
  } satisfies Record<keyof EvseState, unknown>;
}

export function sessionRow(it: Session): Session {
  return {
    id: it.id,
    evseId: it.evseId,
    stationId: it.stationId,
    phase: it.phase,
    transactionId: it.transactionId,
    idToken: it.idToken,
    authorization: it.authorization,
    pluggedInAtMs: it.pluggedInAtMs,
    startedAtMs: it.startedAtMs,
    endedAtMs: it.endedAtMs,
    overSinceMs: it.overSinceMs,
    meterStartWh: it.meterStartWh,
    meterLastWh: it.meterLastWh,
    meterLastAtMs: it.meterLastAtMs,
    meter: it.meter,
    registerUnit: it.registerUnit,
    stopReason: it.stopReason,
    endPresumed: it.endPresumed,
    endedBy: it.endedBy,
    marks: it.marks,
    sequence: it.sequence,
    stopAsked: it.stopAsked,
    claim: it.claim,
    vehicle: it.vehicle,
    drawnA: it.drawnA,
    powerW: it.powerW,
    socFraction: it.socFraction,
    sampledAtMs: it.sampledAtMs,
  } satisfies Record<keyof Session, unknown>;
}
