// What the steps of a proof share: where it is built, what ends it, and how a program's failure is told.
import type { BuildDirectory } from '../../host/build-directory.ts';
import type { ContainedEnd } from '../../host/contained.ts';
import type { RebuildList } from '../../model/rebuild.ts';
import { fail, type Result } from '../../model/result.ts';

export interface Proving {
  readonly list: RebuildList;
  readonly build: BuildDirectory;
  /** Packages come from this directory of this machine, and nothing from the network. */
  readonly repository?: string;
  /** /etc of the backup set, as far as it holds the accounts: put there before packages make their own. Names to bytes. */
  readonly accounts: ReadonlyMap<string, Buffer>;
  /** This machine's dnf is dnf 5, which has another word for a mark. */
  readonly dnf5: boolean;
  readonly stopAsked: () => boolean;
  readonly step: (what: string) => void;
}

export interface Built {
  /** Listed packages, as 'apt:name:arch', that no repository has. */
  readonly unavailable: readonly string[];
}

const SHOWN_LINES = 12;
/** In the words of the system, apt, dnf and rpm. */
const FULL = /No space left on device|ENOSPC|enough free space|more space needed on the|needs \d+\w* on the .* filesystem/;

export function toolFailure(what: string, { exitCode, stderr, stdout }: ContainedEnd): Result<never> {
  const lines = `${stdout}\n${stderr}`.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  const telling = lines.filter((line) => /^(?:E:|Error|error:|Problem|FAILED|dpkg:|No match|nothing provides|.*No space left)/i.test(line));
  const words = (telling.length > 0 ? telling : lines).slice(-SHOWN_LINES).join('; ');
  const full = lines.some((line) => FULL.test(line));
  return fail(full ? 'disk-full' : 'build-failed', `${what} failed with exit code ${exitCode}: ${words}`, full ? 'build on a larger disk: --directory DIR' : undefined);
}

/** A word of an argument list that is a value and nothing else. */
export function isPlainWord(word: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9+.:~^_@-]{0,400}$/.test(word);
}
