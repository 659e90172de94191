import { createApi } from '../../src/api/server.js';
import { testDeps } from './doubles.js';

/** The document as the running server answers it, indented. */
export async function openapiDocument(): Promise<string> {
  const app = await createApi(testDeps());
  const response = await app.inject('/openapi.json');
  await app.close();
  return `${JSON.stringify(response.json(), undefined, 2)}\n`;
}
