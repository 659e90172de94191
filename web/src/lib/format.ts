/** Numbers and instants as people read them; instants in the time zone of the site. */

export function kw(powerW: number): string {
  return (powerW / 1000).toFixed(1).replace('-', '\u2212');
}

export function kwh(energyWh: number): string {
  return (energyWh / 1000).toFixed(1);
}

/** What was measured: always one decimal, so that columns stand still. */
export function measuredAmps(currentA: number): string {
  return currentA.toFixed(1);
}

/** Limits: whole amperes where they are whole, one decimal otherwise. */
export function amps(currentA: number): string {
  const rounded = Math.round(currentA * 10) / 10;
  return Number.isInteger(rounded) ? String(rounded) : rounded.toFixed(1);
}

/** `L1`, `line a`, `total`: conductors as people read them. */
export function conductorName(conductor: string): string {
  if (conductor === 'total power') return 'total';
  return conductor.replace('primary', 'prim.');
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(timeZone: string, style: 'time' | 'minute' | 'day'): Intl.DateTimeFormat {
  const key = `${timeZone} ${style}`;
  const known = formats.get(key);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    ...(style === 'day'
      ? { weekday: 'short', day: 'numeric', month: 'short' }
      : { hour: '2-digit', minute: '2-digit' }),
    ...(style === 'time' ? { second: '2-digit' } : {}),
  });
  formats.set(key, made);
  return made;
}

/** 12:04:31 */
export function clock(at: string | number, timeZone: string): string {
  return format(timeZone, 'time').format(new Date(at));
}

/** 12:04 */
export function clockMinute(at: string | number, timeZone: string): string {
  return format(timeZone, 'minute').format(new Date(at));
}

/** Thu, 15 Jan */
export function day(at: string | number, timeZone: string): string {
  return format(timeZone, 'day').format(new Date(at));
}

/** 45 s, 12 min, 3 h 20 min */
export function span(durationMs: number): string {
  const sec = Math.max(0, Math.round(durationMs / 1000));
  if (sec < 90) return `${sec} s`;
  const min = Math.round(sec / 60);
  if (min < 90) return `${min} min`;
  return `${Math.floor(min / 60)} h ${min % 60} min`;
}
