// Each session of the tutorial and of the how-to pages is typed again, in order, on a Debian host that runs: what it prints is what the page says.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BOOT_NEEDS, bootHost, CHECKOUT_INSIDE, type BootedHost } from '../support/booted-host.ts';
import { checkoutDirectory } from '../support/build-cache.ts';
import { replay, says } from '../support/console-session.ts';
import { needs } from '../support/requirements.ts';
import { run } from '../support/run-command.ts';
import { PROJECT } from '../support/run-drift.ts';
import { installRedis, redisDebHost, UNIT, writeUnit } from '../support/second-redis.ts';
import { workingCopy } from '../support/working-copy.ts';

const PAGES = ['docs/tutorial.md', ...readdirSync(join(PROJECT, 'docs/how-to')).filter((name) => name.endsWith('.md')).toSorted().map((name) => `docs/how-to/${name}`)];
/** What was printed is written into the pages, to be read and committed. */
const WRITE = process.env['DRIFT_WRITE_PAGES'] === '1';
const CAN = needs('the sessions of docs/', ...BOOT_NEEDS, 'mmdebstrap', 'apt-sources');

describe.skipIf(!CAN).each(PAGES)('%s', (page) => {
  const text = readFileSync(join(PROJECT, page), 'utf8');
  let host: BootedHost;
  let remove: () => void;

  beforeAll(async () => {
    const copy = workingCopy(redisDebHost(), `page-${page.replaceAll(/\W/g, '-')}`);
    ({ remove } = copy);
    writeFileSync(join(copy.root, 'etc/hostname'), 'web-1\n');
    writeFileSync(join(copy.root, 'etc/machine-id'), '0123456789abcdef0123456789abcdef\n');
    mkdirSync(join(copy.root, 'etc/drift'));
    installRedis(copy.root);
    writeUnit(copy.root);
    // Somebody did that on another day.
    run('find', [join(copy.root, 'usr/local/bin'), join(copy.root, UNIT), '-exec', 'touch', '-h', '-d', '2026-10-01', '{}', '+']);
    host = await bootHost(copy.root);
  });
  afterAll(() => {
    host?.stop();
    remove?.();
  });

  it('is what a host prints', () => {
    let typed = 0;
    const seen = replay(text, {
      prepare: (lines) => void shell(host, lines),
      type(command, output) {
        typed++;
        // Pages are read long after the day that they name.
        const printed = shell(host, WRITE ? command : command.replaceAll(/(?<=--until )\d{4}-\d\d-\d\d/g, '2199-12-31'));
        if (says(output, printed)) return output;
        if (!WRITE) expect(printed, `${page}: ${command}`).toBe(output);
        return printed;
      },
    });
    expect(typed).toBeGreaterThan(0);
    if (WRITE) writeFileSync(join(PROJECT, page), seen);
  });
});

/** Both streams, as a terminal shows them. */
function shell(host: BootedHost, lines: string): string {
  const node = process.execPath.replace(checkoutDirectory(), CHECKOUT_INSIDE);
  const before = `export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 SUDO_USER=alice; cd /root; sudo() { "$@"; }; drift() { ${node} ${CHECKOUT_INSIDE}/bin/run.js "$@"; }`;
  return run(host.cli.wrap![0]!, [...host.cli.wrap!.slice(1), 'sh', '-c', `${before}\n{ ${lines}\n} 2>&1`], { accept: [0, 1, 2, 3, 4] }).trimEnd();
}
