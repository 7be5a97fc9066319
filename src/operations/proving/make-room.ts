// What packages put into directories that a backup set stands for as a whole, and that the set has not: a new cluster and the files of the old one are no database. Reads only.
import type { Host } from '../../host/host.ts';
import { fromText, joinPath, type BytePath } from '../../model/bytes.ts';
import type { Selection } from '../../rebuild/backup/selection.ts';

/** `members`: of the set, as absolute paths. Of what goes the topmost only, sorted by the directory that holds it. */
export function inTheWay(root: Host, { exclude, include }: Selection, members: ReadonlySet<BytePath>): readonly BytePath[] {
  const left = new Set(exclude);
  const out: BytePath[] = [];
  const todo = include.filter((path) => members.has(path));
  for (let directory = todo.pop(); directory !== undefined; directory = todo.pop()) {
    const listed = root.list(directory);
    if (!listed.ok) continue;
    for (const { name, type } of listed.value) {
      const path = joinPath(directory, name);
      if (left.has(path)) continue;
      if (!members.has(path)) out.push(path);
      else if (type === 'directory') todo.push(path);
    }
  }
  return out.sort();
}

const ESCAPES: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** Of `tar --list --quoting-style=escape`, in the locale C.UTF-8: './a', 'a/', '/a' → '/a'. */
export function memberPaths(listed: string): ReadonlySet<BytePath> {
  return new Set(listed.split('\n').filter((line) => line !== '').map((line) => {
    const bytes = fromText(line).replaceAll(/\\([0-7]{3}|.)/g, (_, code: string) => (code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : ESCAPES[code] ?? code));
    return `/${bytes.replace(/^(?:\.?\/)+/, '').replace(/\/+$/, '')}`;
  }));
}
