// drift check --notify on a host that boots: what is new reaches the real journal and the mailer once each, byte for byte, from a prompt and from the service with its hardening.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BOOT_NEEDS, bootHost, CHECKOUT_INSIDE, type BootedHost } from '../support/booted-host.ts';
import { checkoutDirectory } from '../support/build-cache.ts';
import { planter, type Planter } from '../support/planter.ts';
import { schemaErrors } from '../support/report-schema.ts';
import { needs } from '../support/requirements.ts';
import { drift, type CliResult, type Report } from '../support/run-cli.ts';
import { redisDebHost } from '../support/second-redis.ts';
import { workingCopy, type WorkingCopy } from '../support/working-copy.ts';

interface Entry {
  readonly MESSAGE: string;
  readonly DRIFT_KIND?: string;
  readonly DRIFT_PATH?: string;
  readonly DRIFT_PATH_BASE64?: string;
  readonly DRIFT_SEVERITY?: string;
  readonly DRIFT_NEW?: string;
  readonly PRIORITY: string;
  readonly SYSLOG_IDENTIFIER: string;
  readonly __CURSOR: string;
}

const MANIFEST = '/etc/drift/manifest.yaml';
const UNITS = join(checkoutDirectory(), 'packaging/files/systemd');
const ALLOWED = `drift: 1\nsweep:\n  exclude: [${CHECKOUT_INSIDE}/**]\n`;
/** Keeps each mail; `hang` and `fail` are files that a test makes. */
const MAILER = `#!/bin/sh
[ "$*" = "-i -t" ] || exit 64
n=$(ls /var/mail | grep -c .)
cat > "/var/mail/$n.tmp"
[ ! -e /var/mail.fail ] || { rm "/var/mail/$n.tmp"; echo "no room" >&2; exit 75; }
[ ! -e /var/mail.hang ] || exec sleep 1000
grep -c NoNewPrivs:.1 /proc/self/status > /var/mail.confined
mv "/var/mail/$n.tmp" "/var/mail/$n"
`;

describe.skipIf(!needs('news in the journal and by mail', ...BOOT_NEEDS, 'mmdebstrap', 'apt-sources'))('drift check --notify', () => {
  let copy: WorkingCopy;
  let host: BootedHost;
  let plant: Planter;

  const notify = (...args: readonly string[]): Promise<CliResult> => drift(['check', '--notify', ...args], host.cli);
  const journal = (...matches: readonly string[]): readonly Entry[] => {
    host.run('journalctl', ['--sync'], [0, 1]);
    return host.run('journalctl', ['-o', 'json', '--no-pager', '-q', ...matches], [0, 1]).split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Entry);
  };
  const told = (): readonly Entry[] => journal('SYSLOG_IDENTIFIER=drift');
  const mails = (): readonly string[] => readdirSync(join(copy.root, 'var/mail')).toSorted().map((name) => readFileSync(join(copy.root, 'var/mail', name), 'utf8'));
  const forget = (): void => rmSync(join(copy.root, 'var/lib/drift'), { recursive: true, force: true });

  beforeAll(async () => {
    copy = workingCopy(redisDebHost(), 'notify', { fresh: true });
    plant = planter(copy.root);
    writeFileSync(join(copy.root, 'etc/machine-id'), '0123456789abcdef0123456789abcdef\n');
    mkdirSync(join(copy.root, 'etc/drift'));
    writeFileSync(join(copy.root, MANIFEST), ALLOWED);
    for (const name of ['drift-check.service', 'drift-mail.service']) {
      const text = readFileSync(join(UNITS, name), 'utf8').replace('/usr/bin/drift ', `${process.execPath.replace(checkoutDirectory(), CHECKOUT_INSIDE)} ${CHECKOUT_INSIDE}/bin/run.js `);
      writeFileSync(join(copy.root, 'etc/systemd/system', name), text);
    }
    host = await bootHost(copy.root);
  });
  afterAll(() => {
    host?.stop();
    copy?.remove();
  });
  beforeEach(() => {
    forget();
    writeFileSync(join(copy.root, MANIFEST), ALLOWED);
    for (const name of ['usr/sbin/sendmail', 'var/mail', 'var/mail.fail', 'var/mail.hang', 'usr/local/bin']) rmSync(join(copy.root, name), { recursive: true, force: true });
    for (const name of ['var/mail', 'usr/local/bin']) mkdirSync(join(copy.root, name));
    host.run('journalctl', ['--rotate', '--vacuum-time=1us', '-q'], [0, 1]);
    host.run('systemctl', ['reset-failed']);
  });

  it('tells each finding once, a first run how many there are, and again what went and came back', async () => {
    const before = told().length;
    expect(before).toBe(0);
    const first = await notify('--json');
    expect([first.code, first.stderr]).toEqual([2, '']);
    expect(schemaErrors(first.json())).toEqual([]);
    const all = told();
    expect(all[0]!.MESSAGE).toMatch(/^drift: first report: \d+ findings? \(/);
    const standing = Number(all[0]!.MESSAGE.match(/(\d+) finding/)![1]);
    expect(all).toHaveLength(1 + standing);
    expect(first.json<Report & { readonly notified: unknown }>().notified).toEqual({ first: true, new: standing, problems: [] });

    plant.put('/usr/local/bin/planted', '#!/bin/sh\n', 0o4755);
    expect((await notify()).stderr).toBe('');
    const news = told().slice(all.length);
    expect(news.map(({ MESSAGE }) => MESSAGE)).toEqual([
      expect.stringMatching(new RegExp(`^drift: 1 new finding \\(1 [a-z]+\\), ${standing + 1} in all; see drift check$`)),
      expect.stringMatching(/^drift: \[[a-z]+\] \/usr\/local\/bin\/planted - .* \(file-stray [0-9a-f]{12}\)$/),
    ]);
    const [entry] = journal('DRIFT_KIND=file-stray', 'DRIFT_PATH=/usr/local/bin/planted');
    expect(entry).toMatchObject({ DRIFT_KIND: 'file-stray', DRIFT_PATH: '/usr/local/bin/planted', SYSLOG_IDENTIFIER: 'drift' });
    expect(entry!.PRIORITY).toBe({ critical: '2', high: '3', medium: '4', low: '5' }[entry!.DRIFT_SEVERITY!]);

    expect((await notify()).code).toBe(2);
    expect(told()).toHaveLength(all.length + 2);
    rmSync(join(copy.root, 'usr/local/bin/planted'));
    await notify();
    expect(told()).toHaveLength(all.length + 2);
    plant.put('/usr/local/bin/planted', '#!/bin/sh\n', 0o4755);
    await notify();
    expect(journal('DRIFT_PATH=/usr/local/bin/planted')).toHaveLength(2);
  });

  it('a name reaches the journal byte for byte, whatever is in it', async () => {
    const names = ['plain', 'with blank', 'trailing ', 'new\nline', 'DRIFT_KIND=lie\nDRIFT_KIND=lie', '\x1b[31mred', 'caf\xe9', 'caf\xc3\xa9', 'back\\slash', '=', 'tab\t', '\xff\xfe', `long${'x'.repeat(240)}`];
    for (const name of names) plant.put(`/usr/local/bin/${name}`, '#!/bin/sh\n', 0o4755);
    await notify();
    const read = journal('DRIFT_KIND=file-stray').map((entry) => (entry.DRIFT_PATH_BASE64 === undefined ? Buffer.from(entry.DRIFT_PATH!, 'utf8') : Buffer.from(entry.DRIFT_PATH_BASE64, 'base64')).toString('latin1'));
    expect(read.toSorted()).toEqual(names.map((name) => `/usr/local/bin/${name}`).toSorted());
    expect(journal('DRIFT_KIND=lie')).toEqual([]);
  });

  it('mails those whom the manifest names, and those alone who have not had it', async () => {
    plant.put('/usr/sbin/sendmail', MAILER);
    plant.put('/usr/local/bin/one', '#!/bin/sh\n', 0o4755);
    await notify();
    expect(mails()).toEqual([]);
    writeFileSync(join(copy.root, MANIFEST), `${ALLOWED}policy: { notify: { mail: [root, ops@example.org] } }\n`);
    expect((await notify()).stderr).toBe('');
    const [mail] = mails();
    expect(mail).toMatch(/^To: root,\n ops@example\.org\nSubject: drift on [^\n]*: first report: \d+ findings [^\n]*\nAuto-Submitted: auto-generated\n/);
    expect(mail).toContain('/usr/local/bin/one - ');
    plant.put('/usr/local/bin/two\nBcc: x@example.org\n\n.', '#!/bin/sh\n', 0o4755);
    await notify();
    await notify();
    expect(mails()).toHaveLength(2);
    const [head, ...body] = mails()[1]!.split('\n\n');
    expect(head).toMatch(/\nSubject: drift on [^\n]*: 1 new finding [^\n]*\n/);
    expect(head).not.toContain('Bcc');
    expect(body.join('\n\n')).toContain('/usr/local/bin/two\\nBcc: x@example.org\\n\\n. - ');
    expect(body.join('\n\n')).not.toContain('/usr/local/bin/one - ');
  });

  it('what could not be sent is said, counts, and is sent the next time', async () => {
    plant.put('/usr/sbin/sendmail', MAILER);
    writeFileSync(join(copy.root, MANIFEST), `${ALLOWED}policy: { notify: { mail: root } }\n`);
    plant.put('/var/mail.fail', '');
    plant.put('/usr/local/bin/one', '#!/bin/sh\n', 0o4755);
    const failed = await notify('--fail-on', 'high', '--json');
    expect(failed.stderr).toContain('drift: mail: sendmail ended with 75: no room\n');
    expect(failed.json<Report & { readonly notified: unknown }>().notified).toMatchObject({ problems: ['mail: sendmail ended with 75: no room'] });
    expect(mails()).toEqual([]);
    rmSync(join(copy.root, 'var/mail.fail'));
    // The journal has had it.
    const entries = told().length;
    expect((await notify('--fail-on', 'high')).stderr).toBe('');
    expect(mails()[0]).toContain('/usr/local/bin/one - ');
    expect(told()).toHaveLength(entries);
    rmSync(join(copy.root, 'usr/sbin/sendmail'));
    rmSync(join(copy.root, 'usr/local/bin/one'));
    plant.put('/usr/local/bin/two', '#!/bin/sh\n', 0o4755);
    expect((await notify('--fail-on', 'high')).stderr).toContain('drift: mail: sendmail is not installed');
  });

  it('runs as a service with all its hardening, and its mailer without it', async () => {
    plant.put('/usr/sbin/sendmail', MAILER);
    writeFileSync(join(copy.root, MANIFEST), `${ALLOWED}policy: { notify: { mail: root } }\n`);
    const service = (): string => {
      host.run('systemctl', ['start', 'drift-check.service'], [0, 1]);
      return host.run('systemctl', ['show', 'drift-check.service', '-p', 'ExecMainStatus']);
    };
    host.run('systemctl', ['daemon-reload']);
    service();
    const first = told().length;
    plant.put('/usr/local/bin/planted', '#!/bin/sh\n', 0o4755);
    expect(service()).toBe('ExecMainStatus=2\n');
    expect(service()).toBe('ExecMainStatus=2\n');
    expect(told()).toHaveLength(first + 2);
    // Not of which unit: whoever hands an entry in may have ended before journald looks at what it was.
    expect(journal('DRIFT_PATH=/usr/local/bin/planted')).toHaveLength(1);
    expect(mails()).toHaveLength(2);
    expect(readFileSync(join(copy.root, 'var/mail.confined'), 'latin1')).toBe('0\n');
    expect(existsSync(join(copy.root, 'var/lib/drift/notified/mail'))).toBe(false);

    // One that hangs is over in time; a second stands for the minute.
    const dropIn = join(copy.root, 'etc/systemd/system/drift-mail.service.d');
    mkdirSync(dropIn);
    writeFileSync(join(dropIn, 'time.conf'), '[Service]\nTimeoutStartSec=1\n');
    host.run('systemctl', ['daemon-reload']);
    plant.put('/var/mail.hang', '');
    plant.put('/usr/local/bin/other', '#!/bin/sh\n', 0o4755);
    expect(service()).toBe('ExecMainStatus=2\n');
    expect(journal('_SYSTEMD_UNIT=drift-check.service').map(({ MESSAGE }) => MESSAGE).filter((line) => line.includes('mail:'))).toEqual([expect.stringContaining('drift: mail: systemctl start drift-mail.service ended with 1: Job for drift-mail.service failed')]);
    expect(journal('DRIFT_PATH=/usr/local/bin/other')).toHaveLength(1);
    rmSync(join(copy.root, 'var/mail.hang'));
    rmSync(dropIn, { recursive: true });
    host.run('systemctl', ['daemon-reload']);
    rmSync(join(copy.root, 'var/mail'), { recursive: true });
    mkdirSync(join(copy.root, 'var/mail'));
    service();
    expect(mails()).toEqual([expect.stringContaining('/usr/local/bin/other - ')]);
  });

  it('without a journal says it on standard error; what it cannot remember it says, and tells again', async () => {
    plant.put('/usr/local/bin/one', '#!/bin/sh\n', 0o4755);
    const elsewhere = [...host.cli.wrap!, 'unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /run/systemd/journal && exec "$@"', 'sh'];
    const run = (...args: readonly string[]): Promise<CliResult> => drift(['check', '--notify', ...args], { ...host.cli, wrap: elsewhere });
    const first = await run();
    expect(first.stderr).toMatch(/^drift: first report: \d+ findings .*\n(?:drift: \[[a-z]+\] .*\n)*drift: \[[a-z]+\] \/usr\/local\/bin\/one - /);
    expect((await run()).stderr).toBe('');
    const [name] = readdirSync(join(copy.root, 'var/lib/drift/notified'));
    writeFileSync(join(copy.root, 'var/lib/drift/notified', name!), '{');
    const again = await run();
    expect(again.stderr).toContain('/usr/local/bin/one - ');
    expect(again.stderr).toMatch(/^drift: what was told before is not known, so that all of it is told again: .* is not drift\.notified\/1$/m);
    forget();
    plant.link('/var/lib/drift', '/srv');
    const refused = await run();
    expect(refused.stderr).toMatch(/^drift: what was told could not be written down, and will be told again: /m);
    expect(refused.code).toBe(2);
    rmSync(join(copy.root, 'var/lib/drift'));
  });

  it('is for the whole host, and for root; a plain check writes nothing', async () => {
    for (const args of [['--only', 'file-stray'], ['--no-sweep'], ['--root', '/srv']]) expect(await notify(...args)).toMatchObject({ code: 1, stderr: expect.stringContaining('--notify is about everything on the host itself') as unknown });
    const other = await drift(['check', '--notify'], { ...host.cli, wrap: [...host.cli.wrap!, 'setpriv', '--reuid', '1', '--clear-groups', '--inh-caps=-all'] });
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining('only root can write down what was told') as unknown });
    await drift(['check'], host.cli);
    expect(existsSync(join(copy.root, 'var/lib/drift'))).toBe(false);
    expect(told()).toEqual([]);
  });
});
