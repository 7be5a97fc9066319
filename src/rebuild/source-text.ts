// Takes entries out of the text of a source file: one-line and deb822 style (sources.list(5)), sections of a .repo file (dnf.conf(5)).
import type { ByteString } from '../model/bytes.ts';
import type { Repository } from '../model/repository.ts';

type Entry = Pick<Repository, 'line' | 'uris' | 'suites'>;

/** `kept` and `gone`: repositories of this file by the line of their entry; one deb822 entry may be several of both. */
export function withoutEntries(text: ByteString, form: 'one-line' | 'deb822' | 'ini', kept: readonly Entry[], gone: readonly Entry[]): ByteString {
  const lines = text.split('\n');
  const rest = Map.groupBy(kept, ({ line }) => line);
  for (const [line, entries] of Map.groupBy(gone, (each) => each.line)) {
    const from = line - 1;
    const to = form === 'one-line' ? from + 1 : endOf(lines, from, form);
    const stays = rest.get(line) ?? [];
    if (stays.length === 0) for (let at = from; at < to; at++) lines[at] = commented(lines[at]!);
    else if (form === 'deb822') narrow(lines, from, to, stays, entries);
  }
  return lines.join('\n');
}

function commented(line: ByteString): ByteString {
  return line.trim() === '' || line.startsWith('#') ? line : `# left out: ${line}`;
}

/** A paragraph goes to the next blank line, a section to the next one. */
function endOf(lines: readonly ByteString[], from: number, form: 'deb822' | 'ini'): number {
  const at = lines.findIndex((line, index) => index > from && (form === 'ini' ? line.trimStart().startsWith('[') : line.trim() === ''));
  return at < 0 ? lines.length : at;
}

/** The entry multiplies addresses by suites: what is left has to be such a product again, or the whole entry goes. */
function narrow(lines: ByteString[], from: number, to: number, kept: readonly Entry[], gone: readonly Entry[]): void {
  const uris = [...new Set(kept.flatMap((each) => each.uris))];
  const suites = [...new Set(kept.flatMap((each) => each.suites))];
  const isProduct = !gone.some((each) => uris.includes(each.uris[0] ?? '') && suites.includes(each.suites[0] ?? ''));
  let field = '';
  for (let at = from; at < to; at++) {
    const line = lines[at]!;
    if (line.startsWith('#')) continue;
    const name = /^([A-Za-z-]+)[ \t]*:/.exec(line)?.[1]?.toLowerCase();
    const wanted = name === 'uris' ? uris : name === 'suites' ? suites : undefined;
    if (!isProduct) lines[at] = commented(line);
    else if (wanted !== undefined) lines[at] = `${line.slice(0, line.indexOf(':') + 1)} ${wanted.join(' ')}`;
    else if (name === undefined && (field === 'uris' || field === 'suites')) lines[at] = commented(line);
    field = name ?? field;
  }
}
