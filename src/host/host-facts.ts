// Who this host is: os-release(5), hostname(5), uname(2). Under --root only files of that root are read.
import { hostname, release } from 'node:os';
import { toText, type BytePath } from '../model/bytes.ts';
import type { HostFacts } from '../model/observed.ts';
import type { Host } from './host.ts';

const OS_RELEASE: readonly BytePath[] = ['/etc/os-release', '/usr/lib/os-release'];

export function readHostFacts(host: Host): HostFacts {
  const os = readOsRelease(host);
  const facts = {
    name: host.live ? hostname() : hostnameOf(host),
    os: { id: os.get('ID') ?? 'unknown', idLike: (os.get('ID_LIKE') ?? '').split(/\s+/).filter((id) => id !== ''), versionId: os.get('VERSION_ID') ?? '' },
    arch: '',
    root: host.root,
  };
  return host.live ? { ...facts, kernel: release() } : facts;
}

function hostnameOf(host: Host): string {
  const content = host.readBytes('/etc/hostname', 4096);
  if (!content.ok) return 'unknown';
  const line = content.value.split('\n').map((each) => each.trim()).find((each) => each !== '' && !each.startsWith('#'));
  return line === undefined ? 'unknown' : toText(line);
}

function readOsRelease(host: Host): Map<string, string> {
  const values = new Map<string, string>();
  for (const path of OS_RELEASE) {
    const content = host.readBytes(path, 64 * 1024);
    if (!content.ok) continue;
    for (const line of content.value.split('\n')) {
      const equals = line.indexOf('=');
      if (equals <= 0 || line.startsWith('#')) continue;
      values.set(line.slice(0, equals), unquote(toText(line.slice(equals + 1).trim())));
    }
    break;
  }
  return values;
}

/** Shell quoting as os-release(5) allows it: one pair of quotes, backslash before a special character. */
function unquote(value: string): string {
  const quote = value[0];
  const inner = (quote === '"' || quote === "'") && value.endsWith(quote) && value.length >= 2 ? value.slice(1, -1) : value;
  return inner.replaceAll(/\\(["'$`\\])/g, '$1');
}
