// Whether a manifest looks like one for another host: hardly anything that it declares is here, or could come. Pure.
import type { Finding } from '../../model/finding.ts';
import type { DesiredState } from '../../model/manifest.ts';
import type { ManifestDoubt } from '../../model/report.ts';

/** What the repositories of this host are to be asked about. */
export interface DoubtedManifest {
  readonly declared: number;
  readonly missing: readonly { readonly manager: string; readonly name: string }[];
  readonly writtenFor: readonly string[];
}

/* Of what is declared, so much is missing: every second package, or every fourth where its repositories are another manager's too. */
const MISSING_OF = 2;
const MISSING_OF_OTHERS = 4;
/** Of what is missing, the repositories have less than every fifth: on a host that is to be set up they have nearly all. */
const KNOWN_OF = 5;
/** A manifest of two names says nothing by itself. */
const MIN_MISSING = 3;

/** Undefined where there is nothing to doubt. `managers`: those of this host. */
export function doubtManifest(desired: DesiredState | undefined, findings: readonly Finding[], managers: readonly string[]): DoubtedManifest | undefined {
  const declared = desired?.packages?.filter(({ constraint }) => constraint.kind !== 'absent').length ?? 0;
  const missing = findings.flatMap(({ kind, subject }) => (kind === 'package-missing' && subject.type === 'package' ? [{ manager: subject.manager, name: subject.name }] : []));
  const named = [...new Set(desired?.repositories?.map(({ manager }) => manager))].sort();
  const writtenFor = named.some((manager) => managers.includes(manager)) ? [] : named;
  const few = missing.length === 0 || missing.length * (writtenFor.length > 0 ? MISSING_OF_OTHERS : MISSING_OF) < declared;
  return few ? undefined : { declared, missing, writtenFor };
}

/** `known`: how many of the missing ones a configured repository has; undefined where the repositories could not be asked. */
export function confirmDoubt({ declared, missing, writtenFor }: DoubtedManifest, known: number | undefined): ManifestDoubt | undefined {
  const unknown = known !== undefined && missing.length >= MIN_MISSING && known * KNOWN_OF <= missing.length;
  return unknown || writtenFor.length > 0 ? { declared, missing: missing.length, writtenFor, ...(known === undefined ? {} : { known }) } : undefined;
}
