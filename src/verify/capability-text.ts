// Compares file capabilities in cap_to_text(3) form: 'cap_net_raw=ep' (libcap 2.41 and later) and '= cap_net_raw+ep' (earlier) say the same.
const FLAGS = ['e', 'i', 'p'] as const;

export function sameCapabilities(left: string, right: string): boolean {
  return left === right || canonicalCapabilities(left) === canonicalCapabilities(right);
}

/** One 'cap:flags' a capability, sorted; '' for none. Words that are no clause stand for themselves, so that they never equal anything else. */
export function canonicalCapabilities(text: string): string {
  const sets = new Map<string, Set<string>>();
  const odd: string[] = [];
  for (const clause of text.toLowerCase().split(/\s+/)) {
    if (clause === '') continue;
    const match = /^([a-z0-9_,]*)((?:[-+=][eip]*)+)$/.exec(clause);
    if (match === null) {
      odd.push(clause);
      continue;
    }
    const all = match[1] === '' || match[1] === 'all';
    // '=' alone clears everything; 'all' stands for one entry, since no package names every capability one by one.
    const names = all ? ['all'] : match[1]!.split(',').filter((name) => name !== '');
    for (const action of match[2]!.matchAll(/([-+=])([eip]*)/g)) {
      if (all && action[1] === '=') sets.clear();
      for (const name of names) apply(sets, name, action[1]!, action[2]!);
    }
  }
  const out = [...sets].filter(([, flags]) => flags.size > 0).map(([name, flags]) => `${name}:${FLAGS.filter((flag) => flags.has(flag)).join('')}`);
  return [...out, ...odd].sort().join(' ');
}

function apply(sets: Map<string, Set<string>>, name: string, operator: string, flags: string): void {
  const set = operator === '=' ? new Set<string>() : (sets.get(name) ?? new Set<string>());
  for (const flag of flags) {
    if (operator === '-') set.delete(flag);
    else set.add(flag);
  }
  sets.set(name, set);
}
