// What a finding is about, in one piece of text that a person can copy.
import type { Finding, Subject } from '../model/finding.ts';
import { endpoint } from '../model/ip-address.ts';
import { never } from '../model/result.ts';
import { visible, visibleText } from './visible.ts';

export function subjectText(subject: Subject): string {
  switch (subject.type) {
    case 'path': case 'watch': return visible(subject.path);
    case 'tree': return `${visible(subject.path)}/`;
    case 'package': return visibleText(subject.version === '' ? subject.name : `${subject.name} ${subject.version}`);
    case 'repository': return visibleText(subject.uri === '' || subject.name.includes(subject.uri) ? subject.name : `${subject.name} (${subject.uri})`);
    case 'key': return subject.file === '' ? `key ${visibleText(subject.fingerprint)}` : `key ${visibleText(subject.fingerprint)} in ${visible(subject.file)}`;
    case 'listener': return visible(`${subject.protocol === 'unix' ? subject.address : `${endpoint(subject.address, subject.port)}/${subject.protocol}`}${subject.program === '' ? '' : ` ${subject.program}`}`);
    case 'process': return `process ${subject.pid} ${visible(subject.path)}`;
    case 'channel': return visibleText(`${subject.channel} ${subject.name} ${subject.version}`);
    case 'launch': return subject.target === '' || subject.target === subject.path ? visible(subject.path) : `${visible(subject.path)} -> ${visible(subject.target)}`;
    case 'account': return `account ${visible(subject.name)}`;
    case 'waiver': return visibleText(subject.name);
    case 'source': return visible(subject.source);
    default: return never(subject);
  }
}

/** A package of a foreign architecture is not the package of that name. */
export function findingSubject({ facts, subject }: Finding): string {
  if (subject.type !== 'package' || typeof facts['manifestName'] !== 'string') return subjectText(subject);
  return subjectText({ ...subject, name: facts['manifestName'] });
}

/** For lists of many: package names without versions. */
export function shortSubject(finding: Finding): string {
  const { facts, subject } = finding;
  // Whoever lists what waits for a restart asks which upgrade it was.
  if (facts['upgraded'] === true && typeof facts['package'] === 'string') return visibleText(facts['package']);
  if (subject.type === 'package') return visibleText(typeof facts['manifestName'] === 'string' ? facts['manifestName'] : subject.name);
  return subjectText(subject);
}
