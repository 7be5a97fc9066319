// Proves other names of a packaged file that the maintainer script of its package made with ln(1) (cups: backend-available/usb -> backend/usb).
import type { Host } from '../../../host/host.ts';
import { baseOf, joinPath, parentOf, type BytePath, type ByteString } from '../../../model/bytes.ts';
import { isPrivileged } from '../../../model/file.ts';
import type { OwnershipIndex } from '../../../model/ownership.ts';
import type { ProofRule } from '../../../model/proof.ts';
import { databaseOf, infoName } from '../database.ts';
import { expandedLines, linesOf } from '../maintainer-scripts.ts';
import { claimsAt, isUnchanged } from './owned.ts';

/** Where a packaged program of another name would be run in place of a command. */
const PROGRAMS = /^\/(?:usr\/(?:local\/)?)?s?bin$/;

export function madeLinkRule(host: Host, index: OwnershipIndex): ProofRule {
  return {
    mechanism: 'made-link',
    prove(facts) {
      const source = facts.hardLinkOf;
      if (source === undefined || isPrivileged(facts) || PROGRAMS.test(parentOf(facts.path))) return undefined;
      for (const claim of claimsAt(host, index, source)) {
        const ref = index.package(claim);
        const script = postinstOf(host, ref.name, ref.arch);
        if (LINK.test(script) && makesLink(expandedLines(linesOf(script)), facts.path, source) && isUnchanged(host, index, source, claim)) {
          return { mechanism: 'made-link', detail: `another name of ${source} of ${ref.name}, which is as it was packaged; its maintainer script makes it`, files: [source], package: ref.name };
        }
      }
      return undefined;
    },
  };
}

const LINK = /\bln[ \t]/;

function postinstOf(host: Host, name: string, arch: string): ByteString {
  const database = databaseOf(host);
  const entry = database.entries.find((each) => each.name === name && each.arch === arch);
  const script = entry === undefined ? undefined : infoName(database, entry, 'postinst');
  const content = script === undefined ? undefined : host.slurp(joinPath(database.infoDirectory, script));
  return content?.ok === true ? content.value.text : '';
}

/** `ln .../usb PATH` in words; or, of names that only the running script knew, `ln FROM/$x DIRECTORY/$x`: then both have the same name. */
function makesLink(lines: readonly ByteString[], path: BytePath, source: BytePath): boolean {
  return lines.filter((line) => LINK.test(line)).some((line) => {
    const words = line.split(/[ \t;]+/).map((word) => word.replaceAll(/["']/g, ''));
    if (words.includes(path)) return true;
    if (baseOf(path) !== baseOf(source)) return false;
    const variable = words.find((word) => word.startsWith(`${parentOf(source)}/$`))?.slice(parentOf(source).length + 1);
    return variable !== undefined && /^\$\{?\w{1,60}\}?$/.test(variable) && words.includes(`${parentOf(path)}/${variable}`);
  });
}
