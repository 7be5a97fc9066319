// Entries of the journal, through the real logger(1) to a socket that stands for journald's and reads its protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL).
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { journalEntries, newsLine, newsLines } from '../../../src/report/news/journal-fields.ts';
import { hostileNames, unescaped } from '../../support/hostile-names.ts';
import { needs } from '../../support/requirements.ts';
import { run } from '../../support/run-command.ts';
import { finding, fullReport, packageSubject } from '../../support/sample-report.ts';
import { workDirectory } from '../../support/working-copy.ts';

/** $1 = a socket's path, $2 = a file for each datagram as one JSON object of base64 values, $3 = how many. */
const READER = `
import base64, json, socket, struct, sys
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind(sys.argv[1])
print("ready", flush=True)
out = open(sys.argv[2], "w")
for _ in range(int(sys.argv[3])):
    data = server.recv(1 << 20)
    fields = []
    while data:
        line, _, rest = data.partition(b"\\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            (length,) = struct.unpack("<Q", rest[:8])
            value, rest = rest[8:8 + length], rest[9 + length:]
        fields.append([name.decode("ascii"), base64.b64encode(value).decode()])
        data = rest
    out.write(json.dumps(fields) + "\\n")
out.close()
`;

function asJournaldReads(entries: readonly string[]): readonly ReadonlyMap<string, string>[] {
  const directory = workDirectory('journal');
  mkdirSync(join(directory, 'entries'));
  for (const [index, entry] of entries.entries()) writeFileSync(join(directory, 'entries', String(index)), entry);
  writeFileSync(join(directory, 'reader.py'), READER);
  run('unshare', ['-m', '--propagation', 'private', 'sh', '-euc', `
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/journal
mkfifo "$1/ready"
python3 "$1/reader.py" /run/systemd/journal/socket "$1/out" "$2" > "$1/ready" &
read -r ready < "$1/ready"
index=0
while [ "$index" -lt "$2" ]; do logger --journald < "$1/entries/$index"; index=$((index + 1)); done
wait
`, 'sh', directory, String(entries.length)]);
  const lines = readFileSync(join(directory, 'out'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as [string, string][]);
  return lines.map((fields) => {
    const map = new Map(fields.map(([name, value]) => [name, Buffer.from(value, 'base64').toString('latin1')]));
    expect(map.size).toBe(fields.length);
    return map;
  });
}

describe('what the journal is told', () => {
  const { findings } = fullReport();

  it('counts first, and says when it is the first time', () => {
    expect(newsLine({ fresh: findings.slice(0, 3), standing: 12, first: false })).toBe('3 new findings (1 critical, 2 high), 12 in all');
    expect(newsLine({ fresh: findings, standing: 10, first: true })).toBe('first report: 10 findings (2 critical, 3 high, 3 medium, 1 low, 1 info)');
    expect(newsLine({ fresh: [], standing: 0, first: true })).toBe('first report: 0 findings');
    const [summary, ...entries] = journalEntries({ fresh: findings, standing: 10, first: true }, 812);
    expect(entries).toHaveLength(10);
    expect(summary).toMatch(/^MESSAGE=drift: first report: 10 findings .*; see drift check\nMESSAGE_ID=[0-9a-f]{32}\nPRIORITY=2\nSYSLOG_IDENTIFIER=drift\nOBJECT_PID=812\nDRIFT_NEW=10\nDRIFT_FINDINGS=10\n$/);
    expect(entries[0]).toContain('PRIORITY=2\n');
    expect(entries[0]).toContain('DRIFT_KIND=file-stray\nDRIFT_SEVERITY=critical\nDRIFT_SUBJECT=/usr/local/bin/redis-server\nDRIFT_ALSO_KINDS=file-privileged\nDRIFT_PATH=/usr/local/bin/redis-server\n');
    expect(entries[3]).toContain('DRIFT_PACKAGE=htop\n');
    expect(entries[3]).not.toContain('DRIFT_PATH');
  });

  it('is bounded, and says what it left out', () => {
    const many = Array.from({ length: 5000 }, (_, index) => finding('package-extra', 'low', packageSubject(`p${index}`)));
    const news = { fresh: many, standing: 5000, first: false };
    const entries = journalEntries(news, 1);
    expect(entries).toHaveLength(101);
    expect(entries[0]).toContain('5,000 new findings (5000 low), 5000 in all; see drift check, the worst 100 have entries\n');
    expect(newsLines(news).at(-1)).toBe('and 4,900 more');
    expect(newsLines(news)).toHaveLength(102);
  });

  it.skipIf(!needs('fields of the journal', 'mount', 'unshare', 'python3', 'logger'))('is what journald gets, each name byte for byte', () => {
    const names = hostileNames();
    const entries: string[] = [];
    for (let at = 0; at < names.length; at += 100) {
      const fresh = names.slice(at, at + 100).map((path) => finding('file-stray', 'high', { type: 'path', path }, { message: `${path}, which no package owns` }));
      entries.push(...journalEntries({ fresh, standing: fresh.length, first: false }, 1).slice(1));
    }
    const read = asJournaldReads(entries);
    expect(read).toHaveLength(names.length);
    for (const [index, name] of names.entries()) {
      const fields = read[index]!;
      expect([...fields.keys()].filter((key) => key !== 'DRIFT_PATH_BASE64')).toEqual(['MESSAGE', 'MESSAGE_ID', 'PRIORITY', 'SYSLOG_IDENTIFIER', 'OBJECT_PID', 'DRIFT_ID', 'DRIFT_KIND', 'DRIFT_SEVERITY', 'DRIFT_SUBJECT', 'DRIFT_PATH']);
      const exact = fields.get('DRIFT_PATH_BASE64');
      expect(exact === undefined ? fields.get('DRIFT_PATH') : Buffer.from(exact, 'base64').toString('latin1')).toBe(name);
      expect(unescaped(Buffer.from(fields.get('DRIFT_SUBJECT')!, 'latin1').toString('utf8'))).toBe(name);
      expect(fields.get('MESSAGE')!.length).toBeLessThan(20_100);
    }
  });
});
