// The sessions of a page of docs/: blocks of ```console, in which "$ " is typed and the rest is what comes of it; what stands in <!-- host … --> is done before
// and not shown. "…" stands for anything in its line, alone in a line for any lines.
export interface Terminal {
  /** Runs lines that the reader does not see. */
  prepare(lines: string): void;
  /** `output`: as the page has it, without its last newline. Returns what the page should have. */
  type(command: string, output: string): string;
}

/** Goes through a page from top to bottom; returns it with what `type` returned. */
export function replay(page: string, terminal: Terminal): string {
  return page.replaceAll(/^<!-- host\n(.*?)^-->$|^```console\n(.*?)^```$/gms, (whole, hidden: string | undefined, session: string | undefined) => {
    if (hidden !== undefined) terminal.prepare(hidden);
    if (session === undefined) return whole;
    const typed = session.split(/^(?=\$ )/m).map((part) => {
      const [first = '', ...rest] = part.split('\n');
      const output = terminal.type(first.replace(/^\$ /, ''), rest.join('\n').trimEnd());
      return output === '' ? `${first}\n` : `${first}\n${output}\n`;
    });
    return `\`\`\`console\n${typed.join('')}\`\`\``;
  });
}

/** Whether a host printed what the page says, but for what differs from run to run, and for where that makes a line end. */
export function says(page: string, printed: string): boolean {
  const pattern = timeless(page).split('\n').map((line) => (line.trim() === '…' ? '(?:.*\\n)*?' : `${line.split('…').map(escaped).join('.*')}\\n`)).join('');
  return new RegExp(`^${pattern}$`).test(`${timeless(printed)}\n`);
}

/** Dates, times, ids, digests, versions of packages, process numbers and counts of files. */
function timeless(text: string): string {
  return text
    .replaceAll(/\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?Z?)?(?: UTC)?/g, 'DAY').replaceAll(/\b[0-9a-f]{64}\b/g, 'SHA').replaceAll(/\b[0-9a-f]{12}\b/g, 'ID').replaceAll(/\b(pid|process) \d+/g, '$1 N')
    .replaceAll(/(?:\b\d+:)?\b\d+(?:\.\d+)+-\d[^\s)]*/g, 'VERSION')
    .replaceAll(/\b(?:until|through) \d\d:\d\d/g, 'TIME').replaceAll(/[\d,]*\d(?= (?:entries swept|unowned|of them proved|bytes|KiB|MiB|ms\b))/g, 'N').replaceAll(/ +$/gm, '')
    // What a line of text goes on with stands four columns in, or more.
    .replaceAll(/\n {4,}(?!…$)(?=\S)/gm, ' ').replaceAll(/(?<=\S) +/g, ' ');
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
