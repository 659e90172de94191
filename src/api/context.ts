/** What every route works with. */
import type { ApiDeps } from './settings.js';
import type { SiteRegister } from './site-register.js';

export interface ApiContext extends ApiDeps {
  readonly register: SiteRegister;
}
