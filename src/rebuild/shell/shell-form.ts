// A rebuild list → a script for the shell of a fresh system of the same distribution. It shows what it would do; with --apply it does it; twice it does nothing the second time.
import type { ManagerFile, RebuildKey, RebuildList, RebuildPackage } from '../../model/rebuild.ts';
import { armoured } from '../armoured.ts';
import { channelNotes } from '../channel-notes.ts';
import { generatedSources } from '../generated-sources.ts';
import { APT_LIBRARY } from './apt-library.ts';
import { channelLines, isScripted } from './channels.ts';
import { CHANNELS_LIBRARY } from './channels-library.ts';
import { DNF_LIBRARY } from './dnf-library.ts';
import { LIBRARY } from './library.ts';
import { comment, isAccountName, isPackageWord, isPlainName, quoted, quotedBytes, sayable, shown } from './words.ts';

export function shellForm(list: RebuildList): string {
  const { host, managers } = { host: list.host, managers: new Set(list.packages.map(({ manager }) => manager)) };
  const name = host.name === '' ? 'a host' : host.name;
  return [
    '#!/bin/sh',
    comment(`Builds ${name} (${host.os.id} ${host.os.versionId}) again, on a fresh system of the same distribution; made by drift ${list.drift}.`),
    '# It shows what it would do. With --apply it does it. Run twice it does nothing the second time.',
    '# Configuration and data come from the backup, afterwards; accounts are locked until then.',
    ...headComments(list), '', LIBRARY,
    `exact=${list.versions === 'exact' ? 'yes' : ''}`,
    ...accountLines(list), '',
    ...(managers.has('apt') ? [APT_LIBRARY, ...debianLines(list), ''] : []),
    ...(managers.has('dnf') ? [DNF_LIBRARY, ...rpmLines(list), ''] : []),
    ...settingLines(list), ...channelPart(list), ...noteComments(list), 'finish', '',
  ].join('\n');
}

function headComments({ cannotRebuild, leftOut, masked }: RebuildList): string[] {
  const lines: string[] = [];
  if (cannotRebuild.length > 0) lines.push('#', '# Cannot be rebuilt by this:', ...cannotRebuild.map((each) => comment(`  ${each.kind === 'stray' ? shown(each.path) : each.kind === 'package' ? `${each.name} ${each.version}` : each.name}: ${each.because}`)));
  if (masked.length > 0) lines.push('#', '# Put in by hand:', ...masked.map(({ because, name }) => comment(`  ${name}: ${because}`)));
  if (leftOut.length > 0) lines.push('#', comment(`Left out: ${leftOut.length}; drift rebuild names them.`));
  return lines;
}

/** What a script cannot say is told where it would have stood. */
function unsaid(what: string): string {
  return `warn ${quoted(`not done, a script cannot name it: ${shown(what)}`)}`;
}

function accountLines({ groups, users }: RebuildList): string[] {
  const own = users.filter(({ origin }) => origin.kind === 'person');
  const ownGroups = groups.filter(({ origin }) => origin.kind === 'person');
  return [
    ...ownGroups.map(({ id, name }) => (isAccountName(name) ? `group ${quoted(name)} ${id}` : unsaid(`the group ${name}`))),
    ...own.map(({ comment: words, group, home, id, name, shell }) => {
      const plain = isAccountName(name) && isAccountName(group) && sayable(home) && sayable(shell) && !/[:\n]/.test(`${home}${shell}${words}`);
      return plain ? `user ${quoted(name)} ${id} ${quoted(group)} ${quotedBytes(home)} ${quotedBytes(shell === '' ? '/bin/sh' : shell)} ${quoted(words.replaceAll('\0', ''))}` : unsaid(`the user ${name}`);
    }),
  ];
}

function fileLine({ content, mode, path }: ManagerFile): string {
  if (!sayable(path)) return unsaid(path);
  const octal = mode.toString(8).padStart(4, '0');
  return sayable(content) ? `text ${quoted(shown(path))} ${quotedBytes(path)} ${octal} ${quotedBytes(content)}` : `bytes ${quoted(shown(path))} ${quotedBytes(path)} ${octal} ${quoted(Buffer.from(content, 'latin1').toString('base64'))}`;
}

/** A file of a package is put there only where it is missing: the package brings its own. */
function keyLine({ base64, package: owner, path }: RebuildKey): string {
  if (path === undefined || base64 === '') return '';
  if (!sayable(path)) return unsaid(path);
  const line = `bytes ${quoted(shown(path))} ${quotedBytes(path)} 0644 ${quoted(base64)}`;
  return owner === undefined ? line : `[ -e ${quotedBytes(path)} ] || ${line}`;
}

function sourceLines(list: RebuildList, manager: string, directories: readonly string[]): string[] {
  const files = [...list.files.filter((file) => file.manager === manager), ...generatedSources(list, manager)];
  const sources = files.filter(({ what }) => what === 'sources');
  const known = sources.map(({ path }) => path).filter(sayable).map((path) => `${quotedBytes(path)} | `).join('');
  return [
    ...list.keys.filter((key) => key.manager === manager).map(keyLine).filter((line) => line !== ''),
    ...files.filter(({ what }) => what !== 'sources').map(fileLine),
    'if [ -z "$keep_sources" ]; then', '  :', ...sources.map((file) => `  ${fileLine(file)}`),
    ...sources.filter(({ masked }) => masked).map(({ path }) => `  warn ${quoted(`credentials have to be put into ${shown(path)}`)}`),
    `  for file in ${directories.join(' ')}; do`,
    `    case $file in ${known}*'*'*) ;; *) [ ! -e "$file" ] || warn "$file is a source that the list does not have" ;; esac`,
    '  done', 'fi',
  ];
}

function debianLines(list: RebuildList): string[] {
  const { architectures, debconf, diversions, packages } = list;
  return [
    ...architectures.filter(({ manager }) => manager === 'apt').map(({ arch }) => (isPlainName(arch) ? `debian_architecture ${quoted(arch)}` : unsaid(`the architecture ${arch}`))),
    ...sourceLines(list, 'apt', ['/etc/apt/sources.list', '/etc/apt/sources.list.d/*.list', '/etc/apt/sources.list.d/*.sources']),
    ...debconf.flatMap(({ package: owner, question, type, value }) => {
      if (value === undefined) return [];
      return isPackageWord({ name: owner, arch: '' }) && !/[\0\n\r]/.test(value) && /^[\x21-\x7e]+$/.test(question) ? [`answer ${quoted(shown(question))} ${quoted(owner)} ${quoted(`${owner} ${question} ${type} ${value}`)}`] : [unsaid(`the answer to ${question}`)];
    }),
    ...diversions.map(({ from, to }) => (sayable(from) && sayable(to) ? `divert ${quoted(shown(from))} ${quotedBytes(from)} ${quotedBytes(to)}` : unsaid(from))),
    ...packageLines(list, packages.filter(({ manager }) => manager === 'apt'), 'debian_packages', ({ held }) => (held ? 'hold' : '-')),
    ...list.statOverrides.map(({ group, mode, path, user }) => (sayable(path) && /^#?[A-Za-z0-9_.-]+$/.test(user) && /^#?[A-Za-z0-9_.-]+$/.test(group)
      ? `override ${quoted(shown(path))} ${quoted(user)} ${quoted(group)} ${mode.toString(8)} ${quotedBytes(path)}` : unsaid(path))),
  ];
}

function rpmLines(list: RebuildList): string[] {
  const { keys, moduleStreams, packages } = list;
  const rpms = packages.filter(({ manager }) => manager === 'dnf');
  const copies = Map.groupBy(rpms, ({ arch, name }) => `${name}.${arch}`);
  return [
    ...sourceLines(list, 'dnf', ['/etc/yum.repos.d/*.repo']),
    ...keys.filter(({ manager, path }) => manager === 'dnf' && path === undefined).map(({ base64, fingerprints: [fingerprint = ''] }) => `rpm_key ${quoted(fingerprint)} ${quoted(fingerprint.slice(-8).toLowerCase())} ${quoted(armoured(base64))}`),
    ...moduleStreams.map(({ name, state, stream }) => {
      if (!isPlainName(name) || (state === 'enabled' && !isPlainName(stream))) return unsaid(`the module ${name}`);
      return state === 'enabled' ? `stream ${quoted(name)} ${quoted(stream)}` : `no_stream ${quoted(name)}`;
    }),
    ...packageLines(list, rpms, 'rpm_packages', ({ arch, name }) => ((copies.get(`${name}.${arch}`)?.length ?? 0) > 1 ? 'side' : '-')),
  ];
}

/** Only words that mean nothing to a shell get into this text; the rest is told. */
function packageLines({ cannotRebuild }: RebuildList, packages: readonly RebuildPackage[], command: string, last: (each: RebuildPackage) => string): string[] {
  const gone = new Set(cannotRebuild.flatMap((each) => (each.kind === 'package' ? [`${each.manager}:${each.name}:${each.arch}:${each.version}`] : [])));
  const lines: string[] = [];
  const others: string[] = [];
  for (const each of packages) {
    const { arch, kept, manager, mark, name, version } = each;
    if (!isPackageWord(each)) others.push(unsaid(`the package ${name}`));
    else {
      // '+': no repository has it; without its kept bytes it is not asked for.
      const file = kept !== undefined && /^[A-Za-z0-9+._~%-]+$/.test(kept.file) ? kept.file : gone.has(`${manager}:${name}:${arch}:${version ?? ''}`) ? '+' : '-';
      lines.push([name, arch === '' ? '-' : arch, version ?? '-', mark === 'manual' ? 'manual' : 'auto', last(each), file].join(' '));
    }
  }
  return [...others, `${command} <<'DRIFT_PACKAGES'`, ...lines, 'DRIFT_PACKAGES'];
}

function settingLines({ alternatives, groups, units, users }: RebuildList): string[] {
  const own = new Set(users.filter(({ origin }) => origin.kind === 'person').map(({ name }) => name));
  return [
    ...alternatives.map(({ manager, name, target }) => (isPlainName(name) && sayable(target) ? `alternative ${manager === 'apt' ? 'update-alternatives' : 'alternatives'} ${quoted(name)} ${quotedBytes(target)}` : unsaid(`the alternative ${name}`))),
    ...units.map(({ name, state }) => (isPlainName(name) ? `unit ${quoted(name)} ${state}` : unsaid(`the unit ${name}`))),
    ...groups.flatMap(({ members, name, origin }) => members.filter((member) => origin.kind === 'person' || own.has(member))
      .map((member) => (isAccountName(name) && isAccountName(member) ? `member ${quoted(name)} ${quoted(member)}` : unsaid(`${member} in ${name}`)))),
  ];
}

function channelPart({ channels }: RebuildList): readonly string[] {
  const lines = channelLines(channels);
  return lines.length === 0 ? [] : ['', CHANNELS_LIBRARY, ...lines];
}

function noteComments({ channels, notes, strays }: RebuildList): string[] {
  const lines = [
    ...channelNotes(channels.filter((each) => !isScripted(each))).map((line) => `#   ${line}`),
    ...strays.map(({ path, sha256 }) => comment(`  ${shown(path)}${sha256 === undefined ? '' : ` sha256 ${sha256}`}`)),
  ];
  const said = notes.flatMap(({ lines: words, path, topic }) => [comment(`  ${topic}${path === undefined ? '' : `, ${shown(path)}`}:`), ...words.map((line) => comment(`    ${line}`))]);
  return [
    ...(lines.length === 0 ? [] : ['', '# Not done by this: software of other channels, to be typed by hand, and what comes from the backup.', ...lines]),
    ...(said.length === 0 ? [] : ['', '# For the person who rebuilds:', ...said]), '',
  ];
}

