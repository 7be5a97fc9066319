// Reads the answers to debconf's questions (debconf(7), debconf-devel(7)): /var/cache/debconf/{config,passwords,templates}.dat. Secrets never leave it.
import type { Host } from '../../host/host.ts';
import { compareBytes, toText, type BytePath } from '../../model/bytes.ts';
import type { Problem } from '../../model/coverage.ts';
import type { DebconfAnswer, Masked } from '../../model/rebuild.ts';
import { withoutCredentials } from '../../model/masked-text.ts';
import { paragraphs, type Paragraph } from './deb822.ts';

const DIRECTORY: BytePath = '/var/cache/debconf';
const MAX_BYTES = 64 * 1024 * 1024;
const MOST = 20_000;
/** Others show something, and are answered by nothing. */
const ANSWERED: ReadonlySet<string> = new Set(['string', 'boolean', 'select', 'multiselect', 'password']);
const SECRET_NAME = /pass(?:word|wd|phrase|code)?(?:\b|_|-)|secret|token|credential|private|api[-_]?key|community/i;
/** crypt(5), and private keys. */
const SECRET_VALUE = /^[$](?:[0-9][a-z]?|y|gy|2[abxy])[$]|-----BEGIN/;

/** Answers that somebody gave, to the question or ahead of it; what packages put there by themselves they put there again. Sorted by question. */
export function readDebconf(host: Host, withSecrets: boolean, problems: Problem[], masked: Masked[]): readonly DebconfAnswer[] {
  const types = new Map<string, string>();
  for (const { fields } of read(host, 'templates.dat', problems)) {
    const name = fields.get('name');
    if (name !== undefined) types.set(name, fields.get('type') ?? '');
  }
  const answers = new Map<string, DebconfAnswer>();
  for (const [file, secret] of [['config.dat', false], ['passwords.dat', true]] as const) {
    for (const { fields } of read(host, file, problems)) {
      const answer = answerOf(fields, types, secret, withSecrets);
      if (answer === undefined) continue;
      if (answers.size >= MOST) {
        problems.push({ message: `has more than ${MOST} answers: the rest is left out`, path: `${DIRECTORY}/${file}` });
        break;
      }
      if (answer.value === undefined) masked.push({ what: 'debconf', name: answer.question, because: `a secret of ${answer.package}: it is asked for when the package is configured` });
      answers.set(answer.question, answer);
    }
  }
  return [...answers.values()].toSorted((a, b) => compareBytes(a.question, b.question));
}

function* read(host: Host, name: string, problems: Problem[]): Generator<Paragraph> {
  const path = `${DIRECTORY}/${name}`;
  const content = host.readBytes(path, MAX_BYTES);
  if (content.ok) yield* paragraphs(content.value);
  else if (content.error.reason !== 'ENOENT') problems.push({ message: content.error.message, path });
}

function answerOf(fields: Paragraph['fields'], types: ReadonlyMap<string, string>, secretFile: boolean, withSecrets: boolean): DebconfAnswer | undefined {
  const question = fields.get('name');
  const value = fields.get('value');
  const owner = (fields.get('owners') ?? '').split(',')[0]!.trim();
  if (question === undefined || value === undefined || owner === '' || !isWord(question) || !isWord(owner)) return undefined;
  const type = types.get(fields.get('template') ?? question) ?? (secretFile ? 'password' : 'string');
  if (!ANSWERED.has(type) || !(fields.get('flags') ?? '').split(/[\s,]+/).includes('seen')) return undefined;
  const told = { package: owner, question: toText(question), type };
  if (!withSecrets && value !== '' && isSecret(question, type, value, secretFile)) return told;
  return { ...told, value: toText(value) };
}

/** What a line of debconf-set-selections(1) can name. */
function isWord(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

function isSecret(question: string, type: string, value: string, secretFile: boolean): boolean {
  if (secretFile || type === 'password') return true;
  if (type === 'boolean') return false;
  return SECRET_NAME.test(question.slice(question.lastIndexOf('/') + 1)) || SECRET_VALUE.test(value) || withoutCredentials(value) !== value;
}
