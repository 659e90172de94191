import type { Handled, HandlerContext } from '../handler.js';
import { idTagInfo } from './id-tag-info.js';

/** 1.6 §4.1: to start or to end something, the station does not say. */
export async function authorize(
  payload: { readonly idTag: string },
  context: HandlerContext,
): Promise<Handled> {
  const known = await context.authorize({
    idToken: payload.idTag,
    purpose: 'look-up',
    atMs: context.receivedAtMs,
  });
  return { events: [], answer: { idTagInfo: idTagInfo(known) } };
}
