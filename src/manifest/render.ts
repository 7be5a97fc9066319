// What `drift init` decided → manifest text for people, 80 columns wide where names allow it. It parses to what the draft says; everything undecided stays a comment.
import * as v from 'valibot';
import { isChannelName } from '../model/channel.ts';
import { DEFAULT_POLICY } from '../model/manifest.ts';
import type { InitDraft, InitPackage } from '../model/init-draft.ts';
import type { ListenerEdit } from '../model/manifest-edit.ts';
import { patternFor } from '../model/pattern.ts';
import { visible } from './diagnostic.ts';
import { channelNameProblem, LISTENER_FIELDS, listenerShape } from './ordinary-shapes.ts';
import { isPackageName } from './package-name.ts';
import { packageMapShape, repositoryShape } from './shapes.ts';
import { isPrintable } from './source-text.ts';
import { yamlComment, yamlKey, yamlList, yamlPhrase, yamlScalar } from './yaml-text.ts';

const WIDTH = 80;
/** More are counted only: a file that nobody reads decides nothing. */
const SHOWN_UNDECIDED = 40;

export function renderManifest(draft: InitDraft): string {
  const sections = [head(draft), packagesSection(draft), repositoriesSection(draft), policySection(draft), channelsSection(draft), undecidedSection(draft), listenersSection(draft)];
  return `${sections.filter((section) => section.length > 0).map((section) => section.join('\n')).join('\n\n')}\n`;
}

function head({ hostName, os, notes }: InitDraft): string[] {
  const system = `${os.id} ${os.versionId}`.trim();
  const host = hostName.replaceAll(/[^A-Za-z0-9._-]/g, '').slice(0, 64);
  return [
    ...comment(`What should be on ${visible(hostName)}${system === '' ? '' : ` (${visible(system)})`}, as drift found it. Take out what should not be here; "drift check" compares the host with this file.`),
    ...notes.flatMap((note) => comment(`Note: ${visible(note)}`)),
    'drift: 1',
    ...(/^[A-Za-z0-9]/.test(host) ? [`name: ${yamlScalar(host)}`] : []),
  ];
}

function packagesSection({ packages }: InitDraft): string[] {
  if (packages.length === 0) return [];
  const lines = comment('What was installed by choice. Dependencies come along and need no line. A version may stand instead of any: ">= 1.22, < 1.27" or "^7.0".');
  let written = 0;
  lines.push('packages:');
  for (const entry of packages) {
    if (!isPackageName(entry.name) || v.safeParse(packageMapShape, packagePlain(entry)).success === false) {
      lines.push(...comment(`left out, because a manifest cannot name it: ${visible(entry.name)}`, '  '));
      continue;
    }
    const line = `  ${yamlKey(entry.name)}: ${packageValue(entry)}`;
    const note = entry.comment === undefined ? '' : visible(entry.comment).replaceAll(/\s+/g, ' ').trim();
    if (note === '') lines.push(line);
    else if (line.length + 4 + note.length <= WIDTH) lines.push(`${line}  # ${note}`);
    else lines.push(...comment(note, '  '), line);
    written++;
  }
  return withoutEmpty('packages:', lines, written);
}

/** What the host's files say may be no value for a manifest; then it becomes a comment instead of a file that does not parse. */
function packagePlain({ constraint, names, hold }: InitPackage): object {
  return { version: constraint ?? 'any', ...(names === undefined ? {} : { name: names }), ...(hold === undefined ? {} : { hold }) };
}

function packageValue({ constraint, names, hold }: InitPackage): string {
  const parts: string[] = [];
  if (constraint !== undefined && (names !== undefined || hold === true)) parts.push(`version: ${yamlScalar(constraint)}`);
  if (names !== undefined) parts.push(`name: { ${Object.entries(names).map(([manager, name]) => `${manager}: ${yamlScalar(name)}`).join(', ')} }`);
  if (hold === true) parts.push('hold: true');
  return parts.length === 0 ? yamlScalar(constraint ?? 'any') : `{ ${parts.join(', ')} }`;
}

function repositoriesSection({ repositories }: InitDraft): string[] {
  if (repositories.length === 0) return [];
  const lines = comment('Where packages may come from, and whose signature they need.');
  lines.push('repositories:');
  const used = new Set<string>();
  let written = 0;
  for (const repository of repositories) {
    const { label, manager, id } = repository;
    const fields = listFields(repository);
    const base = visible(label).trim().slice(0, 100) || manager;
    const plain = { [manager]: Object.fromEntries([...(id === undefined ? [] : [['id', id]]), ...fields]) };
    if (v.safeParse(repositoryShape, plain).success === false || !fields.every(([, values]) => values.every((value) => isPrintable(value)))) {
      lines.push(...comment(`left out, because a manifest cannot say it: ${base}`, '  '));
      continue;
    }
    const key = used.has(base) ? unusedLabel(base, used) : base;
    used.add(key);
    lines.push(`  ${yamlKey(key)}:`, `    ${manager}:`);
    if (id !== undefined) lines.push(`      id: ${yamlScalar(id)}`);
    for (const [name, values] of fields) lines.push(...yamlList('      ', name, values, WIDTH));
    written++;
  }
  return withoutEmpty('repositories:', lines, written);
}

/** A section without an entry would be an error. */
function withoutEmpty(section: string, lines: readonly string[], written: number): string[] {
  return written > 0 ? [...lines] : lines.filter((line) => line !== section).map((line) => line.trimStart());
}

function listFields({ uris, suites, components, types, signedBy }: InitDraft['repositories'][number]): [string, readonly string[]][] {
  const fields: [string, readonly string[]][] = [['uris', uris], ['suites', suites], ['components', components], ['types', types ?? []], ['signed-by', signedBy]];
  return fields.filter(([, values]) => values.length > 0);
}

function unusedLabel(base: string, used: ReadonlySet<string>): string {
  let number = 2;
  while (used.has(`${base}-${number}`)) number++;
  return `${base}-${number}`;
}

function policySection({ base }: InitDraft): string[] {
  if (base === DEFAULT_POLICY.base) return [];
  return [...comment('What counts as needed without a line above: required, important or standard.'), 'policy:', `  base: ${base}`];
}

function channelsSection({ channels = [] }: InitDraft): string[] {
  if (channels.length === 0) return [];
  const lines = comment('To be decided: software that came by other ways. Take the comment signs off what belongs here; once this section is there, what it does not name is a finding.');
  lines.push('# channels:');
  let channel = '';
  for (const one of channels.slice(0, SHOWN_UNDECIDED)) {
    const why = visible(one.why).replaceAll(/\s+/g, ' ').trim();
    if (!isChannelName(one.channel) || channelNameProblem(one.channel, one.name) !== undefined) {
      lines.push(...comment(`left out, because a manifest cannot name it: ${visible(one.channel)} ${visible(one.name)}, ${why}`, '#   '));
      continue;
    }
    if (one.channel !== channel) lines.push(`#   ${one.channel}:`);
    channel = one.channel;
    const line = `#     ${yamlKey(one.name)}: any`;
    if (line.length + 4 + why.length <= WIDTH) lines.push(`${line}  # ${why}`);
    else lines.push(...comment(why, '#     '), line);
  }
  if (channels.length > SHOWN_UNDECIDED) lines.push(`# … and ${channels.length - SHOWN_UNDECIDED} more: drift check names them once this section is there`);
  return lines;
}

function undecidedSection({ undecided }: InitDraft): string[] {
  if (undecided.length === 0) return [];
  const lines = comment('To be decided: no package owns these, and nothing shows that they belong here. Remove them, or take the comment sign off, say why each may stay, and until when; "drift allow" writes that for you, with the digest that some need, and "drift triage" asks about each.');
  lines.push('# allow:');
  for (const { path, why, tree } of undecided.slice(0, SHOWN_UNDECIDED)) {
    const pattern = tree === true ? `${patternFor(path)}/**` : patternFor(path);
    lines.push(...comment(visible(why), '#   '), `#   - path: ${yamlScalar(pattern)}`, '#     reason:');
  }
  if (undecided.length > SHOWN_UNDECIDED) lines.push(`# … and ${undecided.length - SHOWN_UNDECIDED} more: drift check`);
  return lines;
}

function listenersSection({ listeners = [] }: InitDraft): string[] {
  if (listeners.length === 0) return [];
  const lines = comment('To be confirmed: these listen and can be reached from elsewhere. Close them, or take the comment signs off those that you confirm and put your name and the day; "drift listeners confirm" writes the same.');
  lines.push('# listeners:');
  for (const { entry, port, why } of listeners.slice(0, SHOWN_UNDECIDED)) {
    if (entry === undefined || !isSayable(entry)) {
      lines.push(...comment(`${port}: ${visible(why)}${entry === undefined ? '' : '; a manifest cannot say it'}`, '#   '));
      continue;
    }
    const { confirmed: { by, on }, kind: _, ...fields } = entry;
    const said = LISTENER_FIELDS.flatMap((key) => (fields[key] === undefined ? [] : [[key, fields[key]] as const]));
    const block = said.map(([key, value], at) => `#   ${at === 0 ? '-' : ' '} ${key}: ${yamlPhrase(value, BLOCK)}`);
    lines.push(...comment(visible(why), '#   '), ...block, `#     confirmed: { by: ${yamlPhrase(by, IN_BRACES)}, on: ${yamlPhrase(on, IN_BRACES)} }`);
  }
  if (listeners.length > SHOWN_UNDECIDED) lines.push(`# … and ${listeners.length - SHOWN_UNDECIDED} more: drift listeners`);
  return lines;
}

const BLOCK = { flow: false, quote: '"' } as const;
const IN_BRACES = { flow: true, quote: '"' } as const;

/** What the host's files say may be no value for a manifest. */
function isSayable(edit: ListenerEdit): boolean {
  const { kind: _, ...entry } = edit;
  return v.safeParse(listenerShape, entry).success && [entry.confirmed.by, ...LISTENER_FIELDS.map((key) => entry[key] ?? '')].every((value) => isPrintable(value));
}

function comment(text: string, indent = ''): string[] {
  return yamlComment(text, indent, WIDTH);
}
