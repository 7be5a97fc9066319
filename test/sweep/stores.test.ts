// Each store by its own record; without the record it is a directory like any other.
import { describe, expect, it } from 'vitest';
import { storeAt } from '../../src/sweep/stores.ts';
import { claims, elf, paths, sandbox, sweep } from './sandbox.ts';

function bolt(text: string): Buffer {
  const page = Buffer.alloc(64);
  page.writeUInt32LE(0xed0cdaed, 16);
  return Buffer.concat([page, Buffer.from(text)]);
}

const STORES: readonly (readonly [string, string, Record<string, string | Buffer>, readonly string[]])[] = [
  ['/var/lib/docker', 'docker', { '/image/overlay2/repositories.json': '{"Repositories":{"nginx":{"nginx:1.25":"sha256:aa","nginx@sha256:bb":"sha256:aa"}}}' }, ['nginx:1.25']],
  ['/var/lib/containerd', 'containerd', { '/io.containerd.metadata.v1.bolt/meta.db': bolt('\0docker.io/library/redis:7\0') }, ['docker.io/library/redis:7']],
  ['/var/lib/containers/storage', 'podman', { '/storage.lock': '', '/overlay-images/images.json': '[{"id":"abcdef0123456789","names":["quay.io/x/y:1"]},{"id":"abcdef0123456789"}]' },
    ['abcdef012345', 'quay.io/x/y:1']],
  ['/var/lib/lxc', 'lxc', { '/web/config': 'lxc.rootfs.path = dir:/var/lib/lxc/web/rootfs\n' }, ['web']],
  ['/var/lib/incus', 'incus', { '/database/local.db': 'x', '/containers/c1/x': '' }, ['c1']],
  ['/var/lib/snapd', 'snap', { '/state.json': '{"data":{"snaps":{"core22":{},"hello":{}}}}' }, ['core22', 'hello']],
  ['/var/lib/flatpak', 'flatpak', { '/repo/config': '[core]\nrepo_version=1\n', '/app/org.x.Y/x': '' }, ['org.x.Y']],
  ['/var/lib/machines', 'systemd-machined', { '/deb/etc/os-release': 'ID=debian\n' }, ['deb']],
];

describe('storeAt', () => {
  it.each(STORES)('%s is a store of %s by its record', (dir, runtime, records, members) => {
    const below = Object.fromEntries(Object.entries(records).map(([path, content]) => [dir + path, content]));
    const inside = Object.keys(records)[0]!.split('/')[1]!;
    const box = sandbox({ ...below, [`${dir}/${below[`${dir}/${inside}`] === undefined ? inside : 'overlay'}/tool`]: elf(2) });
    expect(storeAt(box.host, dir)).toEqual({ path: dir, runtime, members });
    expect(paths(sweep(box.host, [claims()]))).toEqual([]);
  });

  it.each(STORES)('%s without the record of %s is walked', (dir) => {
    const box = sandbox({ [`${dir}/layers/tool`]: elf(2) });
    expect(storeAt(box.host, dir)).toBeUndefined();
    expect(paths(sweep(box.host, [claims()]))).toEqual([`${dir}/layers/tool`]);
  });

  it.each(STORES)('a copy of the record of %s elsewhere hides nothing', (dir, _, records) => {
    const at = `/usr/local/lib/${dir.slice(dir.lastIndexOf('/') + 1)}`;
    const box = sandbox({ ...Object.fromEntries(Object.entries(records).map(([path, content]) => [at + path, content])), [`${at}/overlay2/tool`]: elf(2) });
    expect(storeAt(box.host, at)).toBeUndefined();
    expect(paths(sweep(box.host, [claims()]))).toContain(`${at}/overlay2/tool`);
  });

  it('covers what the runtime makes, and nothing that was put beside it', () => {
    const box = sandbox({
      '/var/lib/docker/image/overlay2/repositories.json': '{"Repositories":{}}', '/var/lib/docker/overlay2/abc/tool': elf(2), '/var/lib/docker/.evil/tool': elf(2), '/var/lib/docker/tool': elf(2),
    });
    expect(paths(sweep(box.host, [claims()]))).toEqual(['/var/lib/docker/.evil/tool', '/var/lib/docker/tool']);
  });

  it('is where the settings of docker and podman say', () => {
    const box = sandbox({
      '/etc/docker/daemon.json': '{"data-root":"/data/docker"}', '/data/docker/image/overlay2/repositories.json': '{"Repositories":{}}',
      '/etc/containers/storage.conf': '[storage]\ngraphroot = "/data/storage"\n', '/data/storage/storage.lock': '', '/data/storage/overlay-images/images.json': '[]',
    });
    expect([storeAt(box.host, '/data/docker')?.runtime, storeAt(box.host, '/data/storage')?.runtime]).toEqual(['docker', 'podman']);
  });

  it('does not take a damaged record for one', () => {
    const box = sandbox({ '/var/lib/docker/image/overlay2/repositories.json': '{"Repositories":', '/var/lib/containerd/io.containerd.metadata.v1.bolt/meta.db': 'x'.repeat(40) });
    expect(storeAt(box.host, '/var/lib/docker')).toBeUndefined();
    expect(storeAt(box.host, '/var/lib/containerd')).toBeUndefined();
  });
});
