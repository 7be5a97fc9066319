// Why an unowned file is legitimate: a named mechanism, checked each time (DESIGN §5).
import type { BytePath } from './bytes.ts';
import type { FileFacts } from './file.ts';

/** Shown by `drift explain`; `detail` is one sentence that names what was checked. */
export interface Proof {
  /** Kebab-case name of the mechanism: 'alternatives', 'dpkg-database', 'bytecode', 'enablement-link', … */
  readonly mechanism: string;
  readonly detail: string;
  /** The files that show it: database entries, sources, link targets. */
  readonly files: readonly BytePath[];
  /** The package that it leads to, as a key or a name. */
  readonly package?: string;
}

/** Shown with a finding; never makes a file expected. */
export interface Hint {
  readonly source: string;
  readonly detail: string;
  /** Script and directory belong to the same package (DESIGN §5), or it was seen to do nothing as it is. The finding becomes `info`. */
  readonly strong?: boolean;
}

export interface ProofRule {
  readonly mechanism: string;
  /** Undefined = this mechanism does not show it legitimate. MUST NOT throw, execute or load anything found. */
  prove(facts: FileFacts): Proof | undefined;
}

export interface HintRule {
  readonly source: string;
  hint(facts: FileFacts): Hint | undefined;
}
