// Launch points of the package managers of Debian: commands in apt's and dpkg's configuration (apt.conf(5), dpkg.cfg(5)).
import { parentOf, toText, type BytePath, type ByteString } from '../../model/bytes.ts';
import type { LaunchTarget } from '../../model/launch.ts';
import { SHELL_PATH, shellTargets } from './command-lines/command-targets.ts';
import { includedFiles } from './included-files.ts';
import type { LaunchContext, LaunchFile } from './launch-context.ts';

const MAX_FILES = 500;
const MAX_VALUES = 20_000;
const MAX_DEPTH = 50;

/** Options whose value goes to a shell. */
const HOOK = /(?:^|::)(?:pre-invoke|post-invoke|post-invoke-success|post-invoke-stats|pre-install-pkgs|proxy-auto-detect|proxyautodetect)(?:::|$)|^aptcli::hooks::|^unattended-upgrade::.*hook/;
/** Options whose value is a program, or a directory of such. */
const PROGRAM = /^dir::bin::|^apt::compressor::[^:]{1,80}::binary$|^apt::(?:solver|planner)::|^dpkg::chroot-directory$/;

export function readAptHooks(context: LaunchContext): void {
  const seen = new Set<BytePath>();
  for (const file of context.files('/etc/apt/apt.conf.d', (name) => /^([A-Za-z0-9_:-]+|[A-Za-z0-9_:.-]+\.conf)$/.test(name))) readAptConf(context, file, seen);
  const main = context.file('/etc/apt/apt.conf');
  if (main !== undefined) readAptConf(context, main, seen);
  const dpkg = [context.file('/etc/dpkg/dpkg.cfg'), ...context.files('/etc/dpkg/dpkg.cfg.d', (name) => /^[A-Za-z0-9_-]+$/.test(name))];
  for (const file of dpkg) if (file !== undefined) readDpkgConf(context, file);
}

function readAptConf(context: LaunchContext, file: LaunchFile, seen: Set<BytePath>): void {
  if (seen.has(file.real) || seen.size >= MAX_FILES) return;
  seen.add(file.real);
  const targets: LaunchTarget[] = [];
  const { values, includes } = aptValues(context.text(file) ?? '');
  for (const { key, value, line } of values) {
    if (HOOK.test(key)) targets.push(...shellTargets(context, value, { via: key, line, search: SHELL_PATH, directory: '/' }));
    else if (PROGRAM.test(key) && value.startsWith('/')) targets.push(context.target(value, value, key, line));
  }
  context.add(file, { kind: 'package-hook', name: toText(`apt ${file.name}`), when: 'package', enabled: true, user: 'root' }, targets);
  for (const path of includes) for (const each of includedFiles(context, parentOf(file.path), path)) readAptConf(context, each, seen);
}

interface AptValue {
  /** In small letters, scopes put before it. */
  readonly key: string;
  readonly value: ByteString;
  readonly line: number;
}

/** `A::B "x";`, `A { B "x"; };`, `A:: "x";`, with three kinds of comments. */
function aptValues(text: ByteString): { readonly values: readonly AptValue[]; readonly includes: readonly ByteString[] } {
  const values: AptValue[] = [];
  const includes: ByteString[] = [];
  const scopes: string[] = [];
  let words: ByteString[] = [];
  let line = 1;
  function end(): void {
    const value = words.length > 1 || scopes.length > 0 ? words.at(-1) : undefined;
    const name = words.length > 1 ? words[0]! : '';
    if (value !== undefined) values.push({ key: [...scopes, name].filter((part) => part !== '').join('::').toLowerCase().replaceAll('::::', '::'), value, line });
    words = [];
  }
  for (let at = 0; at < text.length && values.length < MAX_VALUES;) {
    const char = text[at]!;
    if (char === '\n') {
      line++;
      at++;
    } else if (char === ' ' || char === '\t' || char === '\r') at++;
    else if (char === '#' || text.startsWith('//', at)) {
      const stop = text.indexOf('\n', at);
      const whole = text.slice(at, stop < 0 ? undefined : stop);
      const included = /^#[ \t]{0,8}include[ \t]{1,8}"?([^"; \t]{1,4000})/i.exec(whole);
      if (included !== null) includes.push(included[1]!);
      at = stop < 0 ? text.length : stop;
    } else if (text.startsWith('/*', at)) {
      const stop = text.indexOf('*/', at + 2);
      const next = stop < 0 ? text.length : stop + 2;
      line += newlines(text, at, next);
      at = next;
    } else if (char === '{') {
      if (scopes.length < MAX_DEPTH) scopes.push(words[0] ?? '');
      words = [];
      at++;
    } else if (char === '}') {
      if (words.length > 0) end();
      scopes.pop();
      at++;
    } else if (char === ';') {
      end();
      at++;
    } else if (char === '"') {
      let stop = at + 1;
      while (stop < text.length && text[stop] !== '"') stop += text[stop] === '\\' ? 2 : 1;
      words.push(text.slice(at + 1, stop).replaceAll('\\"', '"'));
      line += newlines(text, at, stop);
      at = stop + 1;
    } else {
      const from = at;
      while (at < text.length && !' \t\r\n{};"'.includes(text[at]!)) at++;
      words.push(text.slice(from, at));
    }
  }
  return { values, includes };
}

/** Of the part alone: a text without line ends is searched once. */
function newlines(text: ByteString, from: number, to: number): number {
  const part = text.slice(from, to);
  let count = 0;
  for (let at = part.indexOf('\n'); at >= 0; at = part.indexOf('\n', at + 1)) count++;
  return count;
}

/** Long options without their dashes, one a line. */
function readDpkgConf(context: LaunchContext, file: LaunchFile): void {
  const targets: LaunchTarget[] = [];
  for (const [index, line] of (context.text(file) ?? '').split('\n', MAX_VALUES).entries()) {
    const found = /^[ \t]*(pre-invoke|post-invoke|status-logger)(?:[ \t]*=[ \t]*|[ \t]+)(.+)$/.exec(line);
    if (found === null) continue;
    const command = found[2]!.trim().replace(/^(["'])(.*)\1$/, '$2');
    targets.push(...shellTargets(context, command, { via: found[1]!, line: index + 1, search: SHELL_PATH, directory: '/' }));
  }
  context.add(file, { kind: 'package-hook', name: toText(`dpkg ${file.name}`), when: 'package', enabled: true, user: 'root' }, targets);
}
