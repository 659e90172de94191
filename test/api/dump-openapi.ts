/** Writes the OpenAPI document that the web workspace generates its types from. */
import { writeFileSync } from 'node:fs';
import { openapiDocument } from './openapi-document.js';

const target = new URL('../../web/openapi.json', import.meta.url);
writeFileSync(target, await openapiDocument());
process.stdout.write(`written ${target.pathname}\n`);
