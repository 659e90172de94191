/** A file of settings: JSON by field name, or lines of NAME=value by the name of the variable. */
import { readFileSync } from 'node:fs';

/** By field name: the text to parse, and how to point at it. */
export type ConfigFile = ReadonlyMap<string, { readonly text: string; readonly label: string }>;

interface FieldName {
  readonly name: string;
  readonly env: string;
}

/** Names the file may not hold: a file that names another one is a riddle. */
const OWN_FIELD = 'configFile';

/** What cannot be read or is not known goes to `errors`. */
export function readConfigFile(
  path: string,
  fields: readonly FieldName[],
  errors: string[],
): ConfigFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    errors.push(`${path}: cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`);
    return new Map();
  }
  const known = fields.filter((it) => it.name !== OWN_FIELD);
  if (text.trimStart().startsWith('{')) return fromJson(text, { path, known, errors });
  return fromLines(text, { path, known, errors });
}

interface Source {
  readonly path: string;
  readonly known: readonly FieldName[];
  readonly errors: string[];
}

function fromJson(text: string, { path, known, errors }: Source): ConfigFile {
  const file = new Map<string, { text: string; label: string }>();
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch (error) {
    errors.push(`${path}: is no JSON: ${(error as Error).message}`);
    return file;
  }
  for (const [name, value] of Object.entries(values as object)) {
    const label = `${path}: ${name}`;
    if (!known.some((it) => it.name === name)) errors.push(`${label} is not a setting`);
    else if (typeof value !== 'string' && typeof value !== 'number') {
      errors.push(`${label} must be a text or a number`);
    } else file.set(name, { text: String(value), label });
  }
  return file;
}

function fromLines(text: string, { path, known, errors }: Source): ConfigFile {
  const file = new Map<string, { text: string; label: string }>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    const at = `${path}:${index + 1}`;
    const [, env, raw = ''] = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    const field = known.find((it) => it.env === env);
    if (env === undefined) errors.push(`${at}: must read NAME=value`);
    else if (field === undefined) errors.push(`${at}: ${env} is not a setting`);
    else if (file.has(field.name)) errors.push(`${at}: ${env} is given twice`);
    else if (unquoted(raw) !== '') {
      file.set(field.name, { text: unquoted(raw), label: `${at} ${env}` });
    }
  }
  return file;
}

function unquoted(text: string): string {
  return /^(["'])(.*)\1$/.exec(text)?.[2] ?? text;
}
