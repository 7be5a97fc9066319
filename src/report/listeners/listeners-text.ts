// `drift listeners` for people: a table of as many columns as fit, the rest of each socket below its line, every name escaped.
import type { ListenerReport } from '../../model/listener-report.ts';
import type { ListenerRow } from '../../model/listener-row.ts';
import { day } from '../../model/moment.ts';
import { unreadLines } from '../check/coverage-text.ts';
import type { Style, TextOptions } from '../text-options.ts';
import { visible, visibleMessage, visibleText } from '../visible.ts';
import { count, wrap } from '../wrap.ts';

interface Column {
  readonly heading: string;
  /** Wider cells do not widen the table: the cells after them go to the next line. */
  readonly cap: number;
  cell(row: ListenerRow): string;
  /** What is said below the line when the column did not fit; '' = nothing. */
  phrase(row: ListenerRow): string;
}

const COLUMNS: readonly Column[] = [
  { heading: 'PORT', cap: 11, cell: portOf, phrase: portOf },
  { heading: 'ADDRESS', cap: 23, cell: ({ listener }) => visible(listener.address), phrase: ({ listener }) => visible(listener.address) },
  { heading: 'PROGRAM', cap: 36, cell: programOf, phrase: programOf },
  { heading: 'OWNER', cap: 20, cell: ownerOf, phrase: (row) => (row.owners === undefined ? '' : row.owners.length === 0 ? 'UNOWNED' : `of ${ownerOf(row)}`) },
  { heading: 'CONFIRMED', cap: 12, cell: confirmedOf, phrase: ({ entry, state }) => (state === 'confirmed' ? `confirmed by ${visibleText(entry?.confirmed.by ?? '')}` : state === 'not-asked' ? '' : state) },
  { heading: 'UNIT', cap: 24, cell: ({ unit }) => (unit === undefined ? '-' : visible(unit)), phrase: ({ unit }) => (unit === undefined ? '' : visible(unit)) },
  { heading: 'USER', cap: 12, cell: ({ user }) => (user === undefined ? '-' : visible(user)), phrase: ({ user }) => (user === undefined ? '' : `as ${visible(user)}`) },
  { heading: 'SINCE', cap: 10, cell: ({ since }) => (since === undefined ? '-' : day(since)), phrase: ({ since }) => (since === undefined ? '' : `since ${day(since)}`) },
];
const GAP = '  ';
const INDENT = '    ';
const OWNERS_SHOWN = 2;

export function listenersText(report: ListenerReport, options: TextOptions): string {
  const lines = [...headLines(report, options), ''];
  const layout = layoutOf(report.rows, options.width);
  for (const section of Map.groupBy(report.rows, ({ listener }) => listener.namespace?.inode ?? 0).values()) {
    const { namespace } = section[0]!.listener;
    if (namespace !== undefined) lines.push(options.paint('strong', `network namespace ${namespace.name === undefined ? `${namespace.inode}, which has no name` : visible(namespace.name)}`));
    lines.push(options.paint('dim', headingLine(layout)), ...sameOnce(section).flatMap(([row, sockets]) => rowLines(row, sockets, layout, options)), '');
  }
  // What could not be read is told below; that nothing listens is then not known.
  if (report.rows.length === 0 && report.coverage.every(({ status }) => status === 'complete')) lines.push(nothingText(report), '');
  lines.push(...unreadLines(report, options), ...closingLines(report, options));
  return `${lines.join('\n')}\n`;
}

function headLines({ compared, host, manifest }: ListenerReport, options: TextOptions): string[] {
  const name = host.name === '' || host.name === 'unknown' ? 'a host without a name' : visibleText(host.name);
  const files = manifest.map((file) => visibleText(file.path)).join(', ');
  const against = manifest.length === 0 ? 'no manifest: nothing is confirmed' : compared ? `manifest ${files}` : `manifest ${files} has no listeners section: nothing is confirmed`;
  return wrap(`${name}; ${against}`, '', '  ', options.width);
}

interface Layout {
  /** Of the leading columns that are in the table. */
  readonly widths: readonly number[];
}

function layoutOf(rows: readonly ListenerRow[], width: number): Layout {
  const widths: number[] = [];
  let total = 0;
  for (const { cap, cell, heading } of COLUMNS) {
    const widest = rows.reduce((most, row) => Math.max(most, Math.min(cap, cell(row).length)), heading.length);
    total += widest + (widths.length === 0 ? 0 : GAP.length);
    if (total > width) break;
    widths.push(widest);
  }
  return { widths };
}

function headingLine({ widths }: Layout): string {
  return widths.map((width, index) => COLUMNS[index]!.heading.padEnd(width)).join(GAP).trimEnd();
}

function rowLines(row: ListenerRow, sockets: number, { widths }: Layout, options: TextOptions): string[] {
  const cells: string[] = [];
  let length = 0;
  for (const [index, width] of widths.entries()) {
    const cell = COLUMNS[index]!.cell(row);
    const start = length + (index === 0 ? 0 : GAP.length);
    if (cell.length > width && index > 0 && start + cell.length > options.width) break;
    cells.push(painted(COLUMNS[index]!, row, cell, options) + ' '.repeat(Math.max(0, width - cell.length)));
    length = start + Math.max(width, cell.length);
    // What follows a cell that is too wide would not stand under its heading.
    if (cell.length > width) break;
  }
  const rest = [...COLUMNS.slice(cells.length).map((column) => column.phrase(row)), ...phrasesOf(row, sockets)].filter((phrase) => phrase !== '');
  return [cells.join(GAP).trimEnd(), ...(rest.length === 0 ? [] : wrap(rest.join(', '), INDENT, INDENT, options.width))];
}

function painted(column: Column, row: ListenerRow, cell: string, options: TextOptions): string {
  const style = column.heading === 'CONFIRMED' ? STATE_STYLE[row.state] : column.heading === 'OWNER' && row.owners?.length === 0 ? 'high' : undefined;
  return style === undefined ? cell : options.paint(style, cell);
}

const STATE_STYLE: Readonly<Record<ListenerRow['state'], Style | undefined>> = { unconfirmed: 'high', changed: 'high', expired: 'medium', confirmed: undefined, 'not-asked': undefined };

/** What no column has. */
function phrasesOf({ entry, listener, since, startedAs, state, why, program }: ListenerRow, sockets: number): string[] {
  const at = entry === undefined ? '' : ` (${visibleText(entry.declaredAt.file)}:${entry.declaredAt.line})`;
  return [
    state === 'confirmed' && entry !== undefined ? `on ${entry.confirmed.on}${entry.confirmed.until === undefined ? '' : ` until ${entry.confirmed.until}`}${at}` : '',
    startedAs === undefined ? '' : `started as ${visible(startedAs)}`,
    why === undefined ? '' : `${visibleMessage(why)}${at}`,
    listener.device === undefined ? '' : `on ${visible(listener.device)} only`,
    listener.dualStack === true ? 'most likely IPv4 too' : '',
    listener.socketUnit === undefined ? '' : `opened by ${visible(listener.socketUnit)}`,
    sockets > 1 ? `${sockets} sockets` : '',
    program === undefined && since === undefined && listener.pids.length === 0 ? `holder not known, socket of uid ${listener.uid}` : '',
  ];
}

/** Several sockets of one program on one port (SO_REUSEPORT) are one line with their number. */
function sameOnce(rows: readonly ListenerRow[]): (readonly [ListenerRow, number])[] {
  const groups = Map.groupBy(rows, (row) => [...COLUMNS.map((column) => column.cell(row)), ...phrasesOf(row, 1)].join('\n'));
  return [...groups.values()].map((group) => [group[0]!, group.length]);
}

function portOf({ listener }: ListenerRow): string {
  return listener.protocol === 'unix' ? 'unix' : `${listener.port}/${listener.protocol}`;
}

function programOf({ program }: ListenerRow): string {
  return program === undefined ? '-' : visible(program);
}

function ownerOf({ owners }: ListenerRow): string {
  if (owners === undefined) return '-';
  if (owners.length === 0) return 'UNOWNED';
  const names = [...new Set(owners.map((owner) => visibleText(owner.name)))];
  return names.length <= OWNERS_SHOWN ? names.join(', ') : `${names.slice(0, OWNERS_SHOWN).join(', ')}, …`;
}

function confirmedOf({ entry, state }: ListenerRow): string {
  return state === 'confirmed' ? visibleText(entry?.confirmed.by ?? '') : state === 'not-asked' ? '-' : state;
}

function nothingText({ hidden }: ListenerReport): string {
  return hidden.loopback + hidden.unix === 0 ? 'nothing listens' : 'nothing listens that another host could reach';
}

function closingLines({ hidden, rows }: ListenerReport, options: TextOptions): string[] {
  const lines: string[] = [];
  const open = rows.filter(({ state }) => state === 'unconfirmed' || state === 'changed' || state === 'expired');
  if (open.length > 0) {
    lines.push(options.paint('strong', 'What now'));
    const steps = [
      [`drift listeners confirm ${portOf(open[0]!)}${open[0]!.state === 'unconfirmed' ? '' : ' --renew'}`, open[0]!.state === 'unconfirmed' ? 'say in the manifest that it belongs here' : 'confirm it as it is now'],
      [`drift explain ${portOf(open[0]!)}`, 'what it is, and how it came here'],
    ] as const;
    const column = Math.max(...steps.map(([command]) => command.length)) + 4;
    lines.push(...steps.flatMap(([command, what]) => wrap(what, `  ${command}`.padEnd(column), ' '.repeat(column), options.width)));
    lines.push('');
  }
  const states = (['unconfirmed', 'changed', 'expired', 'confirmed'] as const).map((state) => [rows.filter((row) => row.state === state).length, state] as const).filter(([many]) => many > 0);
  if (rows.length > 0) lines.push(`${count(rows.length, 'socket')}${states.length === 0 ? '' : `: ${states.map(([many, state]) => `${many} ${state}`).join(', ')}`}`);
  const left = [...(hidden.loopback === 0 ? [] : [`${hidden.loopback} on loopback`]), ...(hidden.unix === 0 ? [] : [count(hidden.unix, 'unix socket')])];
  if (left.length > 0) lines.push(`not shown: ${left.join(', ')} (drift listeners --all)`);
  return lines;
}
