/** Reads the metrics as a Prometheus does, because what that costs is paid by the stations. */

/** The interval that most installations use. */
const SCRAPE_EVERY_MS = 15_000;

/** Returns what ends it. */
export function scrape(apiUrl: string): () => void {
  const timer = setInterval(() => {
    fetch(`${apiUrl}/metrics`)
      .then((response) => response.arrayBuffer())
      .catch(() => undefined);
  }, SCRAPE_EVERY_MS);
  return () => clearInterval(timer);
}
