// Patterns of the manifest on this host: their literal start with its links resolved, so that '/lib/x/**' means what it says where /lib leads to /usr/lib.
import type { Host } from '../../host/host.ts';
import { compilePattern, type Pattern } from '../../model/pattern.ts';

/** `text` was accepted by the manifest's parser. */
export function patternOn(host: Host, text: string): Pattern {
  const compiled = compilePattern(text);
  if (!compiled.ok) throw new Error(`${text}: ${compiled.error.message}`);
  const pattern = compiled.value;
  // A pattern that names one path names the link itself, where that is one.
  const real = pattern.literal === undefined ? host.realpath(pattern.prefix) : host.realParent(pattern.prefix);
  return real.ok && real.value !== pattern.prefix ? pattern.withPrefix(real.value) : pattern;
}
