// One difference between what should be and what is (DESIGN "Finding kinds"): typed, with evidence and a stable id.
import type { BytePath } from './bytes.ts';
import type { SourcePosition } from './manifest.ts';

/** The closed union of this version. A kind without a test that produces it does not exist. */
export const FINDING_KINDS = [
  'package-missing', 'package-forbidden', 'package-extra', 'package-orphan', 'package-version', 'package-mark', 'package-hold', 'package-broken',
  'package-residual', 'package-foreign',
  'repository-extra', 'repository-missing', 'repository-unsigned',
  'file-stray', 'tree-stray', 'file-modified', 'file-missing', 'file-mode', 'file-privileged', 'file-shadowed', 'launch-stray', 'channel-extra',
  'process-stray', 'process-deleted', 'listener-unconfirmed', 'listener-missing',
  'watch-changed', 'ssh-root-login', 'waiver-expired', 'waiver-unused', 'rebuild-stale', 'run-unfinished', 'source-unreadable',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

export function severityRank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

export interface Evidence {
  /** What shows it: a file ('/var/lib/dpkg/status'), a log ('dpkg.log'), or what was looked at ('mode', 'owner'). */
  readonly source: string;
  readonly detail: string;
}

export type Subject =
  | { readonly type: 'path'; readonly path: BytePath }
  | { readonly type: 'tree'; readonly path: BytePath }
  | { readonly type: 'package'; readonly manager: string; readonly name: string; readonly arch: string; readonly version: string }
  | { readonly type: 'repository'; readonly manager: string; readonly name: string; readonly uri: string }
  | { readonly type: 'key'; readonly fingerprint: string; readonly file: BytePath }
  /** `address` as in model/runtime.ts; `program` is '' where the holder is not known. */
  | { readonly type: 'listener'; readonly protocol: string; readonly address: string; readonly port: number; readonly program: BytePath }
  /** `startedAt` in milliseconds since 1970. */
  | { readonly type: 'process'; readonly pid: number; readonly path: BytePath; readonly startedAt: number }
  | { readonly type: 'channel'; readonly channel: string; readonly name: string; readonly version: string }
  | { readonly type: 'launch'; readonly path: BytePath; readonly target: BytePath }
  | { readonly type: 'account'; readonly name: string }
  | { readonly type: 'waiver'; readonly name: string }
  | { readonly type: 'watch'; readonly path: BytePath }
  | { readonly type: 'source'; readonly source: string };

/** Facts are plain JSON values; what each kind puts in is in docs/reference/findings.md. Byte paths in facts are `{ path }` objects. */
export type FactValue = string | number | boolean | null | readonly FactValue[] | { readonly [key: string]: FactValue };

export interface Finding {
  /** 12 hexadecimal digits; the same on every run and host for the same kind and subject. */
  readonly id: string;
  readonly kind: FindingKind;
  readonly severity: Severity;
  readonly subject: Subject;
  /** One sentence for a tired person, without the subject's path repeated; no full stop. */
  readonly message: string;
  readonly evidence: readonly Evidence[];
  readonly facts: { readonly alsoKinds?: readonly FindingKind[]; readonly related?: readonly string[]; readonly [key: string]: FactValue | undefined };
  readonly declaredAt?: SourcePosition;
  readonly remedy: 'automatic' | 'manual' | 'none';
}

/** The same subject always gives the same text, whatever else the finding says: ids are made from it, and findings with the same are folded. */
export function subjectKey(subject: Subject): string {
  switch (subject.type) {
    case 'path': case 'launch': case 'watch': return `path:${subject.path}`;
    // A tree is more than the directory itself.
    case 'tree': return `tree:${subject.path}`;
    case 'package': return `package:${subject.manager}:${subject.name}:${subject.arch}`;
    case 'repository': return `repository:${subject.manager}:${subject.name}:${subject.uri}`;
    // Ids are the same on every run and host: neither pids nor times nor versions are in them.
    case 'listener': return `listener:${subject.protocol}:${subject.address}:${subject.port}:${subject.program}`;
    case 'process': return `process:${subject.path}`;
    case 'channel': return `channel:${subject.channel}:${subject.name}`;
    case 'key': return `key:${subject.fingerprint}`;
    case 'account': case 'waiver': return `${subject.type}:${subject.name}`;
    case 'source': return `source:${subject.source}`;
  }
}
