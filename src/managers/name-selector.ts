// Package names that somebody asks for: exact ones, and beginnings written with one '*' at the end ('postgresql-*').
import { append } from '../model/multimap.ts';

/** What `events` and `available` of manager.ts take as names. An index has a hundred thousand names, so most of them cost one lookup or two. */
export function nameSelector(names: readonly string[]): (name: string) => boolean {
  const exact = new Set(names.filter((name) => !name.endsWith('*')));
  const beginnings = new Map<string, string[]>();
  for (const name of names) {
    const beginning = name.slice(0, -1);
    // One character and a star would be everything that begins with it.
    if (name.endsWith('*') && beginning.length >= 2) append(beginnings, beginning.slice(0, 2), beginning);
  }
  return (name) => exact.has(name) || beginnings.get(name.slice(0, 2))?.some((each) => name.startsWith(each)) === true;
}
