// README.md and docs/ say what is so: each session is run again, each command line parsed, each manifest read, each table compared with the code.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Parser } from '@oclif/core';
import { describe, expect, it } from 'vitest';
import { exitCodeRows } from '../../src/cli/exit-code-help.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { COMMANDS } from '../../src/commands/index.ts';
import { GRAVITY } from '../../src/drift/fold.ts';
import { checkManifest } from '../../src/manifest/load.ts';
import { FINDING_KINDS, SEVERITIES } from '../../src/model/finding.ts';
import { memoryReader } from '../manifest/memory-reader.ts';
import { schemaErrors } from '../support/report-schema.ts';
import { PROJECT } from '../support/run-drift.ts';

const PAGES = ['README.md', ...readdirSync(join(PROJECT, 'docs'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)].toSorted();
const text = (page: string): string => readFileSync(join(PROJECT, page), 'utf8');

/** What stands between ``` of one language. */
function blocks(page: string, language: string): string[] {
  return [...text(page).matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map((match) => match[1] ?? '');
}

/** Rows of the tables of a page or of what stands below one heading, cells without their backticks. */
function rows(page: string, heading?: string): string[][] {
  const section = heading === undefined ? text(page) : text(page).split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  expect(section, `${page}: ${heading}`).toBeDefined();
  return [...section!.matchAll(/^\| (.*) \|$/gm)].map((match) => (match[1] ?? '').split(' | ').map((cell) => cell.trim().replaceAll('`', '')));
}

describe('the sessions in the README', () => {
  const sessions = blocks('README.md', 'console');

  // That drift prints them is tested where such hosts run: test/system/acceptance.test.ts.
  it('are of one host of each family, and fit a terminal', () => {
    expect(sessions.map((session) => /^\$ sudo bin\/drift check\n(\S+) \(.*, (apt|dnf)\)/.exec(session)?.slice(1))).toEqual([['web-1', 'apt'], ['db-1', 'dnf']]);
    for (const line of sessions.flatMap((session) => session.split('\n'))) expect(line.length).toBeLessThanOrEqual(80);
  });
});

describe('command lines', () => {
  const lines = PAGES.flatMap((page) => [...blocks(page, 'sh').flatMap((block) => block.split('\n')), ...[...text(page).matchAll(/`((?:sudo )?(?:bin\/)?drift [^`]+)`/g)].map((match) => match[1] ?? '')]
    .flatMap((line) => line.replace(/ +#.*/, '').split(/ && | \| /)).filter((line) => /^(sudo )?(bin\/)?drift /.test(line)).map((line) => [page, line] as const));

  it('are there', () => expect(new Set(lines.map(([, line]) => line)).size).toBeGreaterThan(10));

  it.each(lines)('%s: %s', async (_page, line) => {
    const words = line.replace(/^(sudo )?(bin\/)?drift /, '').split(' ');
    const id = Object.keys(COMMANDS).find((name) => name === words.slice(0, 2).join(':')) ?? words[0] ?? '';
    expect(Object.keys(COMMANDS)).toContain(id);
    const command = await COMMANDS[id]!.load();
    // The bare name of a command speaks of it, and is no line to type.
    if (words.length === id.split(':').length) return;
    await Parser.parse(words.slice(id.split(':').length), { flags: { ...command.baseFlags, ...command.flags }, strict: command.strict !== false && Object.keys(command.args ?? {}).length === 0 });
  });

  it('of npm name scripts that there are, and programs of this checkout', () => {
    const { scripts } = JSON.parse(text('package.json')) as { scripts: Record<string, string> };
    for (const page of PAGES) {
      for (const [, name = ''] of text(page).matchAll(/`npm run ([a-z:]+)/g)) expect(Object.keys(scripts), page).toContain(name);
      for (const [, file = ''] of text(page).matchAll(/`((?:bin|\.ci|src|test|packaging|docs|manifests)\/[^` ]*)`/g)) expect(existsSync(join(PROJECT, file)), `${page} names ${file}`).toBe(true);
    }
  });
});

it('each flag that a page names exists', async () => {
  const known = new Set(['--help', '--version']);
  for (const { load } of Object.values(COMMANDS)) {
    const command = await load();
    for (const name of Object.keys({ ...command.baseFlags, ...command.flags })) known.add(`--${name}`);
  }
  const OF_OTHERS = /`(?:ansible-playbook|apt-get|dpkg|dnf|rpm|npm|find|sh rebuild|sudo|mount|systemctl|terraform)[^`]*`/g;
  for (const page of PAGES) {
    for (const [, code = ''] of text(page).replace(/^```.*?^```$/gms, '').replace(OF_OTHERS, '').matchAll(/`([^`\n]*)`/g)) {
      for (const [flag] of code.matchAll(/(?<=^|\s)--[a-z][a-z-]*/g)) expect([...known], page).toContain(flag);
    }
  }
});

it('each link leads to a file', () => {
  for (const page of PAGES) {
    for (const [, target = ''] of text(page).matchAll(/\]\((?!https?:)([^)#]+)\)/g)) expect(existsSync(join(PROJECT, dirname(page), target)), `${page}: ${target}`).toBe(true);
  }
});

describe('manifests', () => {
  const FILES = { 'base.yaml': 'drift: 1\n', 'roles/a.yaml': 'drift: 1\n', 'agent.sha256': `${'a'.repeat(64)}  x\n` };

  it.each(PAGES.flatMap((page) => blocks(page, 'yaml').map((block) => [page, block] as const)))('%s shows one that is good', (_page, block) => {
    expect(checkManifest(['m.yaml'], memoryReader({ ...FILES, 'm.yaml': block }))).toMatchObject({ ok: true });
  });
});

it('docs/reference/json.md shows a report that is as the schema says', () => {
  const [example = ''] = blocks('docs/reference/json.md', 'jsonc');
  expect(schemaErrors(JSON.parse(example.replaceAll(/ {2,}\/\/.*/g, '')))).toEqual([]);
});

describe('tables', () => {
  it.each([['README.md', 'Exit codes'], ['docs/reference/exit-codes.md', undefined]])('%s has every exit code, and means the same by it as --help', (page, heading) => {
    const listed = rows(page, heading).filter(([code]) => /^\d/.test(code ?? ''));
    expect(listed.flatMap(([codes = '']) => codes.split(', ').map(Number))).toEqual(Object.values(EXIT));
    for (const [codes, meaning] of exitCodeRows()) {
      for (const code of codes.split(', ')) {
        const row = listed.find(([cell = '']) => cell.split(', ').includes(code));
        expect(row?.[1]?.toLowerCase()).toContain(meaning.split(/[: ]/)[0]);
      }
    }
  });

  it('docs/reference/exit-codes.md has every command', () => {
    const named = new Set(rows('docs/reference/exit-codes.md').flatMap(([commands = '']) => commands.split(', ')));
    for (const id of Object.keys(COMMANDS)) expect([...named]).toContain(`drift ${id.replaceAll(':', ' ')}`);
  });

  it('docs/reference/findings.md has every kind, and no other', () => {
    const kinds = rows('docs/reference/findings.md').map(([first = '']) => first.replace(/ \(.*/, '')).filter((cell) => /^[a-z]+(?:-[a-z]+)+$/.test(cell));
    expect([...new Set(kinds)].toSorted()).toEqual([...FINDING_KINDS].toSorted());
  });

  it('docs/reference/findings.md has the order of kinds of equal severity, and the severities', () => {
    const [, order = ''] = /first here: ([^.]+)\./s.exec(text('docs/reference/findings.md')) ?? [];
    const named = order.split(';').flatMap((group) => {
      const names = group.trim().split(/,\s+/);
      const prefix = /^[a-z]+/.exec(names[0] ?? '')?.[0] ?? '';
      return names.map((name) => (name.startsWith('-') ? prefix + name : name));
    });
    expect(named).toEqual(GRAVITY.filter((kind) => named.includes(kind)));
    expect(named.length).toBeGreaterThan(20);
    for (const severity of SEVERITIES) expect(text('docs/reference/findings.md')).toContain(`\`${severity}\``);
  });

  it('docs/reference/json.md has every kind of subject, and what is in it', () => {
    const schema = JSON.parse(text('docs/reference/report.schema.json')) as { $defs: { subject: { oneOf: SubjectSchema[] } } };
    const listed = Object.fromEntries(rows('docs/reference/json.md').filter(([, fields]) => fields !== undefined).flatMap(([types = '', fields = '']) => types.split(', ').map((type) => [type, fields.split(', ')])));
    const subjects = schema.$defs.subject.oneOf;
    expect(subjects.length).toBeGreaterThan(5);
    for (const { properties } of subjects) {
      const fields = Object.keys(properties).filter((name) => name !== 'type' && !name.endsWith('Base64'));
      expect([properties.type.const, listed[properties.type.const]]).toEqual([properties.type.const, fields]);
    }
  });
});

interface SubjectSchema {
  readonly properties: Readonly<Record<string, unknown>> & { readonly type: { readonly const: string } };
}
