// What a root holds, inode by inode, wherever a name of it is now: for "nothing was lost" at any instant, and "all is as it was" at the end. lstat(2), by bytes.
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { joinPath, type BytePath } from '../../src/model/bytes.ts';
import { typeOfMode } from '../../src/model/file.ts';

export interface KeptFiles {
  /** Path → what it is, of everything but drift's own directories. Directories without their time, which every move changes. */
  readonly tree: ReadonlyMap<BytePath, string>;
  /** Device and number of each inode that is no directory → what it is, also of those in quarantine. */
  readonly inodes: ReadonlyMap<string, string>;
  /** Names in quarantine. */
  readonly quarantined: readonly BytePath[];
}

const QUARANTINE = /^\/var\/lib\/drift\/quarantine\/|\/\.drift-quarantine\//;
const OWN = /^\/var\/lib\/drift(?:\/|$)|\/\.drift-quarantine(?:\/|$)/;

export function keptFiles(root: string): KeptFiles {
  const tree = new Map<BytePath, string>();
  const inodes = new Map<string, string>();
  const quarantined: BytePath[] = [];
  const native = (path: BytePath): Buffer => Buffer.from(`${Buffer.from(root, 'utf8').toString('latin1')}${path}`, 'latin1');
  const waiting: BytePath[] = ['/'];
  for (let above = waiting.pop(); above !== undefined; above = waiting.pop()) {
    for (const name of readdirSync(native(above), { encoding: 'latin1' as BufferEncoding })) {
      const path = joinPath(above, name);
      const stat = lstatSync(native(path), { bigint: true });
      const type = typeOfMode(Number(stat.mode));
      const owner = `${type} ${(Number(stat.mode) & 0o7777).toString(8)} ${stat.uid}:${stat.gid}`;
      if (type === 'directory') {
        if (path !== '/var/lib/drift/runs') waiting.push(path);
        if (!OWN.test(path)) tree.set(path, owner);
        continue;
      }
      const content = type === 'file' ? createHash('sha1').update(readFileSync(native(path))).digest('hex') : type === 'link' ? readlinkSync(native(path), { encoding: 'latin1' as BufferEncoding }) : '';
      const facts = `${owner} ${stat.size} ${stat.mtimeNs} ${content}`;
      if (OWN.test(path) && !QUARANTINE.test(path)) continue;
      inodes.set(`${stat.dev}:${stat.ino}`, facts);
      if (QUARANTINE.test(path)) quarantined.push(path);
      else tree.set(path, `${facts} ${stat.dev}:${stat.ino} ${stat.nlink}`);
    }
  }
  return { tree, inodes, quarantined };
}

/** An attribute, which node:fs does not show (getcap(8)). */
export function capabilitiesOf(root: string): readonly string[] {
  return spawnSync('getcap', ['-r', root], { encoding: 'latin1' }).stdout.split('\n').map((line) => line.slice(root.length)).filter((line) => line !== '' && !OWN.test(line)).toSorted();
}

/** Inodes that are not there any more, or not as they were; of the one at `rights` (a path) the mode and the owner may be others. */
export function lostFiles(before: KeptFiles, now: KeptFiles, rights?: BytePath): readonly string[] {
  const exempt = rights === undefined ? undefined : before.tree.get(rights)?.split(' ').at(-2);
  const content = (facts: string | undefined): string | undefined => facts?.split(' ').slice(3).join(' ');
  return [...before.inodes].filter(([inode, facts]) => (inode === exempt ? content(now.inodes.get(inode)) !== content(facts) : now.inodes.get(inode) !== facts)).map(([inode, facts]) => `${inode}: ${facts} -> ${now.inodes.get(inode) ?? 'lost'}`);
}

/** One line for each name that differs. */
export function treeDifferences(before: KeptFiles, now: KeptFiles): readonly string[] {
  return [...new Set([...before.tree.keys(), ...now.tree.keys()])].filter((path) => before.tree.get(path) !== now.tree.get(path)).map((path) => `${JSON.stringify(path)}: ${before.tree.get(path) ?? 'absent'} -> ${now.tree.get(path) ?? 'absent'}`).toSorted();
}
