// What a proof may touch: its own directory. On the whole machine nothing else is written, whatever the set holds, and a disk that fills is said and left empty.
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { debHost, MINIMAL_DEB_HOST } from '../support/deb-host.ts';
import { overlaidMachine } from '../support/overlaid-machine.ts';
import { needs } from '../support/requirements.ts';
import { rpmHost, RPM_HOST_NEEDS } from '../support/rpm-host.ts';
import { drift } from '../support/run-cli.ts';
import { run } from '../support/run-command.ts';
import { tmpfs, workDirectory } from '../support/working-copy.ts';

function mountsOf(directory: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'latin1').split('\n').filter((line) => line.includes(directory));
}

/** Names that would lead a careless unpacker out: through a link of the set itself, by a hard link, and over a program. */
function leadingOut(outside: string): string {
  const set = join(workDirectory('set'), 'set.tar');
  const tree = workDirectory('tree');
  mkdirSync(join(tree, 'srv'));
  symlinkSync(outside, join(tree, 'srv/out'));
  run('tar', ['--create', '--file', set, '--directory', tree, './srv/out']);
  const second = workDirectory('tree');
  mkdirSync(join(second, 'srv/out'), { recursive: true });
  writeFileSync(join(second, 'srv/out/planted'), 'planted\n', { mode: 0o4755 });
  run('tar', ['--append', '--file', set, '--directory', second, './srv/out/planted']);
  // A hard link to a name outside: './srv/hard' → '…/victim', as a member that GNU tar packs when both names are given.
  writeFileSync(join(outside, 'victim'), 'as it was\n');
  const member = `import sys, tarfile\nwith tarfile.open(sys.argv[1], 'a') as set:\n  one = tarfile.TarInfo('./srv/hard')\n  one.type = tarfile.LNKTYPE\n  one.linkname = sys.argv[2]\n  set.addfile(one)\n  two = tarfile.TarInfo('./srv/up')\n  two.type = tarfile.SYMTYPE\n  two.linkname = '../../../../../../../..' + sys.argv[2]\n  set.addfile(two)\n`;
  run('python3', ['-c', member, set, join(outside, 'victim')]);
  return set;
}

describe.skipIf(!needs('what a proof may touch', ...RPM_HOST_NEEDS, 'root', 'mount', 'overlay', 'unshare', 'setpriv', 'tar', 'python3'))('a proof of an RPM host', () => {
  it('writes nowhere on the machine but in its directory, and leaves nothing there', async () => {
    const directory = workDirectory('prove');
    const machine = overlaidMachine([directory]);
    try {
      const proved = await drift(['rebuild', 'prove', '--json', '--root', rpmHost(), '--repository', `${rpmHost()}/srv/repository`, '--directory', directory], { wrap: machine.wrap, timeoutMs: 850_000 });
      expect(proved.code, proved.stderr).toBe(0);
      expect(machine.written()).toEqual([]);
      expect(readdirSync(directory)).toEqual([]);
    } finally {
      machine.remove();
    }
  });

  it('is told what is caught: a file that is written elsewhere', async () => {
    const machine = overlaidMachine([]);
    try {
      run(machine.wrap[0]!, [...machine.wrap.slice(1), 'sh', '-c', 'echo x >/etc/caught; mkdir /var/caught; rm /etc/hostname']);
      expect(machine.written()).toEqual(['/etc/caught', '/etc/hostname', '/var/caught']);
    } finally {
      machine.remove();
    }
  });

  it('unpacks no set through its links: what they lead to stays as it is', async () => {
    const directory = workDirectory('prove');
    const outside = workDirectory('outside');
    const before = run('sh', ['-c', 'cat /etc/passwd /etc/shadow']);
    const set = leadingOut(outside);
    const proved = await drift(['rebuild', 'prove', '--json', '--root', rpmHost(), '--repository', `${rpmHost()}/srv/repository`, '--directory', directory, '--backup', set], { timeoutMs: 850_000 });
    // It was stopped, or it was unpacked inside: both are no way out.
    expect([1, 2], proved.stderr + proved.stdout).toContain(proved.code);
    expect(readdirSync(outside)).toEqual(['victim']);
    expect(readFileSync(join(outside, 'victim'), 'utf8')).toBe('as it was\n');
    expect(statSync(join(outside, 'victim')).nlink).toBe(1);
    expect(run('sh', ['-c', 'cat /etc/passwd /etc/shadow'])).toBe(before);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('says that its disk is full, and takes all of it away again', async () => {
    const disk = tmpfs('small', 'size=1m,mode=700');
    try {
      const full = await drift(['rebuild', 'prove', '--json', '--root', rpmHost(), '--repository', `${rpmHost()}/srv/repository`, '--directory', disk.root], { timeoutMs: 850_000 });
      expect(full.code, full.stdout).toBe(1);
      expect(full.json<{ error: object }>().error).toMatchObject({ code: 'disk-full', changed: 'nothing', hint: 'build on a larger disk: --directory DIR' });
      expect(readdirSync(disk.root)).toEqual([]);
      expect(mountsOf(`${disk.root}/`)).toEqual([]);
    } finally {
      disk.remove();
    }
  });
});

describe.skipIf(!needs('a proof of a Debian host on a disk that fills', 'root', 'mount', 'mmdebstrap', 'apt-sources', 'unshare', 'setpriv'))('a proof of a Debian host', () => {
  it('says that its disk is full, while it reads indexes, fetches and installs, and takes all of it away again', async () => {
    for (const size of ['24m', '140m', '230m']) {
      const disk = tmpfs('small', `size=${size},mode=700`);
      try {
        const full = await drift(['rebuild', 'prove', '--json', '--root', debHost(MINIMAL_DEB_HOST), '--directory', disk.root], { timeoutMs: 850_000 });
        expect(full.code, full.stdout).toBe(1);
        expect(full.json<{ error: object }>().error, size).toMatchObject({ code: 'disk-full', changed: 'nothing' });
        expect(readdirSync(disk.root)).toEqual([]);
        expect(mountsOf(`${disk.root}/`)).toEqual([]);
      } finally {
        disk.remove();
      }
    }
  });
});
