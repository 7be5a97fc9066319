// Tells products by the texts in a program's data, all rules in one pass.
import type { Elf } from './elf.ts';
import { eachDataPiece } from './elf-data.ts';
import { findNeedles, prepareNeedles, type Needles } from './needles.ts';
import type { ProductRow, TextRule } from './product-row.ts';

const BEFORE = 128;
const AFTER = 192;
/** Tries of one pattern in one file; a file can be made of nothing but the text. */
const MAX_TRIES = 4096;

export interface TextMatch {
  readonly row: ProductRow;
  readonly version?: string;
  readonly because: readonly string[];
}

export interface TextRules {
  readonly rules: readonly { readonly row: ProductRow; readonly rule: TextRule }[];
  readonly needles: Needles;
  /** By needle: the patterns to try where it stands, with the rule they belong to. */
  readonly patterns: readonly (readonly { readonly rule: TextRule; readonly pattern: RegExp }[])[];
}

export function prepareRules(rows: readonly ProductRow[]): TextRules {
  const rules = rows.flatMap((row) => (row.texts ?? []).map((rule) => ({ row, rule })));
  const needles = prepareNeedles(rules.flatMap(({ rule }) => [...rule.all, ...(rule.none ?? []), ...(rule.version ?? []).map(({ near }) => near)]));
  const patterns = needles.texts.map((text) => rules.flatMap(({ rule }) => (rule.version ?? []).filter(({ near }) => near === text).map(({ pattern }) => ({ rule, pattern: new RegExp(pattern, 'g') }))));
  return { rules, needles, patterns };
}

interface Found {
  readonly version: string;
  readonly quote: string;
}

/** The one product that the texts name. Undefined where none does, or more than one. */
export function matchTexts(prepared: TextRules, elf: Elf): TextMatch | undefined {
  const { rules, needles, patterns } = prepared;
  const seen = new Set<string>();
  const versions = new Map<TextRule, Map<string, Found>>();
  const tries = new Map<RegExp, number>();
  eachDataPiece(elf, BEFORE, AFTER, (piece, start, end) => findNeedles(needles, piece, start, end, (needle, at) => {
    seen.add(needles.texts[needle]!);
    for (const { rule, pattern } of patterns[needle]!) {
      const tried = tries.get(pattern) ?? 0;
      if (tried >= MAX_TRIES) continue;
      tries.set(pattern, tried + 1);
      const of = versions.get(rule) ?? new Map<string, Found>();
      // All that stand there: of two that differ neither is sure.
      for (const match of piece.toString('latin1', Math.max(0, at - BEFORE), at + AFTER).matchAll(pattern)) {
        const version = match.slice(1).find((group) => group !== undefined);
        if (version !== undefined && of.size < 8) versions.set(rule, of.set(version, { version, quote: match[0] }));
      }
    }
  }));
  const held = rules.filter(({ rule }) => holds(rule, elf, seen, versions));
  const row = held[0]?.row;
  if (row === undefined || held.some((each) => each.row !== row)) return undefined;
  const because = [`its text says "${oneLine(held[0]!.rule.all[0]!)}"`];
  const found = held.flatMap(({ rule }) => [...(versions.get(rule)?.values() ?? [])]).map(({ version, quote }) => ({ version, because: `its text says "${oneLine(quote)}"` }));
  const buildId = held.find(({ rule }) => rule.buildIdAfter !== undefined)?.rule.buildIdAfter;
  const built = buildId === undefined ? undefined : redisVersion(elf, buildId);
  if (built !== undefined) found.push({ version: built, because: `its build id begins with ${buildId}${built}` });
  const [one] = found;
  if (one === undefined || found.some(({ version }) => version !== one.version)) return { row, because };
  return { row, version: one.version, because: one.because.includes(held[0]!.rule.all[0]!) ? [one.because] : [...because, one.because] };
}

function oneLine(quote: string): string {
  return quote.replaceAll(/[\s\x00-\x1f\x7f-\xff]{1,400}/g, ' ').trim().slice(0, 100);
}

function holds(rule: TextRule, elf: Elf, seen: ReadonlySet<string>, versions: ReadonlyMap<TextRule, unknown>): boolean {
  if (rule.soname !== undefined && !rule.soname.test(elf.soname ?? '')) return false;
  return rule.all.every((text) => seen.has(text)) && !(rule.none ?? []).some((text) => seen.has(text)) && (rule.version === undefined || versions.has(rule));
}

/**
 * Redis's release.c makes one text of version, build id, number of changed lines and eight digits of the commit: '7.0.15web1-17000000010' + '00000000'. The
 * build id is HOST-SECONDS, or SOURCE_DATE_EPOCH alone. A host may begin with digits, so only a version that also stands by itself counts.
 */
function redisVersion(elf: Elf, after: string): string | undefined {
  const raw = /(\d{1,3}\.\d{1,3}\.\d{1,3})([\w.-]{0,64}-)?1[3-9]\d{8}\d{1,4}[0-9a-f]{8}\0/g;
  const built = new Set<string>();
  const alone = new Set<string>();
  eachDataPiece(elf, BEFORE, AFTER, (piece) => {
    const text = piece.toString('latin1');
    for (const [whole, version, host] of text.matchAll(raw)) {
      if (built.size >= 64 || (after !== '' && !text.includes(after + whole))) continue;
      // Digits of a host follow those of the version without a break: then each beginning of the last number may be it.
      const shortest = host === undefined ? version!.length : version!.lastIndexOf('.') + 2;
      for (let end = shortest; end <= version!.length; end++) built.add(version!.slice(0, end));
    }
    for (const [, version] of text.matchAll(/(?<![\d.])(\d{1,3}\.\d{1,3}\.\d{1,3})\0/g)) if (alone.size < 4096) alone.add(version!);
  });
  const both = [...built].filter((version) => alone.has(version));
  return both.length === 1 ? both[0] : undefined;
}
