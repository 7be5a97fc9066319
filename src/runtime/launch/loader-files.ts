// Launch points of the dynamic loader: ld.so.preload and ld.so.conf with what it includes (ld.so(8), ldconfig(8)).
import { parentOf, toText, type BytePath } from '../../model/bytes.ts';
import type { LaunchTarget } from '../../model/launch.ts';
import { includedFiles } from './included-files.ts';
import type { LaunchContext, LaunchFile } from './launch-context.ts';

/** Directories in which the loader looks for a bare name. */
const LIBRARY_PATH = '/lib64:/usr/lib64:/lib:/usr/lib:/lib/x86_64-linux-gnu:/usr/lib/x86_64-linux-gnu:/lib/aarch64-linux-gnu:/usr/lib/aarch64-linux-gnu';
const MAX_LINES = 10_000;
const MAX_INCLUDED = 500;

export function readLoaderFiles(context: LaunchContext): void {
  const preload = context.file('/etc/ld.so.preload');
  if (preload !== undefined) {
    const targets: LaunchTarget[] = [];
    // White space and colons separate; there are no comments but what glibc's parser cuts at '#'.
    for (const [index, line] of (context.text(preload) ?? '').split('\n', MAX_LINES).entries()) {
      for (const word of line.replace(/#[^]*$/, '').split(/[ \t\r:]+/, 1_000)) {
        if (word === '') continue;
        const path = word.includes('/') ? word : context.onPath(word, LIBRARY_PATH);
        if (path?.startsWith('/')) targets.push(context.target(path, word, 'ld.so.preload', index + 1));
      }
    }
    context.add(preload, { kind: 'preload', name: 'ld.so.preload', when: 'load', enabled: true }, targets);
  }
  const main = context.file('/etc/ld.so.conf');
  const seen = new Set<BytePath>();
  if (main !== undefined) readLibraryPath(context, main, true, seen);
  // Most often included; a host without the line still is told what lies there.
  for (const file of context.files('/etc/ld.so.conf.d', (name) => name.endsWith('.conf') && !name.startsWith('.'))) readLibraryPath(context, file, seen.size > 0 ? false : undefined, seen);
}

/** `enabled` undefined: nothing tells whether the file is read. */
function readLibraryPath(context: LaunchContext, file: LaunchFile, enabled: boolean | undefined, seen: Set<BytePath>): void {
  if (seen.has(file.real) || seen.size >= MAX_INCLUDED) return;
  seen.add(file.real);
  const targets: LaunchTarget[] = [];
  for (const [index, raw] of (context.text(file) ?? '').split('\n', MAX_LINES).entries()) {
    const line = raw.replace(/#[^]*$/, '').trim();
    const included = /^include[ \t]+(.+)$/.exec(line);
    if (included !== null) for (const pattern of included[1]!.split(/[ \t]+/, 100)) for (const each of includedFiles(context, parentOf(file.path), pattern)) readLibraryPath(context, each, enabled, seen);
    else if (/^hwcap[ \t]/.test(line)) continue;
    else {
      const dir = line.replace(/[=:, \t][^]*$/, '');
      if (dir.startsWith('/')) targets.push(context.target(dir, dir, 'ld.so.conf', index + 1));
    }
  }
  context.add(file, { kind: 'library-path', name: toText(file.name === 'ld.so.conf' ? file.name : `ld.so.conf.d/${file.name}`), when: 'load', ...(enabled === undefined ? {} : { enabled }) }, targets);
}
