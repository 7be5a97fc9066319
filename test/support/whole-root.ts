// Every entry of a root with all that belongs to it, for "put back as it was": type, mode, owner, size, time, link text, content, capabilities. Not what drift and the clock change.
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { INSIDE } from './chroot-host.ts';
import { foundEntries } from './found-entries.ts';

/** All but drift's own state. */
export function wholeRoot(root: string): ReadonlyMap<string, string> {
  const out = new Map<string, string>();
  for (const { path, facts: [type, facts, time] } of foundEntries(root, ['%y', '%m %U:%G %s %l %n', '%T@'], ['var/lib/drift', INSIDE.slice(1)])) {
    if (type === 'd') out.set(path, `${facts!.split(' ').slice(0, 2).join(' ')} ${time}`);
    else out.set(path, `${type} ${facts} ${time}${type === 'f' ? ` ${createHash('sha1').update(readFileSync(Buffer.from(`${root}/${path}`, 'latin1'))).digest('hex')}` : ''}`);
  }
  const capable = spawnSync('getcap', ['-r', root], { encoding: 'latin1', maxBuffer: 1 << 28 });
  for (const line of capable.stdout.split('\n')) if (line !== '' && !line.includes('/var/lib/drift/')) out.set(`capabilities of ${line}`, '');
  return out;
}

/** The same of some directories, and nothing else. */
export function wholeFiles(root: string, directories: readonly string[]): ReadonlyMap<string, string> {
  return new Map(directories.flatMap((directory) => [...wholeRoot(`${root}/${directory}`)].map(([path, facts]) => [`${directory}/${path}`, facts] as const)));
}

/** One line for each entry that differs. */
export function rootDifferences(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path)).map((path) => `${JSON.stringify(path)}: ${before.get(path) ?? 'absent'} -> ${after.get(path) ?? 'absent'}`).toSorted();
}
