// Reads dpkg's records beside the status: diversions (dpkg-divert(1)), statoverride (dpkg-statoverride(1)), path filters of dpkg.cfg(5).
import type { Host } from '../../host/host.ts';
import type { BytePath } from '../../model/bytes.ts';
import type { Problem } from '../../model/coverage.ts';
import { wildcardMatches } from '../wildcard.ts';
import { DPKG } from './database.ts';

export interface Diversion {
  readonly from: BytePath;
  readonly to: BytePath;
  /** ':' for a local one, which takes the path from every package. */
  readonly package: string;
}

export function readDiversions(host: Host, problems: Problem[]): readonly Diversion[] {
  const path = `${DPKG}/diversions`;
  const content = host.readBytes(path);
  if (!content.ok) {
    if (content.error.reason !== 'ENOENT') problems.push({ message: content.error.message, path });
    return [];
  }
  const lines = content.value.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const out: Diversion[] = [];
  for (let i = 0; i < lines.length; i += 3) {
    const from = lines[i]!;
    const to = lines[i + 1];
    const owner = lines[i + 2];
    if (to === undefined || owner === undefined) problems.push({ message: `line ${i + 1}: the file ends inside a diversion`, path });
    else if (!from.startsWith('/') || !to.startsWith('/')) problems.push({ message: `line ${i + 1}: a diversion without absolute paths`, path });
    else out.push({ from, to, package: owner });
  }
  return out;
}

export interface StatOverride {
  readonly path: BytePath;
  /** A name, or '#' and a number. */
  readonly user: string;
  readonly group: string;
  readonly mode: number;
}

const OVERRIDE = /^(\S+) (\S+) ([0-7]{1,5}) (\/.*)$/;

export function readStatOverrides(host: Host, problems: Problem[]): readonly StatOverride[] {
  const path = `${DPKG}/statoverride`;
  const content = host.readBytes(path);
  if (!content.ok) {
    if (content.error.reason !== 'ENOENT') problems.push({ message: content.error.message, path });
    return [];
  }
  const out: StatOverride[] = [];
  content.value.split('\n').forEach((line, index) => {
    if (line === '') return;
    const match = OVERRIDE.exec(line);
    if (match === null) problems.push({ message: `line ${index + 1}: not a statoverride`, path });
    else out.push({ user: match[1]!, group: match[2]!, mode: Number.parseInt(match[3]!, 8), path: match[4]! });
  });
  return out;
}

/** Whether dpkg was told not to unpack a path (docs in a container): the last filter that matches decides. */
export interface PathFilter {
  excludes(path: BytePath): boolean;
}

export function readPathFilter(host: Host, problems: Problem[]): PathFilter {
  const rules: { readonly exclude: boolean; readonly pattern: string }[] = [];
  const files: BytePath[] = [];
  const parts = host.readDirectory('/etc/dpkg/dpkg.cfg.d');
  // dpkg reads names of letters, digits, '_' and '-' only, and the main file after them.
  if (parts.ok) for (const name of parts.value.map((entry) => entry.name).filter((name) => /^[A-Za-z0-9_-]+$/.test(name)).sort()) files.push(`/etc/dpkg/dpkg.cfg.d/${name}`);
  else if (parts.error.reason !== 'ENOENT') problems.push({ message: parts.error.message, path: '/etc/dpkg/dpkg.cfg.d' });
  files.push('/etc/dpkg/dpkg.cfg');
  for (const file of files) {
    const content = host.readBytes(file);
    if (!content.ok) {
      if (content.error.reason !== 'ENOENT') problems.push({ message: content.error.message, path: file });
      continue;
    }
    for (const line of content.value.split('\n')) {
      const match = /^\s*path-(exclude|include)(?:\s*=\s*|\s+)(\S.*)$/.exec(line);
      if (match !== null) rules.push({ exclude: match[1] === 'exclude', pattern: match[2]!.trim() });
    }
  }
  return {
    excludes(path) {
      let excluded = false;
      for (const rule of rules) if (rule.exclude !== excluded && wildcardMatches(rule.pattern, path)) excluded = rule.exclude;
      return excluded;
    },
  };
}
