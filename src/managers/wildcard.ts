// Shell patterns as package managers match them: fnmatch(3) without flags, so that '*' and '?' match '/' too. For path-exclude and version locks.

/** Goes back to the last '*' only, so that it is never worse than quadratic. */
export function wildcardMatches(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    const step = p < pattern.length ? matchOne(pattern, p, text[t]!) : 0;
    if (pattern[p] === '*') {
      star = p++;
      resume = t;
    } else if (step > 0) {
      p += step;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p >= pattern.length;
}

/** Length of the pattern element at `p` when it matches the character, else 0. */
function matchOne(pattern: string, p: number, character: string): number {
  switch (pattern[p]) {
    case '?': return 1;
    case '\\': return pattern[p + 1] === character ? 2 : 0;
    case '[': {
      let i = p + 1;
      const negated = pattern[i] === '!' || pattern[i] === '^';
      if (negated) i++;
      let found = false;
      for (let first = true; i < pattern.length && (first || pattern[i] !== ']'); first = false) {
        const low = pattern[i]!;
        const ranged = pattern[i + 1] === '-' && pattern[i + 2] !== undefined && pattern[i + 2] !== ']';
        const high = ranged ? pattern[i + 2]! : low;
        if (character >= low && character <= high) found = true;
        i += ranged ? 3 : 1;
      }
      if (pattern[i] !== ']') return character === '[' ? 1 : 0;
      return found !== negated ? i - p + 1 : 0;
    }
    default: return pattern[p] === character ? 1 : 0;
  }
}
