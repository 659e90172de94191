/** `DownloadFailed` of the wire as our `download-failed`. */
export function kebabOf(wire: string): string {
  return wire.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
}
