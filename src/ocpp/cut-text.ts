/** The first `lengthMax` UTF-16 units of a text, one less where that would split a character. */
export function cutText(text: string, lengthMax: number): string {
  return text.slice(0, lengthMax).replace(/[\ud800-\udbff]$/, '');
}
