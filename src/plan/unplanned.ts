// Findings in scope for which there is no action: each gets its reason.
import type { Finding } from '../model/finding.ts';
import type { ObservedState } from '../model/observed.ts';
import type { Refusal } from '../model/plan.ts';
import { never } from '../model/result.ts';
import { refusal } from './draft.ts';
import { storeOf } from './references.ts';

export function unplanned(finding: Finding, observed: ObservedState): Refusal {
  const { facts, id, kind, subject } = finding;
  const say = (reason: Refusal['reason'], message: string, hint?: string): Refusal => refusal([id], subject, reason, message, hint);
  switch (kind) {
    case 'file-stray': case 'file-privileged': case 'file-shadowed': return say('manual', 'it is not a file that could be moved away by itself', 'drift explain says what it is');
    case 'tree-stray': {
      const runtime = subject.type === 'tree' ? storeOf(subject.path, observed) : undefined;
      return runtime === undefined ? say('manual', 'every file of it that could run is told by itself', 'name those') : say('container', `it is the store of ${runtime}`, `remove what is in it with ${runtime}'s own tools`);
    }
    case 'launch-stray': return facts['owners'] === undefined ? say('manual', 'it is a file that people write themselves, and only a line of it is wrong', 'take the line out by hand') : say('manual', 'a package owns it, and only a part of it is wrong', 'take that part out by hand');
    case 'file-modified': case 'file-missing': case 'file-mode': return say('manual', 'what it should be is for a person to say', 'drift explain says what differs');
    case 'channel-extra': return say('channel', subject.type === 'channel' ? `${subject.channel} has its own record of it` : 'another channel has its own record of it', 'remove it with the tool that brought it');
    case 'process-stray': case 'process-deleted': return say('manual', 'what it runs is gone or is nobody\'s file, and to stop it is a decision', 'stop or restart it by hand');
    case 'listener-unconfirmed': case 'listener-missing': return say('manual', 'whether it should listen is for a person to say', 'drift listeners confirm, or stop the program');
    case 'watch-changed': case 'ssh-root-login': return say('manual', 'it is a setting, and settings are not changed by drift', 'set it by hand');
    case 'waiver-expired': case 'waiver-unused': return say('manual', 'it is about the manifest', 'change the manifest');
    case 'rebuild-stale': return facts['missing'] === undefined ? say('manual', 'a rebuild is proved by building', 'drift rebuild prove') : say('manual', 'lists are kept where the manifest says', 'drift rebuild keep');
    case 'run-unfinished': return say('manual', 'drift itself was cut off there', 'drift recover');
    case 'source-unreadable': return say('unsure', 'what could not be read cannot be acted on', 'mend it, or run drift as root');
    case 'repository-extra': case 'repository-missing': case 'repository-unsigned': return say('manual', 'whom to trust for packages is for a person to say', 'drift explain says what differs');
    case 'package-missing': case 'package-forbidden': case 'package-extra': case 'package-orphan': case 'package-version': case 'package-mark': case 'package-hold': case 'package-broken':
    case 'package-residual': case 'package-foreign': return say('manual', 'there is nothing that the package manager could be asked');
    default: return never(kind);
  }
}
