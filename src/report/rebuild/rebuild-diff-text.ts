// The differences of two rebuild lists: lines for people, drift.rebuild-diff/1 for programs. Names are escaped; no secret is in a list.
import { toText } from '../../model/bytes.ts';
import type { RebuildDifference, RebuildPart } from '../../model/rebuild.ts';
import { bytesField, jsonText } from '../check/json.ts';
import { rebuildValue } from './rebuild-json.ts';
import type { TextOptions } from '../text-options.ts';
import { unifiedDiff } from '../unified-diff.ts';
import { visible, visibleText } from '../visible.ts';
import { count, wrap } from '../wrap.ts';

/** What was compared, as a person named it: a file, or this host. */
export interface ComparedLists {
  readonly drift: string;
  readonly before: string;
  readonly after: string;
  readonly differences: readonly RebuildDifference[];
}

const HEADINGS: Readonly<Record<RebuildPart, string>> = {
  packages: 'Packages', architectures: 'Foreign architectures', moduleStreams: 'Module streams', repositories: 'Repositories', files: 'Files of the package managers', keys: 'Keys', debconf: 'Answers',
  alternatives: 'Alternatives', diversions: 'Diversions', statOverrides: 'Statoverrides', units: 'Units', groups: 'Groups', users: 'Users', channels: 'Other channels', strays: 'Allowed strays', notes: 'Notes',
};
const SIGNS = { added: '+', removed: '-', changed: '~' } as const;
/** Long values are told by their difference, or by their size. */
const LONG = 60;

export function rebuildDiffText({ after, before, differences }: ComparedLists, options: TextOptions): string {
  const lines = wrap(`From ${visibleText(before)} to ${visibleText(after)}: ${differences.length === 0 ? 'no difference' : count(differences.length, 'difference')}`, '', '  ', options.width);
  for (const [part, group] of Map.groupBy(differences, (each) => each.part)) lines.push('', options.paint('strong', `${HEADINGS[part]} (${group.length})`), ...group.flatMap((each) => differenceLines(each, options)));
  return `${lines.join('\n')}\n`;
}

function differenceLines(difference: RebuildDifference, options: TextOptions): string[] {
  const { change, fields, key } = difference;
  const [before, after] = [valueOf(difference.before), valueOf(difference.after)];
  const own = after ?? before ?? {};
  const words = change !== 'changed' ? (typeof own['version'] === 'string' ? ` ${visibleText(own['version'])}` : '')
    : `: ${fields.filter((field) => !isLong(before?.[field]) && !isLong(after?.[field])).map((field) => `${field} ${shown(before?.[field])} -> ${shown(after?.[field])}`).join('; ')}`;
  const long = fields.filter((field) => isLong(before?.[field]) || isLong(after?.[field]));
  return [
    ...wrap(`${SIGNS[change]} ${visible(key)}${words === ': ' ? '' : words}`, '  ', '      ', options.width),
    ...long.flatMap((field) => longLines(field, before?.[field], after?.[field])),
  ];
}

function valueOf(item: RebuildDifference['before']): Readonly<Record<string, unknown>> | undefined {
  return item === undefined ? undefined : (item as unknown as Readonly<Record<string, unknown>>);
}

function isLong(value: unknown): boolean {
  return shown(value).length > LONG || (typeof value === 'string' && value.includes('\n'));
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'string' ? visible(value) : visibleText(JSON.stringify(value));
}

function longLines(field: string, before: unknown, after: unknown): string[] {
  const [a, b] = [textOf(before), textOf(after)];
  const patch = field === 'base64' ? undefined : unifiedDiff({ name: `${field} before`, text: a }, { name: `${field} after`, text: b });
  return patch === undefined ? [`      ${field} differs`] : patch.trimEnd().split('\n').map((line) => `      ${visibleText(line)}`);
}

function textOf(value: unknown): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return `${value.map((item) => (typeof item === 'string' ? toText(item) : JSON.stringify(item))).join('\n')}\n`;
  return typeof value === 'string' ? toText(value) : JSON.stringify(value);
}

export function rebuildDiffJson({ after, before, differences, drift }: ComparedLists): string {
  return jsonText({
    schema: 'drift.rebuild-diff/1', drift, before, after,
    differences: differences.map(({ after: b, before: a, change, fields, key, part }) => ({
      part, ...bytesField('key', key), change, fields, ...(a === undefined ? {} : { before: rebuildValue(a) }), ...(b === undefined ? {} : { after: rebuildValue(b) }),
    })),
  });
}
