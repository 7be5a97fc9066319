// Which strays a package takes the place of: the same product, found by hand beside a declaration of its package. Where the package does not come, they go back.
import { compareBytes, type BytePath } from '../model/bytes.ts';
import type { Product } from '../model/identity.ts';
import type { Successor } from '../model/plan.ts';
import { hasPath } from '../model/runtime.ts';
import type { Draft } from './draft.ts';
import type { PlanInput } from './input.ts';
import { packagedPlaces } from './product-places.ts';

export function withReplaced(drafts: readonly Draft[], input: Pick<PlanInput, 'looks' | 'observed'>): readonly Draft[] {
  const { identities } = input.observed;
  if (identities === undefined || identities.size === 0) return drafts;
  const going = new Map<BytePath, readonly string[]>();
  for (const { action } of drafts) if (action.kind === 'quarantine') for (const { path } of action.files) going.set(path, action.because);
  return drafts.map((draft): Draft => {
    const { action } = draft;
    if (action.kind !== 'package-install') return draft;
    const strays = [...identities].filter(([path, { product }]) => going.has(path) && product?.packages.includes(action.name) === true);
    const findings = new Set(strays.flatMap(([path]) => going.get(path)!));
    if (findings.size === 0) return draft;
    const successor = successorOf(strays[0]![1].product!, action.manager, new Set(strays.map(([path]) => path)), new Set(going.keys()), input);
    return { ...draft, action: { ...action, replaces: [...findings].sort(), successor } };
  });
}

/** What the strays used, as far as their processes show, beside what the package will: nothing of it is moved. */
function successorOf({ id, name }: Product, manager: string, strays: ReadonlySet<BytePath>, going: ReadonlySet<BytePath>, { looks, observed }: Pick<PlanInput, 'looks' | 'observed'>): Successor {
  const running = (observed.runtime?.processes ?? []).filter(({ exe, script }) => [exe, script].some((file) => file !== undefined && hasPath(file) && strays.has(file.path)));
  const used = running.map(({ argv, pid }) => looks.used(pid, argv));
  const listed = (paths: readonly BytePath[]): Successor['data'] => [...new Set(paths)].filter((path) => !going.has(path)).sort(compareBytes).map((path) => ({ path }));
  return { product: name, ran: running.length > 0, data: listed(used.flatMap(({ data }) => data)), configuration: listed(used.flatMap(({ configuration }) => configuration)), expects: packagedPlaces(id, manager) };
}
