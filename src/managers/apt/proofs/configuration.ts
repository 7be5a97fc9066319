// Proves configuration that maintainer scripts and not packages put in place: conffiles of removed packages, dpkg's and ucf's copies beside a conffile,
// and unchanged copies of packaged defaults.
import type { Host } from '../../../host/host.ts';
import { baseOf, joinPath, parentOf, type BytePath } from '../../../model/bytes.ts';
import { isPrivileged, type FileFacts } from '../../../model/file.ts';
import { claimsOf, type ClaimId, type OwnershipIndex } from '../../../model/ownership.ts';
import type { ProofRule } from '../../../model/proof.ts';
import { conffilesOf, databaseOf, hasFiles, infoName } from '../database.ts';
import { expandedLines, linesOf } from '../maintainer-scripts.ts';
import { namesPath } from '../ownership.ts';
import { claimsAt, isUnchanged } from './owned.ts';
import { readUcf, type UcfFile } from './ucf.ts';

/** None of these mechanisms ever places machine code or a privileged file. */
function isPlain(facts: FileFacts): boolean {
  return facts.type === 'file' && !isPrivileged(facts) && (facts.code === undefined || facts.code === 'script' || facts.code === 'executable');
}

/** These registers are plain text: what they say of a program elsewhere is not believed. */
function isConfiguration(facts: FileFacts): boolean {
  return isPlain(facts) && (facts.code === undefined || facts.path.startsWith('/etc/'));
}

export interface ResidualConffile {
  /** As the package brought it. */
  readonly md5: string;
  readonly package: string;
}

/** Configuration of removed packages, by canonical path; it need not be there any more. */
export function residualConffiles(host: Host): ReadonlyMap<BytePath, ResidualConffile> {
  const files = new Map<BytePath, ResidualConffile>();
  for (const entry of databaseOf(host).entries) {
    if (hasFiles(entry)) continue;
    for (const { path, md5 } of conffilesOf(entry)) {
      const real = md5 === undefined ? undefined : host.realParent(path);
      if (real?.ok) files.set(real.value, { md5: md5!, package: entry.name });
    }
  }
  return files;
}

export function residualConffileRule(host: Host): ProofRule {
  let files: ReadonlyMap<BytePath, ResidualConffile> | undefined;
  return {
    mechanism: 'residual-conffile',
    prove(facts) {
      if (!isConfiguration(facts)) return undefined;
      files ??= residualConffiles(host);
      const file = files.get(facts.path);
      const now = file === undefined ? undefined : host.digest(facts.path, 'md5');
      if (file === undefined || !now?.ok || now.value !== file.md5) return undefined;
      return {
        mechanism: 'residual-conffile', detail: `unchanged configuration that the removed package ${file.package} left behind`,
        files: ['/var/lib/dpkg/status'], package: file.package,
      };
    },
  };
}

const COPY = /^(.+)\.(dpkg-(?:dist|old|new|bak|tmp)|ucf-(?:dist|old|new))$/;

/**
 * The packaged version that dpkg and ucf leave beside a conffile, by the digest that they keep of it. The local one that was put aside ('.dpkg-old') has
 * none: where it is a script, any script could stand there.
 */
export function conffileCopyRule(host: Host, index: OwnershipIndex): ProofRule {
  let ucf: ReadonlyMap<BytePath, UcfFile> | undefined;
  return {
    mechanism: 'conffile-copy',
    prove(facts) {
      if (!isPlain(facts) || facts.launch !== undefined) return undefined;
      const match = COPY.exec(baseOf(facts.path));
      if (match === null) return undefined;
      const original = joinPath(parentOf(facts.path), match[1]!);
      const claim = claimsAt(host, index, original).find((each) => index.record(each).config === true);
      ucf ??= readUcf(host);
      const managed = ucf.get(original);
      const owner = claim === undefined ? managed?.package : index.package(claim).name;
      const md5 = claim === undefined ? managed?.md5 : index.record(claim).digest?.hex;
      const now = owner === undefined || md5 === undefined ? undefined : host.digest(facts.path, 'md5');
      if (owner === undefined || !now?.ok || now.value !== md5) return undefined;
      return { mechanism: 'conffile-copy', detail: `the version of ${original} that ${owner} brought, which ${match[2]!.split('-')[0]} left beside it; nothing reads it under this name`, files: [original], package: owner };
    },
  };
}

/**
 * A copy, byte for byte, of an unchanged default that a package ships, made by that package: its own maintainer script names the place
 * (base-files: /usr/share/base-files/profile -> /etc/profile).
 */
export function packagedDefaultRule(host: Host, index: OwnershipIndex): ProofRule {
  let defaults: readonly BytePath[] | undefined;
  return {
    mechanism: 'packaged-default',
    prove(facts) {
      if (!isPlain(facts) || facts.stat.size > 1024 * 1024 || facts.stat.size === 0) return undefined;
      // Directories deep in root's home are nobody's default: there may be ten thousand files of a language's own installer.
      if (!facts.path.startsWith('/etc/') && parentOf(facts.path) !== '/root' && !facts.path.startsWith('/usr/share/')) return undefined;
      defaults ??= [...index.directories()].filter((dir) => dir.startsWith('/usr/share/') || dir.startsWith('/usr/lib/')).sort();
      const base = baseOf(facts.path);
      for (const name of base.startsWith('.') ? [base, `dot${base}`] : [base]) {
        for (const dir of defaults) {
          for (const claim of claimsOf(index, dir, name)) {
            const source = joinPath(dir, name);
            if (source === facts.path || !names(host, index, claim, facts.path) || !isCopy(host, index, claim, source, facts)) continue;
            const owner = index.package(claim).name;
            return { mechanism: 'packaged-default', detail: `equal to ${source} of ${owner}, whose maintainer script puts it here`, files: [source], package: owner };
          }
        }
      }
      return undefined;
    },
  };
}

function names(host: Host, index: OwnershipIndex, claim: ClaimId, path: BytePath): boolean {
  const database = databaseOf(host);
  const ref = index.package(claim);
  const entry = database.entries.find((each) => each.name === ref.name && each.arch === ref.arch);
  if (entry === undefined) return false;
  const script = infoName(database, entry, 'postinst');
  const content = script === undefined ? undefined : host.slurp(joinPath(database.infoDirectory, script));
  return content?.ok === true && (namesPath(content.value.text, path) || expandedLines(linesOf(content.value.text)).some((line) => namesPath(line, path)));
}

function isCopy(host: Host, index: OwnershipIndex, claim: ClaimId, source: BytePath, facts: FileFacts): boolean {
  const stat = host.lstat(source);
  if (!stat.ok || stat.value.size !== facts.stat.size || !isUnchanged(host, index, source, claim)) return false;
  const left = host.digest(source, 'sha256');
  const right = host.digest(facts.path, 'sha256');
  return left.ok && right.ok && left.value === right.value;
}
