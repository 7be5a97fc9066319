// `drift rebuild` for people: what cannot be rebuilt and what is left out first, then what the list holds; every name escaped, no secret.
import type { LeftOut, RebuildList, RebuildPackage, RebuildUser, Unbuildable } from '../../model/rebuild.ts';
import { never } from '../../model/result.ts';
import type { TextOptions } from '../text-options.ts';
import { visible, visibleMessage, visibleText } from '../visible.ts';
import { count, wrap, wrapList } from '../wrap.ts';

const INDENT = '  ';
const DEEPER = '      ';
/** Of a reason or of files; `--json` has them all. */
const SHOWN = 40;
const NOTE_LINES = 30;

export function rebuildText(list: RebuildList, options: TextOptions): string {
  const chapters = [
    headLines(list, options), unbuildableLines(list, options), leftOutLines(list, options), packageLines(list, options), repositoryLines(list, options), choiceLines(list, options),
    accountLines(list, options), channelLines(list, options), maskedLines(list, options), noteLines(list, options), closingLines(list, options),
  ];
  return `${chapters.filter((lines) => lines.length > 0).map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function headLines({ drift, host, manifest, source, versions }: RebuildList, options: TextOptions): string[] {
  const name = host.name === '' || host.name === 'unknown' ? 'a host without a name' : visibleText(host.name);
  const system = [host.os.id, host.os.versionId].filter((word) => word !== '').map(visibleText).join(' ');
  const against = manifest.length === 0 ? 'no manifest' : `manifest ${manifest.map(({ path }) => visibleText(path)).join(', ')}`;
  const from = source === 'host' ? '' : ' made from its manifest alone';
  const wanted = versions === 'exact' ? 'exactly these versions' : 'these versions or newer ones';
  return wrap(`Rebuild list of ${name} (${system})${host.root === '/' ? '' : ` at ${visible(host.root)}`}${from}, by drift ${visibleText(drift)}; ${against}; ${wanted}. Nothing was changed.`, '', INDENT, options.width);
}

function unbuildableLines({ cannotRebuild }: RebuildList, options: TextOptions): string[] {
  if (cannotRebuild.length === 0) return [options.paint('strong', 'Cannot be rebuilt: nothing')];
  return [options.paint('strong', `Cannot be rebuilt (${cannotRebuild.length})`), ...cannotRebuild.flatMap((each) => item(unbuildableWords(each), options))];
}

function unbuildableWords(each: Unbuildable): string {
  const because = visibleMessage(each.because);
  switch (each.kind) {
    case 'package': return `${packageWords(each)}: ${because}${each.kept === undefined ? '' : `; kept as ${visibleText(each.kept.file)} (${each.kept.how})`}`;
    case 'stray': return `${visible(each.path)}: ${because}`;
    case 'repository': return `repository ${visibleText(each.name)} (${visible(each.file)}): ${because}`;
    case 'channel': return `${visibleText(`${each.channel} ${each.name} ${each.version}`)}: ${because}`;
    default: return never(each);
  }
}

/** As the manager itself takes it, in one word. */
function packageWords({ arch, manager, name, version }: Pick<RebuildPackage, 'manager' | 'name' | 'arch' | 'version'>): string {
  const anywhere = arch === '' || arch === 'all' || arch === 'noarch';
  if (manager === 'apt') return visibleText(`${name}${anywhere ? '' : `:${arch}`}${version === undefined ? '' : `=${version}`}`);
  return visibleText(`${name}${version === undefined ? '' : `-${version}`}${arch === '' ? '' : `.${arch}`}`);
}

/** Of one reason together: a host that nobody declared has hundreds. */
function leftOutLines({ leftOut }: RebuildList, options: TextOptions): string[] {
  if (leftOut.length === 0) return [options.paint('strong', 'Left out: nothing')];
  const lines = [options.paint('strong', `Left out (${leftOut.length})`)];
  for (const [because, group] of Map.groupBy(leftOut, (each) => each.because)) {
    lines.push(...wrap(`${visibleMessage(because)}:`, INDENT, INDENT, options.width), ...names(group.map(leftOutName), options));
  }
  return lines;
}

function leftOutName({ kind, name, path }: LeftOut): string {
  switch (kind) {
    case 'path': return visible(path ?? name);
    case 'package': case 'setting': return visibleText(name);
    case 'repository': case 'key': case 'channel': case 'account': case 'unit': return `${kind} ${visibleText(name)}${path === undefined ? '' : ` in ${visible(path)}`}`;
    default: return never(kind);
  }
}

function names(all: readonly string[], { full, width }: TextOptions): string[] {
  const shown = full ? all : all.slice(0, SHOWN);
  return [...wrapList(shown, DEEPER, width), ...(shown.length < all.length ? [`${DEEPER}… and ${all.length - shown.length} more`] : [])];
}

function packageLines({ architectures, moduleStreams, packages }: RebuildList, options: TextOptions): string[] {
  const manual = packages.filter(({ mark }) => mark === 'manual');
  const lines = [options.paint('strong', `Packages (${packages.length})`)];
  if (architectures.length > 0) lines.push(...item(`foreign architectures: ${architectures.map(({ arch }) => visibleText(arch)).join(', ')}`, options));
  for (const { name, profiles, state, stream } of moduleStreams) lines.push(...item(`module ${visibleText(name)}:${visibleText(stream)} ${state}${profiles.length === 0 ? '' : ` with ${profiles.map(visibleText).join(', ')}`}`, options));
  if (manual.length > 0) lines.push(`${INDENT}${count(manual.length, 'package')} by choice:`, ...names(manual.map(wantedWords), options));
  const held = packages.filter((each) => each.held);
  if (held.length > 0) lines.push(`${INDENT}held:`, ...names(held.map(packageWords), options));
  const automatic = packages.length - manual.length;
  if (automatic > 0) lines.push(...item(`${count(automatic, 'package')} that these need, marked automatic`, options));
  return lines;
}

function wantedWords(each: RebuildPackage): string {
  return `${packageWords(each)}${(each.bounds ?? []).map(({ op, version }) => ` ${op} ${visibleText(version)}`).join(',')}`;
}

function repositoryLines({ files, keys, repositories }: RebuildList, options: TextOptions): string[] {
  if (repositories.length === 0 && files.length === 0 && keys.length === 0) return [];
  const lines = [options.paint('strong', `Repositories (${repositories.length})`)];
  for (const { components, enabled, file, name, signed, uris } of repositories) {
    const words = [visibleText(name), ...(uris.some((uri) => name.startsWith(uri)) ? [] : uris.map(visibleText)), ...components.map(visibleText)];
    lines.push(...item(`${words.join(' ')}${enabled ? '' : ' (disabled)'}${signed ? '' : ' (without a signature)'}${file === undefined ? '' : ` in ${visible(file)}`}`, options));
  }
  for (const { path, what } of files) if (what !== 'sources') lines.push(...item(`${what === 'variable' ? 'variable' : what === 'preferences' ? 'pins' : 'version locks'} in ${visible(path)}`, options));
  for (const { fingerprints, package: owner, path, userIds } of keys) {
    lines.push(...item(`key ${fingerprints.map(visibleText).join(' ')}${userIds[0] === undefined ? '' : ` of ${visibleText(userIds[0])}`} in ${path === undefined ? 'the package database' : visible(path)}${owner === undefined ? '' : ` of ${visibleText(owner)}`}`, options));
  }
  return lines;
}

function choiceLines({ alternatives, debconf, diversions, statOverrides, units }: RebuildList, options: TextOptions): string[] {
  const items = [
    ...units.map(({ because, name, state }) => `${visibleText(name)} ${state}: ${visibleMessage(because)}`),
    ...alternatives.map(({ name, target }) => `alternative ${visibleText(name)} set to ${visible(target)}`),
    ...diversions.map(({ from, to }) => `diversion of ${visible(from)} to ${visible(to)}`),
    ...statOverrides.map(({ group, mode, path, user }) => `${visible(path)} is ${visibleText(user)}:${visibleText(group)} ${mode.toString(8).padStart(4, '0')} (statoverride)`),
    ...debconf.map(({ question, value }) => `answer to ${visibleText(question)}: ${value === undefined ? '***' : visibleText(value)}`),
  ];
  return items.length === 0 ? [] : [options.paint('strong', `Settings (${items.length})`), ...items.flatMap((each) => item(each, options))];
}

function accountLines({ groups, users }: RebuildList, options: TextOptions): string[] {
  const own = users.filter(({ origin }) => origin.kind === 'person');
  const ownGroups = groups.filter(({ id, name, origin }) => origin.kind === 'person' && !own.some((user) => user.name === name && user.group === name && user.id === id));
  const names = new Set(own.map(({ name }) => name));
  // A package puts its own account into its own group by itself.
  const joined = groups.filter(({ members, origin }) => members.length > 0 && (origin.kind === 'person' || members.some((member) => names.has(member))));
  const items = [
    ...own.map(userWords), ...ownGroups.map(({ id, name }) => `group ${visibleText(name)} (${id})`), ...joined.map(({ members, name }) => `in group ${visibleText(name)}: ${members.map(visibleText).join(', ')}`),
  ];
  return items.length === 0 ? [] : [options.paint('strong', 'Accounts that no package makes'), ...items.flatMap((each) => item(each, options))];
}

function userWords({ comment, group, home, id, name, shell }: RebuildUser): string {
  return `${visibleText(name)} (${id}), group ${visibleText(group)}, ${visible(home)}, ${shell === '' ? 'no shell named' : visible(shell)}${comment === '' ? '' : `, ${visibleText(comment)}`}; locked until it gets a password or key`;
}

function channelLines({ channels, strays }: RebuildList, options: TextOptions): string[] {
  const items = [
    ...channels.map(({ channel, constraint, name, path, version }) => `${visibleText(`${channel} ${name} ${version ?? constraint ?? ''}`.trim())}${path === undefined ? '' : ` in ${visible(path)}`}`),
    ...strays.map(({ path, sha256 }) => `${visible(path)}${sha256 === undefined ? '' : ` sha256 ${sha256}`}`),
  ];
  return items.length === 0 ? [] : [options.paint('strong', `Other software (${items.length})`), ...items.flatMap((each) => item(each, options))];
}

function maskedLines({ masked }: RebuildList, options: TextOptions): string[] {
  return masked.length === 0 ? [] : [options.paint('strong', `Secrets that are not in the list (${masked.length})`), ...masked.flatMap(({ because, name }) => item(`${visibleText(name)}: ${visibleMessage(because)}`, options))];
}

function noteLines({ notes }: RebuildList, options: TextOptions): string[] {
  if (notes.length === 0) return [];
  const lines = [options.paint('strong', 'For the person who rebuilds')];
  for (const { lines: said, path, topic } of notes) {
    const shown = options.full ? said : said.slice(0, NOTE_LINES);
    lines.push(`${INDENT}${topic.replaceAll('-', ' ')}${path === undefined ? '' : `, ${visible(path)}`}:`, ...shown.map((line) => `${DEEPER}${visibleText(line)}`));
    if (shown.length < said.length) lines.push(`${DEEPER}… and ${said.length - shown.length} more lines`);
  }
  return lines;
}

function closingLines({ cannotRebuild, incomplete, leftOut, packages }: RebuildList, options: TextOptions): string[] {
  const lines = wrap(`${count(packages.length, 'package')}; ${cannotRebuild.length === 0 ? 'nothing that cannot be rebuilt' : `${cannotRebuild.length} that cannot be rebuilt`}; ${leftOut.length} left out`, '', INDENT, options.width);
  if (incomplete.length > 0) lines.push(...wrap(`Incomplete: ${incomplete.map(({ message, source }) => `${source} (${visibleMessage(message)})`).join('; ')}. The list may lack something.`, '', INDENT, options.width));
  return lines;
}

function item(text: string, { width }: TextOptions): string[] {
  return wrap(text, INDENT, DEEPER, width);
}
