// A rebuild list → a playbook for ansible-core alone (ansible-playbook(1)), on a fresh system of the same distribution that has Python. Run twice it changes nothing the second time.
import { parentOf, toText } from '../../model/bytes.ts';
import type { RebuildList, RebuildPackage } from '../../model/rebuild.ts';
import { armoured } from '../armoured.ts';
import { channelNotes } from '../channel-notes.ts';
import { generatedSources } from '../generated-sources.ts';
import { comment, isAccountName, isPackageWord, isPlainName, sayable, shown } from '../shell/words.ts';
import { hostText, list, map, yamlLines, type Yaml, type YamlMap } from './yaml.ts';

/** What cannot be said, for the head of the playbook. */
type Unsaid = string[];

export function ansibleForm(rebuild: RebuildList): string {
  const { host, leftOut, masked, cannotRebuild } = rebuild;
  const unsaid: Unsaid = [];
  const tasks = [...files(rebuild, unsaid), ...accounts(rebuild, unsaid), ...debian(rebuild, unsaid), ...rpm(rebuild, unsaid), ...settings(rebuild, unsaid)];
  const play = map({ name: hostText(`Build ${host.name} again`), hosts: 'all', become: true, gather_facts: false, tasks: list(tasks) });
  return [
    comment(`Builds ${host.name} (${host.os.id} ${host.os.versionId}) again, on a fresh system of the same distribution; made by drift ${rebuild.drift}.`),
    '# Configuration and data come from the backup, afterwards; accounts are locked until then.',
    ...cannotRebuild.map((each) => comment(`Cannot be rebuilt: ${each.kind === 'stray' ? shown(each.path) : each.kind === 'package' ? `${each.name} ${each.version}` : each.name}: ${each.because}`)),
    ...channelNotes(rebuild.channels).map((line) => `# To be typed by hand: ${line}`),
    ...masked.map(({ because, name }) => comment(`Put in by hand: ${name}: ${because}`)), ...unsaid.map((what) => comment(`Not done, a playbook cannot name it: ${what}`)),
    ...(leftOut.length === 0 ? [] : [comment(`Left out: ${leftOut.length}; drift rebuild names them.`)]), '---', ...yamlLines(list([play]), ''), '',
  ].join('\n');
}

/** `script` looks first, acts if it must, and says 'changed' if it did; the words are its arguments. */
function ensure(name: string, script: string, rows: readonly (readonly string[])[]): readonly YamlMap[] {
  if (rows.length === 0) return [];
  return [map({
    name, 'ansible.builtin.command': map({ argv: `{{ ['/bin/sh', '-c', script, 'sh'] + item }}` }),
    // '{%' in a script is the shell's, or rpm's.
    vars: map({ script: hostText(script) }), loop: list(rows.map((words) => list(words.map(hostText)))), register: 'done', changed_when: "'changed' in done.stdout_lines",
  })];
}

function files(rebuild: RebuildList, unsaid: Unsaid): readonly YamlMap[] {
  const all = [...rebuild.files, ...rebuild.host.managers.flatMap((manager) => generatedSources(rebuild, manager))];
  const texts: Yaml[] = [];
  const parents = new Set<string>();
  for (const { content, mode, path } of all) {
    if (!sayable(path) || !sayable(content)) {
      unsaid.push(shown(path));
      continue;
    }
    parents.add(toText(parentOf(path)));
    texts.push(map({ dest: hostText(toText(path)), content: hostText(toText(content)), mode: mode.toString(8).padStart(4, '0') }));
  }
  const keys = rebuild.keys.filter(({ base64, path }) => path !== undefined && base64 !== '');
  for (const { path } of keys) if (!sayable(path!)) unsaid.push(shown(path!));
  return [
    // A file of a package is put there only where it is missing: the package brings its own.
    ...ensure('Public keys', KEY, keys.filter(({ path }) => sayable(path!)).map(({ base64, package: owner, path }) => [toText(path!), base64, owner === undefined ? '' : 'packaged'])),
    ...(texts.length === 0 ? [] : [map({
      name: 'Directories for them', 'ansible.builtin.file': map({ path: '{{ item }}', state: 'directory' }), loop: list([...parents].map(hostText)),
    }), map({
      // With --check there is nothing yet to put them into.
      name: 'Sources, pins and locks', ignore_errors: '{{ ansible_check_mode }}', 'ansible.builtin.copy': map({ dest: '{{ item.dest }}', content: '{{ item.content }}', mode: '{{ item.mode }}' }), loop: list(texts), 'loop_control': map({ label: '{{ item.dest }}' }),
    })]),
  ];
}

const KEY = `if [ -e "$1" ] && { [ -n "$3" ] || [ "$(base64 <"$1" | tr -d '\\n')" = "$2" ]; }; then exit 0; fi
mkdir -p -- "$(dirname -- "$1")" && printf %s "$2" | base64 -d >"$1.drift-new" && chmod 0644 "$1.drift-new" && mv -f -- "$1.drift-new" "$1" && echo changed`;

function accounts({ groups, users }: RebuildList, unsaid: Unsaid): readonly YamlMap[] {
  const ownGroups = groups.filter(({ name, origin }) => origin.kind === 'person' && (isAccountName(name) || (unsaid.push(`the group ${name}`), false)));
  const own = users.filter(({ comment: words, group, home, name, origin, shell }) => origin.kind === 'person'
    && ((isAccountName(name) && isAccountName(group) && sayable(home) && sayable(shell) && !/[:\n\0]/.test(`${home}${shell}${words}`)) || (unsaid.push(`the user ${name}`), false)));
  return [
    ...ensure('Groups', 'grep -q "^$1:" /etc/group || { groupadd -g "$2" "$1" && echo changed; }', ownGroups.map(({ id, name }) => [name, String(id)])),
    ...ensure('Users, locked', 'grep -q "^$1:" /etc/passwd || { useradd -M -N -u "$2" -g "$3" -d "$4" -s "$5" -c "$6" "$1" && echo changed; }',
      own.map(({ comment: words, group, home, id, name, shell }) => [name, String(id), group, toText(home), shell === '' ? '/bin/sh' : toText(shell), words])),
  ];
}

/** Lines that a command prints, without a change. */
function asked(name: string, argv: readonly string[], register: string): YamlMap {
  return map({ name, 'ansible.builtin.command': map({ argv: list(argv.map(hostText)) }), register, changed_when: false, check_mode: false });
}

function installable({ cannotRebuild, packages }: RebuildList, manager: string, unsaid: Unsaid): readonly RebuildPackage[] {
  const gone = new Set(cannotRebuild.flatMap((each) => (each.kind === 'package' ? [`${each.manager}:${each.name}:${each.arch}:${each.version}`] : [])));
  return packages.filter((each) => {
    if (each.manager !== manager || gone.has(`${manager}:${each.name}:${each.arch}:${each.version ?? ''}`)) return false;
    if (!isPackageWord(each)) unsaid.push(`the package ${each.name}`);
    return isPackageWord(each);
  });
}

function debian(rebuild: RebuildList, unsaid: Unsaid): readonly YamlMap[] {
  const { architectures, debconf, diversions, host, statOverrides, versions } = rebuild;
  const packages = installable(rebuild, 'apt', unsaid);
  if (packages.length === 0) return [];
  const exact = versions === 'exact';
  const word = ({ arch, name }: RebuildPackage): string => (arch === '' || arch === 'all' || arch === host.arch ? name : `${name}:${arch}`);
  const rows = packages.map((each) => map({
    key: exact && each.version !== undefined ? `installed ${word(each)} ${each.version}` : `installed ${word(each)}`, name: each.name, word: word(each),
    ask: exact && each.version !== undefined ? `${word(each)}=${each.version}` : word(each), mark: each.mark,
  }));
  const answers = debconf.filter(({ question, value }) => value !== undefined && ((/^[\x21-\x7e]+$/.test(question) && !/[\0\n\r]/.test(value)) || (unsaid.push(`the answer to ${question}`), false)));
  const held = packages.filter((each) => each.held).map(word);
  return [
    ...ensure('Foreign architectures', 'dpkg --print-foreign-architectures | grep -qx "$1" || { dpkg --add-architecture "$1" && echo changed; }', architectures.filter(({ arch, manager }) => manager === 'apt' && isPlainName(arch)).map(({ arch }) => [arch])),
    ...(answers.length === 0 ? [] : [map({
      name: 'Answers for packages', 'ansible.builtin.debconf': map({ name: '{{ item.package }}', question: '{{ item.question }}', vtype: '{{ item.type }}', value: '{{ item.value }}' }),
      loop: list(answers.map(({ package: owner, question, type, value }) => map({ package: hostText(owner), question: hostText(question), type: hostText(type), value: hostText(value!) }))),
      'loop_control': map({ label: '{{ item.question }}' }),
    })]),
    ...ensure('Diversions', '[ "$(dpkg-divert --listpackage "$1" 2>/dev/null)" = LOCAL ] || { dpkg-divert --quiet --local --rename --divert "$2" --add "$1" && echo changed; }',
      diversions.filter(({ from, to }) => (sayable(from) && sayable(to)) || (unsaid.push(shown(from)), false)).map(({ from, to }) => [toText(from), toText(to)])),
    asked('What is installed', ['dpkg-query', '-W', exact ? '-f=${db:Status-Status} ${binary:Package} ${Version}\\n' : '-f=${db:Status-Status} ${binary:Package}\\n'], 'installed'),
    map({
      name: 'What is missing',
      // Without a qualifier binary:Package means the own architecture, but of packages that may stand for several it has one.
      'ansible.builtin.set_fact': map({ missing: `{{ packages | rejectattr('key', 'in', here) | list }}` }),
      vars: map({ here: `{{ installed.stdout_lines | map('regex_replace', ':${/^[a-z0-9-]+$/.test(host.arch) ? host.arch : 'none'}(?= |$)', '') | list }}`, packages: list(rows) }),
    }),
    map({ name: 'Indexes of the repositories', 'ansible.builtin.command': map({ argv: list(['apt-get', '-q', 'update']) }), when: 'missing | length > 0', changed_when: false }),
    asked('What the repositories have', ['apt-cache', 'pkgnames'], 'known'),
    map({
      name: 'Packages', environment: map({ DEBIAN_FRONTEND: 'noninteractive' }),
      'ansible.builtin.command': map({ argv: `{{ ['apt-get', '-q', '-y', '--no-install-recommends', '--no-remove', '-o', 'Dpkg::Options::=--force-confdef', '-o', 'Dpkg::Options::=--force-confold'] + ${exact ? "['--allow-downgrades']" : '[]'} + ['install'] + wanted }}` }),
      // A library that a newer version of what needs it does without any more is no loss.
      vars: map({ wanted: `{{ (missing | selectattr('mark', 'eq', 'manual') | map(attribute='ask') | list) + (missing | selectattr('mark', 'eq', 'automatic') | selectattr('name', 'in', known.stdout_lines) | map(attribute='ask') | list) }}` }),
      when: 'wanted | length > 0',
    }),
    ...ensure('Marks', MARK, [packages.filter(({ mark }) => mark === 'automatic').map(word), packages.filter(({ mark }) => mark === 'manual').map(word)]
      .flatMap((words, at) => (words.length === 0 ? [] : [[at === 0 ? 'auto' : 'manual', ...words]]))),
    ...(held.length === 0 ? [] : [map({ name: 'Holds', 'ansible.builtin.dpkg_selections': map({ name: '{{ item }}', selection: 'hold' }), loop: list(held) })]),
    ...ensure('Overrides of modes and owners', `case "$(dpkg-statoverride --list "$4" 2>/dev/null)" in "$1 $2 $3 "*) exit 0 ;; esac
[ ! -e "$4" ] || { dpkg-statoverride --quiet --force-statoverride-add --update --add "$1" "$2" "$3" "$4" && echo changed; }`,
    statOverrides.filter(({ path }) => sayable(path) || (unsaid.push(shown(path)), false)).map(({ group, mode, path, user }) => [user, group, mode.toString(8), toText(path)])),
  ];
}

/** Of packages that are here and have the other mark. */
const MARK = `mark=$1
shift
have=$(apt-mark "show$mark" "$@")
here=$(dpkg-query -W -f='$\{db:Status-Status} $\{binary:Package}\\n' | sed -n 's/^installed //p')
todo=
for word; do
  printf '%s\\n' "$have" | grep -Fqx -- "$word" && continue
  printf '%s\\n' "$here" | sed "s/:$(dpkg --print-architecture)$//" | grep -Fqx -- "$word" && todo="$todo $word"
done
[ -z "$todo" ] || { apt-mark -qq "$mark" $todo && echo changed; }`;

function rpm(rebuild: RebuildList, unsaid: Unsaid): readonly YamlMap[] {
  const { keys, moduleStreams, versions } = rebuild;
  const packages = installable(rebuild, 'dnf', unsaid);
  if (packages.length === 0) return [];
  const copies = Map.groupBy(packages, ({ arch, name }) => `${name}.${arch}`);
  const rows = packages.map((each) => {
    const whole = each.version !== undefined && (versions === 'exact' || copies.get(`${each.name}.${each.arch}`)!.length > 1);
    const dotted = each.arch === '' ? each.name : `${each.name}.${each.arch}`;
    return map({ key: whole ? `${dotted} ${each.version!}` : dotted, ask: whole ? `${each.name}-${each.version!}${each.arch === '' ? '' : `.${each.arch}`}` : dotted });
  });
  return [
    ...ensure('Keys of the package database', RPM_KEY, keys.filter(({ manager, path }) => manager === 'dnf' && path === undefined).map(({ base64, fingerprints: [fingerprint = ''] }) => [fingerprint.slice(-8).toLowerCase(), armoured(base64)])),
    ...ensure('Module streams', '{ grep -qx "state=$3" "/etc/dnf/modules.d/$1.module" && { [ -z "$2" ] || grep -qx "stream=$2" "/etc/dnf/modules.d/$1.module"; }; } 2>/dev/null || { dnf -q -y module "${3%d}" "$1${2:+:$2}" && echo changed; }',
      moduleStreams.filter(({ name, stream }) => (isPlainName(name) && (stream === '' || isPlainName(stream))) || (unsaid.push(`the module ${name}`), false)).map(({ name, state, stream }) => [name, state === 'enabled' ? stream : '', state])),
    asked('What is installed', ['rpm', '-qa', '--qf', '%{NAME}.%{ARCH}\\n%{NAME}.%{ARCH} %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\\n'], 'installed'),
    map({
      name: 'Packages', 'ansible.builtin.command': map({ argv: `{{ ['dnf', '-q', '-y', '--setopt=install_weak_deps=False', 'install'] + missing }}` }),
      vars: map({ packages: list(rows), missing: `{{ packages | rejectattr('key', 'in', installed.stdout_lines) | map(attribute='ask') | list }}` }), when: 'missing | length > 0',
    }),
    ...ensure('Marks', RPM_MARK, [packages.filter(({ mark }) => mark === 'automatic'), packages.filter(({ mark }) => mark === 'manual')]
      .flatMap((some, at) => (some.length === 0 ? [] : [[at === 0 ? 'automatic' : 'manual', ...new Set(some.map(({ arch, name }) => (arch === '' ? name : `${name}.${arch}`)))]]))),
  ];
}

const RPM_KEY = `! rpm -q gpg-pubkey --qf '%{VERSION}\\n' 2>/dev/null | grep -qix "$1" || exit 0
file=$(mktemp) || exit 1
printf %s "$2" >"$file"
rpmkeys --import "$file"
code=$?
rm -f -- "$file"
[ $code = 0 ] && echo changed`;

const RPM_MARK = `mark=$1
shift
chosen=$(dnf -q -C repoquery --userinstalled --qf '%{name}.%{arch}
' 2>/dev/null)
todo=
for word; do
  case $mark:$(printf '%s\\n' "$chosen" | grep -Fxc -- "$word") in automatic:0) ;; manual:[1-9]*) ;; *) todo="$todo $word" ;; esac
done
[ -n "$todo" ] || exit 0
if dnf --version 2>/dev/null | grep -qi dnf5; then manual=user automatic=dependency; else manual=install automatic=remove; fi
case $mark in manual) verb=$manual ;; *) verb=$automatic ;; esac
dnf -q -y mark $verb $todo && echo changed`;

function settings({ alternatives, groups, units, users }: RebuildList, unsaid: Unsaid): readonly YamlMap[] {
  const own = new Set(users.filter(({ origin }) => origin.kind === 'person').map(({ name }) => name));
  const members = groups.flatMap(({ members: all, name, origin }) => all.filter((member) => (origin.kind === 'person' || own.has(member)) && isAccountName(name) && isAccountName(member)).map((member) => [name, member]));
  return [
    ...ensure('Alternatives', '[ "$(readlink "/etc/alternatives/$2")" = "$3" ] || [ ! -e "$3" ] || { "$1" --set "$2" "$3" >/dev/null && echo changed; }',
      alternatives.filter(({ name, target }) => (isPlainName(name) && sayable(target)) || (unsaid.push(`the alternative ${name}`), false)).map(({ manager, name, target }) => [manager === 'apt' ? 'update-alternatives' : 'alternatives', name, toText(target)])),
    ...ensure('Units', UNIT, units.filter(({ name }) => isPlainName(name) || (unsaid.push(`the unit ${name}`), false)).map(({ name, state }) => [name, state])),
    ...ensure('Members of groups', `grep -q "^$1:" /etc/group || exit 0
case ,$(sed -n "s/^$1:[^:]*:[^:]*://p" /etc/group), in *,"$2",*) exit 0 ;; esac
usermod -a -G "$1" "$2" && echo changed`, members),
  ];
}

const UNIT = `command -v systemctl >/dev/null || exit 0
state=$(systemctl --root=/ is-enabled "$1" 2>/dev/null)
case $2:$state in enabled:enabled* | enabled:alias | disabled:disabled | disabled:masked | masked:masked) exit 0 ;; enabled: | enabled:not-found | disabled: | disabled:not-found) exit 0 ;; esac
case $2 in enabled) verb=enable ;; disabled) verb=disable ;; *) verb=mask ;; esac
systemctl --root=/ $verb "$1" >/dev/null 2>&1 && echo changed`;

