// Mails about new findings, read by Python's mail parser as a mail program would.
import { describe, expect, it } from 'vitest';
import { newsMail } from '../../../src/report/news/news-mail.ts';
import { hostileNames, unescaped } from '../../support/hostile-names.ts';
import { needs } from '../../support/requirements.ts';
import { run } from '../../support/run-command.ts';
import { finding, fullReport, packageSubject, report } from '../../support/sample-report.ts';

const PARSER = `
import email, email.policy, json, sys
message = email.message_from_binary_file(sys.stdin.buffer, policy=email.policy.default)
print(json.dumps({"head": [[name, str(value)] for name, value in message.items()], "to": [each.addr_spec for each in message["to"].addresses], "defects": [str(each) for each in message.defects], "body": message.get_content()}))
`;

interface Mail {
  readonly head: readonly (readonly [string, string])[];
  readonly to: readonly string[];
  readonly defects: readonly string[];
  readonly body: string;
}

function read(mail: string): Mail {
  return JSON.parse(run('python3', ['-c', PARSER], { input: Buffer.from(mail, 'utf8') })) as Mail;
}

describe.skipIf(!needs('mails', 'python3'))('a mail about new findings', () => {
  it('has a head that is always the same, and a body for people', () => {
    const { findings } = fullReport();
    const { body, defects, head, to } = read(newsMail(fullReport(), { fresh: findings, standing: 12, first: false }, ['root', 'ops+drift@example.org']));
    expect(defects).toEqual([]);
    expect(to).toEqual(['root', 'ops+drift@example.org']);
    expect(head.map(([name]) => name)).toEqual(['To', 'Subject', 'Auto-Submitted', 'X-Drift-Version', 'MIME-Version', 'Content-Type', 'Content-Transfer-Encoding']);
    expect(head[1]![1]).toBe('drift on web-1: 10 new findings (2 critical, 3 high, 3 medium, 1 low, 1 info), 12 in all');
    expect(body).toMatch(/^web-1, 2026-11-21T03:00:00\.000Z\n\n10 new findings/);
    expect(body).toMatch(/^\[critical\] \/usr\/local\/bin\/redis-server - Redis 7\.0\.15, which no package owns, runs as root \(file-stray [0-9a-f]{12}\)$/m);
    expect(body).toContain('Not all could be read: sweep. What is not told of there may still be.');
  });

  it('says that it is the first', () => {
    expect(newsMail(report(), { fresh: [finding('package-extra', 'low', packageSubject('htop'))], standing: 1, first: true }, ['root'])).toContain('This is the first report, so that everything that stands is in it.');
  });

  it('is bounded: as many as a person reads, lines as short as mail has them', () => {
    const many = Array.from({ length: 5000 }, () => finding('file-stray', 'low', { type: 'path', path: `/srv/${'d'.repeat(4000)}` }));
    const mail = newsMail(report(), { fresh: many, standing: 5000, first: false }, ['root']);
    expect(mail).toContain('\nand 4,900 more\n');
    expect(mail.length).toBeLessThan(600_000);
    expect(Math.max(...mail.split('\n').map((line) => Buffer.byteLength(line)))).toBeLessThan(998);
  });

  it('holds any name, and no name holds the mail', () => {
    const names = hostileNames().filter((name) => name.length < 120);
    for (let at = 0; at < names.length; at += 100) {
      const part = names.slice(at, at + 100);
      const fresh = part.map((path) => finding('file-stray', 'high', { type: 'path', path }));
      // A host can have such a name too.
      const { body, defects, head } = read(newsMail(report({ host: { ...report().host, name: part[0]! } }), { fresh, standing: fresh.length, first: false }, ['root']));
      expect(defects).toEqual([]);
      expect(head).toHaveLength(7);
      const shown = [...body.matchAll(/^\[high\] (.*) - no package owns it \(file-stray [0-9a-f]{12}\)$/gm)].map((found) => found[1]!);
      expect(shown.map(unescaped)).toEqual(part);
    }
  });
});
