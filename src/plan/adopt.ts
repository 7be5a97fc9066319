// Strays whose product the manifest declares as a package that is not installed: the one comes where the other goes, in one plan or not at all.
import type { BytePath } from '../model/bytes.ts';
import type { FactValue, Finding } from '../model/finding.ts';
import type { Refusal } from '../model/plan.ts';
import { refusal } from './draft.ts';
import { flapping } from './flapping.ts';
import type { PlanInput } from './input.ts';
import { inScope, isNamed, kindsOf, partsOf } from './scope.ts';

export interface Adoption {
  readonly missing: Finding;
  /** In scope. */
  readonly strays: readonly Finding[];
}

/* Parts of a product that take nobody's place: a server is not replaced by its client. */
const BESIDES = /-(?:tools|clients?|cli|common|doc|docs|dev|devel|libs?)$/;

/** Where the policy speaks, a declared package comes along with the stray whose place it takes; with --only, nothing comes that was not named. */
export function adoptions(scope: readonly Finding[], input: PlanInput): readonly Adoption[] {
  const { findings, observed: { identities }, options: { only, skip } } = input;
  if (identities === undefined) return [];
  const found: Adoption[] = [];
  for (const missing of findings) {
    const { subject } = missing;
    if (subject.type !== 'package' || BESIDES.test(subject.name) || !kindsOf(missing).includes('package-missing') || isNamed(missing, skip)) continue;
    if (only !== undefined && !scope.includes(missing)) continue;
    const strays = scope.filter((finding) => finding.subject.type !== 'package' && programsOf(finding).some((path) => identities.get(path)?.product?.packages.includes(subject.name) === true));
    if (strays.length > 0) found.push({ missing, strays });
  }
  return found;
}

/** Its files; and of a tree that is of one product alone, the file that tells it. */
function programsOf(finding: Finding): readonly BytePath[] {
  const { products } = finding.facts;
  const told = Array.isArray(products) && products.length === 1 ? products.map((product: FactValue) => (typeof product === 'object' && product !== null && 'path' in product && typeof product['path'] === 'string' ? product['path'] : '')) : [];
  return [...partsOf(finding).map(({ path }) => path), ...told];
}

/** With what comes along; what is refused as flapping brings nothing. */
export function wholeScope(input: PlanInput): readonly Finding[] {
  const scope = inScope(input);
  const refused = flapping(scope, input);
  const brought = adoptions(scope.filter(({ id }) => !refused.has(id)), input).map(({ missing }) => missing).filter((missing) => !scope.includes(missing));
  return [...scope, ...brought];
}

/** Where the package cannot come, the stray stays. */
export function keptFor({ missing, strays }: Adoption, why: string): readonly Refusal[] {
  const name = missing.subject.type === 'package' ? missing.subject.name : '';
  return strays.map(({ id, subject }) => refusal([id], subject, 'depends-on-refused', `the package ${name}, which is declared and would take its place, cannot be installed: ${why}`, `mend that, or take it away without a successor: --skip ${missing.id}`));
}
