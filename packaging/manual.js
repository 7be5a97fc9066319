// Manual pages in man(7), one for drift and one for each command, from what --help says.
import { describeCommands, exitCodeRows } from './command-help.js';

const FILES = [
  ['/etc/drift/manifest.yaml, /etc/drift/manifest.d/*.yaml', 'What should be there. Without them, what needs no manifest is reported.'],
  ['/usr/share/doc/drift/', 'The manifest, the findings, exit codes, JSON and the other forms of the report.'],
  ['/var/lib/drift/', 'What reconcile wrote down and moved. Only root can enter it.'],
];
const ENVIRONMENT = [
  ['DRIFT_MANIFEST', 'The manifest, where --manifest names none.'],
  ['NO_COLOR', 'No colours.'],
];

/** Name ('drift-check.1') -> text. `date`: 'YYYY-MM-DD'. */
export async function manualPages(version, date) {
  const commands = await describeCommands();
  const pages = new Map([['drift.1', overview(commands, version, date)]]);
  for (const command of commands) pages.set(`drift-${command.words.replaceAll(' ', '-')}.1`, pageOf(command, commands, version, date));
  return pages;
}

function overview(commands, version, date) {
  return page('drift', version, date, [
    section('NAME', ['drift \\- find what neither the package database nor a manifest accounts for']),
    section('SYNOPSIS', ['.B drift', '.I COMMAND', '[\\fIFLAGS\\fR]']),
    section('DESCRIPTION', [
      text('drift compares a manifest that you write with the package database, and that database with the file system, the running processes, the listening sockets and everything that starts programs. Each program, library, script, unit and kernel module that no package owns is proved legitimate by a mechanism that drift names, allowed by a line of the manifest with a reason, or reported.'),
      '.PP', text('drift check changes nothing. Only reconcile, undo, recover and history prune change a host; declare, allow, triage and listeners confirm write into the manifest.'),
    ]),
    section('COMMANDS', commands.flatMap(({ summary, words }) => ['.TP', `.BR drift\\-${escaped(words.replaceAll(' ', '-'))} (1)`, text(summary)])),
    section('GLOBAL FLAGS', flagLines(commands.find(({ words }) => words === 'plan').flags.filter((flag) => flag.global))),
    exitStatus(undefined),
    section('FILES', FILES.flatMap(([path, what]) => ['.TP', `.I ${escaped(path)}`, text(what)])),
    section('ENVIRONMENT', ENVIRONMENT.flatMap(([name, what]) => ['.TP', `.B ${name}`, text(what)])),
    seeAlso(commands.map(({ words }) => `drift-${words.replaceAll(' ', '-')}`)),
  ]);
}

function pageOf(command, commands, version, date) {
  const { args, description, examples, flags, summary, usage, words } = command;
  const name = `drift-${words.replaceAll(' ', '-')}`;
  const own = flags.filter((flag) => !flag.global);
  const above = commands.filter((other) => other.words !== words && other.words.split(' ')[0] === words.split(' ')[0]);
  return page(name, version, date, [
    section('NAME', [`${escaped(name)} \\- ${escaped(summary.replace(/\.$/, ''))}`]),
    section('SYNOPSIS', [`.B drift ${escaped(words)}`, text(usage === undefined ? synopsis(args) : usage.replace(words, '').trim()), '[\\fIFLAGS\\fR]'].filter((line) => line !== '')),
    section('DESCRIPTION', [text(description === '' ? summary : description)]),
    ...(args.length === 0 ? [] : [section('ARGUMENTS', args.flatMap((argument) => ['.TP', `.I ${escaped(argument.name.toUpperCase())}`, text(argument.summary)]))]),
    ...(own.length === 0 ? [] : [section('FLAGS', flagLines(own))]),
    section('GLOBAL FLAGS', flagLines(flags.filter((flag) => flag.global))),
    ...(examples.length === 0 ? [] : [section('EXAMPLES', examples.flatMap((example) => ['.TP', text(example.description === '' ? 'For example:' : example.description), `.B ${escaped(example.command)}`]))]),
    exitStatus(words.replaceAll(' ', ':')),
    seeAlso(['drift', ...above.map((other) => `drift-${other.words.replaceAll(' ', '-')}`)]),
  ]);
}

function synopsis(args) {
  return args.map(({ name, required, several }) => `${required ? '' : '['}${name.toUpperCase()}${required ? '' : ']'}${several ? '...' : ''}`).join(' ');
}

function flagLines(flags) {
  return flags.flatMap(({ defaultValue, name, summary, takesValue, value, values }) => [
    '.TP',
    takesValue ? `.BI \\-\\-${escaped(name)} " ${escaped(value)}"` : `.B \\-\\-${escaped(name)}`,
    text([
      summary,
      ...(values.length > 1 ? [`One of: ${values.join(', ')}.`] : []),
      ...(typeof defaultValue === 'string' && defaultValue !== '' && !summary.includes('Default') ? [`Default: ${defaultValue}.`] : []),
    ].join(' ')),
  ]);
}

function exitStatus(command) {
  return section('EXIT STATUS', exitCodeRows(command).flatMap(([code, meaning]) => ['.TP', `.B ${code}`, text(meaning)]));
}

function seeAlso(names) {
  return section('SEE ALSO', names.toSorted().map((name, index) => `.BR ${escaped(name)} (1)${index < names.length - 1 ? ',' : ''}`));
}

function page(name, version, date, sections) {
  return [`.TH ${escaped(name.toUpperCase())} 1 ${date} "drift ${escaped(version)}" "drift manual"`, ...sections, ''].join('\n');
}

function section(title, lines) {
  // A paragraph right after its heading is none.
  return [`.SH ${title}`, ...lines].join('\n');
}

/** What stands between backquotes is bold. Nothing in it is a request. */
function text(words) {
  const line = escaped(words).replaceAll(/`([^`]+)`/g, '\\fB$1\\fR');
  return /^[.']/.test(line) ? `\\&${line}` : line;
}

function escaped(words) {
  return words.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('\n', ' ');
}
