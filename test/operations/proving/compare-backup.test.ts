// The set that lies on the host's own disk is no part of what it is compared with; all beside it is.
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { localHost } from '../../../src/host/local-host.ts';
import { fromText } from '../../../src/model/bytes.ts';
import { compareBackup } from '../../../src/operations/proving/compare-backup.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const LATER = Date.UTC(2100, 0);

function pair(): { readonly host: string; readonly built: string } {
  const directory = temporaryDirectory();
  for (const name of ['host/mnt/backup', 'host/srv', 'built/srv']) mkdirSync(`${directory}/${name}`, { recursive: true });
  for (const name of ['host/mnt/backup/set.tar', 'host/mnt/backup/other', 'host/srv/page', 'built/srv/page']) {
    writeFileSync(`${directory}/${name}`, 'x');
    utimesSync(`${directory}/${name}`, 1000, 1000);
  }
  return { host: `${directory}/host`, built: `${directory}/built` };
}

function told(path: string | undefined): string[] {
  const { built, host } = pair();
  const selection = { include: ['/mnt', '/srv'], exclude: [] };
  return compareBackup(localHost(fromText(host)), localHost(fromText(built)), selection, { madeAt: LATER, ...(path === undefined ? {} : { path }) }).differences.map((each) => `${each.path} ${each.message}`);
}

describe('a backup set and its host', () => {
  it('are compared without the set itself', () => {
    expect(told('/mnt/backup/set.tar')).toEqual(['/mnt/backup/other is not in the rebuilt root']);
    expect(told('/mnt/backup')).toEqual([]);
  });

  it('are compared as a whole where the set lies elsewhere', () => {
    expect(told(undefined)).toEqual(['/mnt is not in the rebuilt root']);
  });
});
