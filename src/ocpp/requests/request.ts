/** Requests of the standard that people ask for, spelt for the version that a station speaks. */
import type { TokenType } from '../../sessions/token.js';
import type { OcppVersion } from '../messages.js';

/** What a `call` command carries. */
export interface Request {
  readonly action: string;
  readonly payload: object;
}

export function is16(version: OcppVersion): boolean {
  return version === 'ocpp1.6';
}

export interface WireToken {
  readonly idToken: string;
  readonly type: string;
}

/** UIDs of RFID cards: 4, 7 or 10 bytes in hex. */
const CARD_UID = /^(?:[0-9a-f]{8}|[0-9a-f]{14}|[0-9a-f]{20})$/i;

/** 2.x tells a card from a number given by us; stations compare both parts of a token. */
export function wireToken(idToken: string, type?: TokenType): WireToken {
  return { idToken, type: type ?? (CARD_UID.test(idToken) ? 'ISO14443' : 'Central') };
}

/** A group, as it is told in answers to Authorize. */
export function groupToken(groupId: string): WireToken {
  return { idToken: groupId, type: 'Central' };
}

/** A field of an answer whose shape nobody vouches for. */
export function fieldOf(answer: unknown, name: string): unknown {
  if (typeof answer !== 'object' || answer === null) return undefined;
  return Object.entries(answer).find(([key]) => key === name)?.[1];
}

export function textOf(answer: unknown, name: string): string | undefined {
  const value = fieldOf(answer, name);
  return typeof value === 'string' ? value : undefined;
}

export function listOf(answer: unknown, name: string): readonly unknown[] {
  const value = fieldOf(answer, name);
  return Array.isArray(value) ? value : [];
}
