// What is told of a tree of strays: how many of what, whose, since when, and a few of them.
import type { Finding, FactValue } from '../../model/finding.ts';
import { day } from '../../model/moment.ts';
import { visible, visibleText } from '../visible.ts';
import { codeWords } from '../words.ts';
import { count, grouped } from '../wrap.ts';

const EXAMPLES_SHOWN = 3;
const OWNERS_SHOWN = 3;

/** Empty for a runtime's store, which has none of these facts. */
export function treeReasons({ facts, subject }: Finding): string[] {
  const { codes, examples, newest, oldest, owners } = facts;
  if (subject.type !== 'tree' || !isRecord(codes)) return [];
  const phrases = [Object.entries(codes).map(([code, number]) => `${grouped(Number(number))} ${visibleText(codeWords(code, Number(number)))}`).join(', ')];
  if (Array.isArray(owners)) phrases.push(ownersText(owners));
  if (typeof oldest === 'number' && typeof newest === 'number') {
    const [from, to] = [day(oldest), day(newest)];
    phrases.push(from === to ? `all since ${from}` : `came ${from} to ${to}`);
  }
  if (Array.isArray(examples) && examples.length > 0) {
    const names = examples.slice(0, EXAMPLES_SHOWN).map((example: FactValue) => (isRecord(example) && typeof example['path'] === 'string' ? visible(below(example['path'], subject.path)) : ''));
    phrases.push(`such as ${names.join(', ')}`);
  }
  return phrases;
}

function ownersText(owners: readonly FactValue[]): string {
  if (owners.length > OWNERS_SHOWN) return `of ${count(owners.length, 'user')}`;
  return `of ${owners.map((uid) => (uid === 0 ? 'root' : `uid ${String(uid)}`)).join(', ')}`;
}

function below(path: string, directory: string): string {
  return path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : path;
}

function isRecord(value: FactValue | undefined): value is { readonly [key: string]: FactValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
