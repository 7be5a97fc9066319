// Writes planted things below a root that the tests own, and notes for each what drift must say of it. Paths are byte strings (latin1).
import { appendFileSync, chmodSync, chownSync, existsSync, linkSync, lstatSync, lutimesSync, mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync, type Stats } from 'node:fs';
import type { Truth, TruthSubject } from './truth.ts';

export interface Planter {
  readonly root: string;
  readonly truths: Truth[];
  /** A file and the directories above it; default mode 0755, content a shell script. */
  put(path: string, content?: string | Buffer, mode?: number): void;
  link(path: string, target: string): void;
  hardLink(path: string, existing: string): void;
  append(path: string, text: string): void;
  chmod(path: string, mode: number): void;
  chown(path: string, uid: number, gid: number): void;
  remove(path: string): void;
  read(path: string): Buffer;
  stat(path: string): Stats;
  has(path: string): boolean;
  /** Other content, the same size where `text` allows it, the times put back. */
  tamper(path: string, change: (content: Buffer) => Buffer): void;
  /** The first of these that is a regular file here. */
  pick(...paths: readonly string[]): string;
  found(id: string, path: string, kinds: readonly string[], note: string): void;
  about(id: string, subject: TruthSubject, kinds: readonly string[], note: string): void;
  control(id: string, path: string, note: string): void;
}

export const SCRIPT = '#!/bin/sh\necho planted\n';

export function planter(root: string): Planter {
  const native = (path: string): Buffer => Buffer.from(`${Buffer.from(root, 'utf8').toString('latin1')}${path}`, 'latin1');
  const parents = (path: string): void => {
    const above = path.slice(0, path.lastIndexOf('/'));
    if (above !== '' && !existsSync(native(above))) mkdirSync(native(above), { recursive: true });
  };
  const truths: Truth[] = [];
  const about = (id: string, subject: TruthSubject, kinds: readonly string[], note: string): void => {
    if (truths.some((each) => each.id === id)) throw new Error(`two truths are named ${id}`);
    truths.push({ id, subject, kinds, note });
  };
  const planted: Planter = {
    root,
    truths,
    put(path, content = SCRIPT, mode = 0o755) {
      parents(path);
      writeFileSync(native(path), content);
      chmodSync(native(path), mode);
    },
    link(path, target) {
      parents(path);
      symlinkSync(Buffer.from(target, 'latin1'), native(path));
    },
    hardLink(path, existing) {
      parents(path);
      linkSync(native(existing), native(path));
    },
    append(path, text) {
      appendFileSync(native(path), text);
    },
    chmod: (path, mode) => chmodSync(native(path), mode),
    chown: (path, uid, gid) => chownSync(native(path), uid, gid),
    remove: (path) => rmSync(native(path), { recursive: true }),
    read: (path) => readFileSync(native(path)),
    stat: (path) => lstatSync(native(path)),
    has: (path) => existsSync(native(path)),
    tamper(path, change) {
      const before = lstatSync(native(path));
      writeFileSync(native(path), change(readFileSync(native(path))));
      utimesSync(native(path), before.atime, before.mtime);
      lutimesSync(native(path), before.atime, before.mtime);
    },
    pick(...paths) {
      const path = paths.find((each) => existsSync(native(each)) && lstatSync(native(each)).isFile());
      if (path === undefined) throw new Error(`none of ${paths.join(' ')} is a file in ${root}`);
      return path;
    },
    found: (id, path, kinds, note) => about(id, { type: 'path', path }, kinds, note),
    about,
    control: (id, path, note) => about(id, { type: 'path', path }, [], note),
  };
  return planted;
}
