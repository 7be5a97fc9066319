// Completions for bash(1), zsh(1) and fish(1), from what --help says. They start nothing of drift: what completes a word is known or asked of the package manager.
import { describeCommands } from './command-help.js';

const RUNS = `ls /var/lib/drift/runs 2>/dev/null | sed -n 's/^0*\\([0-9][0-9]*\\)-[0-9a-f]\\{6\\}$/\\1/p'`;
/** Installed ones, and on Debian those that could be. */
const PACKAGES = `{ apt-cache --no-generate pkgnames || dpkg-query -W -f '\${Package}\\n' || rpm -qa --qf '%{NAME}\\n'; } 2>/dev/null`;
const PLACES = new Set(['file', 'directory', 'package', 'run', '']);

/** Name of the file -> text. */
export async function completions() {
  const commands = await describeCommands();
  return new Map([['drift.bash', bash(commands)], ['_drift', zsh(commands)], ['drift.fish', fish(commands)]]);
}

function topics(commands) {
  return [...new Set(commands.map(({ words }) => words.split(' ')[0]))];
}

/** What a word of this kind can be: '=' and words, or places. */
function kindOf(values) {
  return PLACES.has(values[0]) ? values.join(' ') : `= ${values.join(' ')}`;
}

function bash(commands) {
  const cases = (rows) => rows.map(([pattern, answer]) => `    '${pattern}') echo '${answer}' ;;`).join('\n');
  const second = Map.groupBy(commands.filter(({ words }) => words.includes(' ')), ({ words }) => words.split(' ')[0]);
  return `# bash completion for drift(1)

_drift_commands() {
  case $1 in
    '') echo '${topics(commands).join(' ')}' ;;
${cases([...second].map(([topic, under]) => [topic, under.map(({ words }) => words.split(' ')[1]).join(' ')]))}
  esac
}

_drift_flags() {
  case $1 in
${cases(commands.map(({ flags, words }) => [words, [...flags.map(({ name }) => `--${name}`), '--help'].join(' ')]))}
    *) echo '--help --version' ;;
  esac
}

# What the value of a flag can be: "=" and words, or where to look.
_drift_value() {
  case "$1 $2" in
${cases(commands.flatMap(({ flags, words }) => flags.filter(({ takesValue }) => takesValue).map(({ name, values }) => [`${words} --${name}`, kindOf(values)])))}
    *) return 1 ;;
  esac
}

_drift_arguments() {
  case $1 in
${cases(commands.filter(({ args }) => args.length > 0).map(({ args, words }) => [words, args.map(({ values }) => values.join(' ')).join(' ')]))}
  esac
}

# Words from elsewhere are compared and never expanded.
_drift_matching() {
  local word
  while IFS= read -r word; do
    [[ $word == "$1"* ]] && COMPREPLY+=("$2$word")
  done
}

_drift_offer() {
  local cur=$1 kind list=
  shift
  if [[ $1 == = ]]; then
    shift
    [[ $cur == *,* ]] && list=\${cur%,*},
    _drift_matching "\${cur##*,}" "$list" < <(printf '%s\\n' "$@")
    return
  fi
  for kind; do
    case $kind in
      file) compopt -o filenames 2>/dev/null; _drift_matching '' '' < <(compgen -f -- "$cur") ;;
      directory) compopt -o filenames 2>/dev/null; _drift_matching '' '' < <(compgen -d -- "$cur") ;;
      package) [[ $cur == */* ]] || _drift_matching "$cur" '' < <(${PACKAGES}) ;;
      run) _drift_matching "$cur" '' < <(${RUNS}) ;;
    esac
  done
}

_drift() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command='' flag='' word i value
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    [[ $word == -* ]] && break
    if [[ -z $command || " $(_drift_commands "$command") " == *" $word "* ]]; then command="\${command:+$command }$word"; else break; fi
  done
  if [[ $cur == = ]]; then
    flag=$prev cur=
  elif [[ $prev == = ]]; then
    flag=\${COMP_WORDS[COMP_CWORD-2]}
  elif [[ $prev == --* ]]; then
    flag=$prev
  fi
  if [[ -n $flag ]] && value=$(_drift_value "$command" "$flag"); then
    _drift_offer "$cur" $value
  elif [[ $cur == -* ]]; then
    _drift_offer "$cur" = $(_drift_flags "$command")
  else
    [[ $prev == "\${command##* }" || -z $command ]] && _drift_offer "$cur" = $(_drift_commands "$command")
    _drift_offer "$cur" $(_drift_arguments "$command")
  fi
}

complete -F _drift drift
`;
}

function zsh(commands) {
  const quote = (words) => `'${words.replaceAll("'", "'\\''")}'`;
  const spec = (words) => words.replaceAll(/[\\[\]:]/g, '\\$&').replaceAll('`', '');
  const action = (values, comma) => {
    if (!PLACES.has(values[0])) return comma ? `_values -s , word ${values.join(' ')}` : `(${values.join(' ')})`;
    if (values.length > 1) return '_drift_any';
    return { file: '_files', directory: '_files -/', package: '_drift_packages', run: '_drift_runs', '': ' ' }[values[0]];
  };
  const functionName = (words) => `_drift_${words.replaceAll(' ', '_')}`;
  const bodies = commands.map(({ args, flags, words }) => `${functionName(words)}() {
  _arguments -s -S \\
${[
    ...flags.map(({ comma, multiple, name, summary, takesValue, value, values }) => quote(`${multiple ? '*' : ''}--${name}${takesValue ? '=' : ''}[${spec(summary)}]${takesValue ? `:${spec(value)}:${action(values, comma)}` : ''}`)),
    quote('(- *)--help[Show help]'),
    ...args.map(({ name, several, values }, index) => quote(`${several ? '*' : index + 1}:${spec(name)}:${action(values, false)}`)),
  ].map((line) => `    ${line}`).join(' \\\n')}
}
`);
  const second = Map.groupBy(commands.filter(({ words }) => words.includes(' ')), ({ words }) => words.split(' ')[0]);
  const described = (list, at) => list.map(({ summary, words }) => `    ${quote(`${words.split(' ')[at]}:${summary.replaceAll('`', '')}`)}`).join('\n');
  const first = topics(commands).map((topic) => commands.find(({ words }) => words === topic) ?? { words: topic, summary: second.get(topic).map(({ words }) => words.split(' ')[1]).join(', ') });
  const plainOnes = new Set(commands.map(({ words }) => words));
  return `#compdef drift

_drift_packages() { local -a names; names=(\${(f)"$(${PACKAGES})"}); compadd -a names }
_drift_runs() { local -a names; names=(\${(f)"$(${RUNS})"}); compadd -a names }
_drift_any() { _files; [[ $PREFIX == */* ]] || _drift_packages }

${bodies.join('\n')}
${[...second].map(([topic, under]) => `_drift_topic_${topic}() {
  local -a names=(
${described(under, 1)}
  )
  if (( CURRENT == 2 )); then
    _describe command names
    ${plainOnes.has(topic) ? `${functionName(topic)}` : ':'}
  else
    case $words[2] in
${under.map(({ words }) => `      ${words.split(' ')[1]}) shift words; (( CURRENT-- )); ${functionName(words)} ;;`).join('\n')}
      *) ${plainOnes.has(topic) ? functionName(topic) : ':'} ;;
    esac
  fi
}
`).join('\n')}
_drift() {
  local -a names=(
${described(first, 0)}
  )
  if (( CURRENT == 2 )); then
    _describe command names
    _arguments '(- *)--help[Show help]' '(- *)--version[Show version]'
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
${first.map(({ words }) => `    ${words}) ${second.has(words) ? `_drift_topic_${words}` : functionName(words)} ;;`).join('\n')}
  esac
}

_drift "$@"
`;
}

function fish(commands) {
  const quote = (words) => `'${words.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const second = Map.groupBy(commands.filter(({ words }) => words.includes(' ')), ({ words }) => words.split(' ')[0]);
  const lists = { package: '(__drift_packages)', run: '(__drift_runs)', directory: '(__fish_complete_directories)' };
  const lines = [
    '# fish completion for drift(1)', '',
    '# Whether the words so far begin with this command, and with no longer one.',
    'function __drift_at', '  set -l typed (string join " " -- (commandline -opc)[2..])" "', '  string match -q -- "$argv[1] *" $typed; or return 1',
    '  for longer in $argv[2..]', '    string match -q -- "$argv[1] $longer *" $typed; and return 1', '  end', '  return 0', 'end', '',
    'function __drift_first', '  test (count (commandline -opc)) -eq 1', 'end', '',
    'function __drift_second', '  set -l words (commandline -opc)', '  test (count $words) -eq 2; and test "$words[2]" = $argv[1]', 'end', '',
    'function __drift_packages', `  sh -c ${quote(PACKAGES)}`, 'end', '',
    'function __drift_runs', `  sh -c ${quote(RUNS)}`, 'end', '',
    'complete -c drift -f',
  ];
  for (const topic of topics(commands)) {
    const own = commands.find(({ words }) => words === topic);
    lines.push(`complete -c drift -n __drift_first -a ${topic} -d ${quote((own?.summary ?? second.get(topic).map(({ words }) => words.split(' ')[1]).join(', ')).replaceAll('`', ''))}`);
  }
  for (const [topic, under] of second) for (const { summary, words } of under) lines.push(`complete -c drift -n '__drift_second ${topic}' -a ${words.split(' ')[1]} -d ${quote(summary.replaceAll('`', ''))}`);
  for (const { args, flags, words } of commands) {
    const longer = (second.get(words) ?? []).map((other) => other.words.split(' ')[1]);
    const at = quote(`__drift_at ${quote(words)}${longer.length === 0 ? '' : ` ${longer.join(' ')}`}`);
    for (const { name, summary, takesValue, values } of flags) {
      const told = `-l ${name} -d ${quote(summary.replaceAll('`', ''))}`;
      if (!takesValue) lines.push(`complete -c drift -n ${at} ${told}`);
      else if (values[0] === 'file') lines.push(`complete -c drift -n ${at} ${told} -r -F`);
      else lines.push(`complete -c drift -n ${at} ${told} -x${values[0] === '' ? '' : ` -a ${quote(PLACES.has(values[0]) ? lists[values[0]] : values.join(' '))}`}`);
    }
    for (const place of args.flatMap(({ values }) => values)) {
      if (place === 'file') lines.push(`complete -c drift -n ${at} -F`);
      else if (lists[place] !== undefined) lines.push(`complete -c drift -n ${at} -a ${quote(lists[place])}`);
    }
  }
  return `${lines.join('\n')}\n`;
}
