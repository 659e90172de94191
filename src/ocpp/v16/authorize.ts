import type { Handled, HandlerContext } from '../handler.js';

export async function authorize(
  payload: { readonly idTag: string },
  context: HandlerContext,
): Promise<Handled> {
  const status = await context.authorize(payload.idTag);
  return { events: [], answer: { idTagInfo: { status } } };
}
