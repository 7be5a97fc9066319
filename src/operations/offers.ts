// What the configured repositories have for that which `drift explain` was asked about: asked by name and by path, without the network.
import { managerCalled } from '../managers/registry.ts';
import type { ManagerContext } from '../managers/manager.ts';
import { fromText, normalizePath, type BytePath } from '../model/bytes.ts';
import type { Explanation, PathExplanation } from '../model/explanation.ts';
import type { AvailablePackage } from '../model/identity.ts';
import type { Compared } from './check.ts';
import { managerContext } from './manager-context.ts';

/** Names that no package manager could have are not looked up: indexes are large. */
const PACKAGE_NAME = /^[A-Za-z0-9][A-Za-z0-9+._-]{1,100}$/;
/** Of one path, so many packages are told. */
const MAX_OFFERS = 20;

/** The same explanations, with offers for what no package owns and for names that are not installed. What only a repository knows is not 'unknown'. */
export async function withOffers(explanations: readonly Explanation[], { facts, host, observed }: Compared): Promise<readonly Explanation[]> {
  const context = managerContext(host, facts);
  const managers = observed.state.managers.map(({ manager }) => manager);
  const out: Explanation[] = [];
  for (const explanation of explanations) out.push(await withOffersFor(explanation, managers, context));
  return out;
}

async function withOffersFor(explanation: Explanation, managers: readonly string[], context: ManagerContext): Promise<Explanation> {
  switch (explanation.kind) {
    case 'path': return { ...explanation, path: await withOffersAt(explanation.path, managers, context) };
    case 'finding': return explanation.path === undefined ? explanation : { ...explanation, path: await withOffersAt(explanation.path, managers, context) };
    case 'absent': {
      const offers = await ofName(explanation.absent.name, managers, context);
      return offers.length === 0 ? explanation : { ...explanation, absent: { ...explanation.absent, offers } };
    }
    case 'unknown': {
      if (explanation.name.startsWith('/')) {
        const path = await withOffersAt({ path: normalizePath(fromText(explanation.name)), exists: false, owners: [], chains: [], findings: [] }, managers, context);
        return path.offers === undefined ? explanation : { kind: 'path', path };
      }
      const offers = await ofName(explanation.name, managers, context);
      return offers.length === 0 ? explanation : { kind: 'absent', absent: { name: explanation.name, providers: [], wantedBy: [], findings: [], offers } };
    }
    case 'package': case 'listener': case 'unit': return explanation;
  }
}

async function withOffersAt(path: PathExplanation, managers: readonly string[], context: ManagerContext): Promise<PathExplanation> {
  if (path.owners.length > 0 || path.unowned?.proof !== undefined || path.store !== undefined) return path;
  // What has the same product is told with that.
  const told = path.standing?.available ?? [];
  const offers = (await ofPath(path.path, managers, context)).filter((offer) => !told.some(({ manager, name }) => manager === offer.manager && name === offer.name));
  return offers.length === 0 ? path : { ...path, offers };
}

function ofName(name: string, managers: readonly string[], context: ManagerContext): Promise<readonly AvailablePackage[]> {
  return PACKAGE_NAME.test(name) ? offersOf(managers, context, { names: [name], paths: [] }) : Promise.resolve([]);
}

function ofPath(path: BytePath, managers: readonly string[], context: ManagerContext): Promise<readonly AvailablePackage[]> {
  return offersOf(managers, context, { names: [], paths: [path] });
}

async function offersOf(managers: readonly string[], context: ManagerContext, wanted: { readonly names: readonly string[]; readonly paths: readonly BytePath[] }): Promise<readonly AvailablePackage[]> {
  const out: AvailablePackage[] = [];
  for (const name of managers) out.push(...(await managerCalled(name).available(context, wanted)).value);
  return out.sort((a, b) => Number(b.match === 'path') - Number(a.match === 'path')).slice(0, MAX_OFFERS);
}
