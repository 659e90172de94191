/** The allocator on a site whose columns a test looks at afterwards. */
import {
  type Allocation,
  answer,
  type CompiledSite,
  decide,
  type SiteProblem,
} from '../../solver/index.js';

export function decided(site: CompiledSite, problem: SiteProblem): Allocation {
  decide(site, problem);
  return answer(site, problem);
}
