// Dependency expressions as people know them: deb-version operators and '|', rpm's words for rich dependencies.
import type { Requirement } from '../../model/package.ts';

/** Expressions come from a package database, so a nest deeper than any real one ends here instead of on the stack. */
export const MAX_NESTING = 40;

/** 'libc6 (>= 2.36)', 'a | b', '(a if b else c)'. */
export function requirementText(requirement: Requirement, depth = 0): string {
  if (depth > MAX_NESTING) return '…';
  const inner = (part: Requirement): string => requirementText(part, depth + 1);
  switch (requirement.kind) {
    case 'name': {
      const name = requirement.arch === undefined ? requirement.name : `${requirement.name}:${requirement.arch}`;
      return requirement.op === undefined ? name : `${name} (${requirement.op} ${requirement.version ?? ''})`;
    }
    case 'any': return requirement.of.map(inner).join(' | ');
    case 'all': return `(${requirement.of.map(inner).join(' and ')})`;
    case 'with': return `(${requirement.of.map(inner).join(' with ')})`;
    case 'without': return `(${inner(requirement.require)} without ${inner(requirement.exclude)})`;
    case 'if': {
      const otherwise = requirement.otherwise === undefined ? '' : ` else ${inner(requirement.otherwise)}`;
      return `(${inner(requirement.then)} ${requirement.negated ? 'unless' : 'if'} ${inner(requirement.condition)}${otherwise})`;
    }
  }
}
