// The bytes of an installed package from the caches of dnf, dnf 5 and yum (dnf.conf(5) keepcache). An rpm cannot be put together again without its headers' build.
import type { Host } from '../../host/host.ts';
import { joinPath, type BytePath } from '../../model/bytes.ts';
import type { PackageRef } from '../../model/package.ts';
import { fail, ok, type Result } from '../../model/result.ts';
import type { KeptBytes } from '../manager.ts';

const CACHES: readonly BytePath[] = ['/var/cache/libdnf5', '/var/cache/dnf', '/var/cache/yum'];
const MAX_BYTES = 512 * 1024 * 1024;

/** 'no-bytes'. */
export function keepRpm(host: Host, { arch, name, version }: PackageRef): Result<KeptBytes> {
  const file = `${name}-${version.replace(/^\d+:/, '')}.${arch}.rpm`;
  for (const cache of CACHES) {
    const repositories = host.readDirectory(cache);
    for (const { name: repository } of repositories.ok ? repositories.value : []) {
      const content = host.readFile(joinPath(joinPath(cache, repository), `packages/${file}`), MAX_BYTES);
      if (content.ok) return ok({ file, content: content.value, how: 'cached' });
    }
  }
  return fail('no-bytes', `${file} is in no cache of dnf, and rpm cannot put a package together again`);
}
