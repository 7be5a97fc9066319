// Writes small Debian roots for tests: a status, file lists, checksums, maintainer scripts and the files themselves, in dpkg's own formats.
import { createHash } from 'node:crypto';
import { chmodSync, lutimesSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { localHost } from '../../../src/host/local-host.ts';
import type { Host } from '../../../src/host/host.ts';
import type { FileFacts } from '../../../src/model/file.ts';

export interface FakePackage {
  readonly name: string;
  readonly arch?: string;
  readonly version?: string;
  /** The Status field. */
  readonly status?: string;
  /** More fields, one line each. */
  readonly fields?: readonly string[];
  /** Path -> content; a target for a link is { link }. A path that ends in '/' is a directory. */
  readonly files?: Readonly<Record<string, string | { readonly link: string }>>;
  /** Of `files`: recorded as conffiles. */
  readonly conffiles?: readonly string[];
  readonly scripts?: Readonly<Record<string, string>>;
  /** False: no file list is written. */
  readonly list?: boolean;
}

export class FakeRoot {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** A new host object, so that nothing is remembered from before. */
  host(): Host {
    return localHost(this.path);
  }

  write(path: string, content: string | Buffer, mode = 0o644): void {
    mkdirSync(dirname(join(this.path, path)), { recursive: true });
    writeFileSync(join(this.path, path), content, typeof content === 'string' ? { encoding: 'latin1' } : {});
    chmodSync(join(this.path, path), mode);
  }

  link(path: string, target: string): void {
    mkdirSync(dirname(join(this.path, path)), { recursive: true });
    symlinkSync(target, join(this.path, path));
  }

  remove(path: string): void {
    rmSync(join(this.path, path), { recursive: true });
  }

  setTime(path: string, ms: number): void {
    lutimesSync(join(this.path, path), ms / 1000, ms / 1000);
  }

  /** What the sweep would say of this entry. */
  facts(path: string, more: Partial<FileFacts> = {}): FileFacts {
    const host = this.host();
    const stat = host.lstat(path);
    if (!stat.ok) throw new Error(stat.error.message);
    const target = host.readlink(path);
    return { path, type: target.ok ? 'link' : 'file', stat: stat.value, ...(target.ok ? { target: target.value } : {}), ...more };
  }

  install(...packages: readonly FakePackage[]): void {
    let status = '';
    for (const each of packages) {
      const { name, arch = 'amd64', version = '1.0-1' } = each;
      const conffiles = each.conffiles ?? [];
      status += [`Package: ${name}`, `Status: ${each.status ?? 'install ok installed'}`, `Architecture: ${arch}`, `Version: ${version}`, ...(each.fields ?? []),
        ...(conffiles.length === 0 ? [] : ['Conffiles:', ...conffiles.map((path) => ` ${path} ${md5(each.files![path] as string)}`)]), 'Description: a test', '', ''].join('\n');
      const info = join('/var/lib/dpkg/info', each.fields?.includes('Multi-Arch: same') === true ? `${name}:${arch}` : name);
      const paths = new Set<string>(['/.']);
      let sums = '';
      for (const [path, content] of Object.entries(each.files ?? {})) {
        for (let at = path.indexOf('/', 1); at > 0; at = path.indexOf('/', at + 1)) paths.add(path.slice(0, at));
        if (path.endsWith('/')) mkdirSync(join(this.path, path), { recursive: true });
        else {
          paths.add(path);
          if (typeof content !== 'string') this.link(path, content.link);
          else {
            this.write(path, content, /\/s?bin\//.test(path) ? 0o755 : 0o644);
            if (!conffiles.includes(path)) sums += `${md5(content)}  ${path.slice(1)}\n`;
          }
        }
      }
      if (each.list !== false) this.write(`${info}.list`, [...paths].map((path) => `${path}\n`).join(''));
      if (sums !== '') this.write(`${info}.md5sums`, sums);
      for (const [member, text] of Object.entries(each.scripts ?? {})) this.write(`${info}.${member}`, text, 0o755);
    }
    this.write('/var/lib/dpkg/status', status);
  }
}

export function md5(content: string): string {
  return createHash('md5').update(Buffer.from(content, 'latin1')).digest('hex');
}

/** Merged /usr, as hosts have it since Debian 12. */
export function fakeRoot(options: { readonly merged?: boolean; readonly keep?: boolean } = {}): FakeRoot {
  const path = mkdtempSync(join(tmpdir(), 'drift-apt-'));
  if (options.keep !== true) onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  const root = new FakeRoot(path);
  for (const directory of ['usr/bin', 'usr/sbin', 'usr/lib', 'etc', 'var/lib/dpkg/info', 'var/lib/apt']) mkdirSync(join(path, directory), { recursive: true });
  for (const name of ['bin', 'sbin', 'lib']) {
    if (options.merged === false) mkdirSync(join(path, name));
    else symlinkSync(`usr/${name}`, join(path, name));
  }
  return root;
}
