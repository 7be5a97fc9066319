// Words for findings, never proofs: scripts of packages that name the path, dpkg's log of that time, ucf's registry, removed packages of that name.
import type { Host } from '../../host/host.ts';
import { readHostClock } from '../../host/host-clock.ts';
import { baseOf, joinPath, parentOf, type BytePath } from '../../model/bytes.ts';
import { claimsOf, type OwnershipIndex } from '../../model/ownership.ts';
import type { Hint, HintRule } from '../../model/proof.ts';
import { databaseOf, hasFiles, infoName } from './database.ts';
import { readDpkgLog, type DpkgAction } from './logs.ts';
import { readUcf, type UcfFile } from './proofs/ucf.ts';

const SCRIPTS = ['preinst', 'postinst', 'prerm', 'postrm', 'config'] as const;
const MAX_SCRIPT = 256 * 1024;
/** Directories of more packages than this ('/usr/bin') say nothing about whose a file in them is. */
const FEW_OWNERS = 4;
const PROGRAM_DIRECTORY = /^\/(?:usr\/)?(?:local\/)?(?:s?bin|lib|libexec|share)(?:\/|$)|^\/etc\//;
/** Timestamps of the log are to the second; minutes on both sides would name half of a provisioning. */
const NEAR_MS = 5_000;

export function aptHints(host: Host, index: OwnershipIndex): readonly HintRule[] {
  return [scriptHint(host, index), ucfHint(host), removedPackageHint(host), logHint(host)];
}

export interface Script {
  readonly package: string;
  readonly name: string;
  readonly text: string;
}

function scriptHint(host: Host, index: OwnershipIndex): HintRule {
  let maintainer: NamedPaths | undefined;
  const programs = new Map<string, NamedPaths>();
  return {
    source: 'package-script',
    hint(facts) {
      maintainer ??= namedPaths(readMaintainerScripts(host));
      const owners = ownersOfDirectory(index, parentOf(facts.path));
      const key = [...owners].sort().join(' ');
      let near = programs.get(key);
      if (near === undefined) {
        near = namedPaths(readPrograms(host, index, owners));
        programs.set(key, near);
      }
      const found = [...(near.get(facts.path) ?? []), ...(maintainer.get(facts.path) ?? [])];
      // The strong form: the script and the directory are of one package, so the place is that package's to fill.
      const strong = found.find((script) => owners.has(script.package));
      if (strong !== undefined) return hintOf(strong, true);
      return found[0] === undefined ? undefined : hintOf(found[0], false);
    },
  };
}

type NamedPaths = ReadonlyMap<BytePath, readonly Script[]>;

const PATH_WORD = /(?<![\w.+~}/\x80-\xff-])\/[\w.+~/\x80-\xff-]+/g;
const ROOT_VARIABLE = /\$(?:DPKG_ROOT|\{DPKG_ROOT(?::-)?\})(?=\/)/g;

/** Each absolute path that stands literally in a script. Read once: a host may have thousands of strays to ask about. */
export function namedPaths(scripts: readonly Script[]): NamedPaths {
  const out = new Map<BytePath, Script[]>();
  for (const script of scripts) {
    for (const [word] of script.text.replace(ROOT_VARIABLE, ' ').matchAll(PATH_WORD)) {
      // By hand, because a pattern that ends in '$' is tried at each of a million dots.
      let end = word.length;
      while (end > 1 && (word.charCodeAt(end - 1) === 46 || word.charCodeAt(end - 1) === 47)) end--;
      const path = word.slice(0, end);
      const before = out.get(path);
      if (before === undefined) out.set(path, [script]);
      else if (before.at(-1) !== script) before.push(script);
    }
  }
  return out;
}

function hintOf(script: Script, strong: boolean): Hint {
  const detail = `${script.name} of ${script.package} names this path${strong ? ', and the directory belongs to the same package' : ''}`;
  return strong ? { source: 'package-script', detail, strong } : { source: 'package-script', detail };
}

function ownersOfDirectory(index: OwnershipIndex, directory: BytePath): ReadonlySet<string> {
  const owners = new Set(claimsOf(index, parentOf(directory), baseOf(directory)).map((claim) => index.package(claim).name));
  return owners.size > FEW_OWNERS ? new Set() : owners;
}

export function readMaintainerScripts(host: Host): readonly Script[] {
  const database = databaseOf(host);
  const out: Script[] = [];
  for (const entry of database.entries) {
    for (const member of SCRIPTS) {
      const name = infoName(database, entry, member);
      const content = name === undefined ? undefined : host.slurp(joinPath(database.infoDirectory, name));
      if (content?.ok) out.push({ package: entry.name, name: member, text: content.value.text });
    }
  }
  return out;
}

/** Scripts ('#!') that the packages of the directory ship in places of programs. */
function readPrograms(host: Host, index: OwnershipIndex, owners: ReadonlySet<string>): readonly Script[] {
  const out: Script[] = [];
  if (owners.size === 0) return out;
  for (const directory of index.directories()) {
    if (!PROGRAM_DIRECTORY.test(directory)) continue;
    for (const [name, claims] of index.names(directory)!) {
      const claim = (typeof claims === 'number' ? [claims] : claims).find((each) => owners.has(index.package(each).name));
      if (claim === undefined) continue;
      const path = joinPath(directory, name);
      const stat = host.lstat(path);
      if (!stat.ok || stat.value.size > MAX_SCRIPT || (stat.value.mode & 0o170111) <= 0o100000) continue;
      const content = host.slurp(path);
      if (content.ok && content.value.text.startsWith('#!')) out.push({ package: index.package(claim).name, name: path, text: content.value.text });
    }
  }
  return out;
}

function ucfHint(host: Host): HintRule {
  let files: ReadonlyMap<BytePath, UcfFile> | undefined;
  return {
    source: 'ucf',
    hint(facts) {
      if (facts.type !== 'file') return undefined;
      files ??= readUcf(host);
      const file = files.get(facts.path);
      return file?.package === undefined ? undefined : { source: 'ucf', detail: `configuration of ${file.package}, changed since ucf put it there` };
    },
  };
}

/** The packaged program of this name that was here before: its removal tells what a left-over or a second copy is. */
function removedPackageHint(host: Host): HintRule {
  let removed: ReadonlyMap<string, DpkgAction> | undefined;
  return {
    source: 'dpkg.log',
    hint(facts) {
      removed ??= removedPackages(host);
      const base = baseOf(facts.path);
      for (const [name, action] of removed) {
        if (base !== name && !(name.length >= 4 && base.startsWith(`${name}-`)) && !(base.length >= 4 && name.startsWith(`${base}-`))) continue;
        return { source: 'dpkg.log', detail: `the package ${name} ${action.from} was removed on ${action.when}` };
      }
      return undefined;
    },
  };
}

function removedPackages(host: Host): ReadonlyMap<string, DpkgAction> {
  const there = new Set(databaseOf(host).entries.filter(hasFiles).map((entry) => entry.name));
  const out = new Map<string, DpkgAction>();
  for (const action of readDpkgLog(host, readHostClock(host))) {
    if (action.action === 'remove' && !there.has(action.name)) out.set(action.name, action);
  }
  return out;
}

/** The first of `actions`, which are sorted, that is no earlier than `time`. */
function firstFrom(actions: readonly DpkgAction[], time: number): number {
  let low = 0;
  for (let high = actions.length; low < high;) {
    const middle = (low + high) >> 1;
    if (actions[middle]!.time < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What dpkg did in the seconds in which the file last changed. Provisioning interleaves everything, so this is no more than a coincidence. */
function logHint(host: Host): HintRule {
  /** By time. */
  let actions: readonly DpkgAction[] | undefined;
  return {
    source: 'dpkg.log',
    hint(facts) {
      actions ??= readDpkgLog(host, readHostClock(host)).toSorted((a, b) => a.time - b.time);
      const names = new Set<string>();
      let when = '';
      for (let at = firstFrom(actions, facts.stat.mtimeMs - NEAR_MS); at < actions.length && actions[at]!.time <= facts.stat.mtimeMs + NEAR_MS; at++) {
        names.add(actions[at]!.name);
        when = actions[at]!.when;
      }
      if (names.size === 0 || names.size > 3) return undefined;
      return { source: 'dpkg.log', detail: `dpkg worked on ${[...names].sort().join(', ')} at ${when}, when the file was last written (may be a coincidence)` };
    },
  };
}
