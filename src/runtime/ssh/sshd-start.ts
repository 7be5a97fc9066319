// What the service gives sshd on its command line: SSHD_OPTS of /etc/default/ssh (Debian), OPTIONS of /etc/sysconfig/sshd (Red Hat), as systemd.exec(5) reads such files.
import type { Host } from '../../host/host.ts';
import type { BytePath, ByteString } from '../../model/bytes.ts';
import { directiveOf, type Directive } from './sshd-config.ts';

export interface StartOptions {
  /** Before everything in the file, so that they count first. */
  readonly directives: readonly Directive[];
  /** Another configuration file (-f). */
  readonly file?: BytePath;
  /** The same for the command line of a question. */
  readonly args: readonly ByteString[];
}

const PLACES: readonly (readonly [path: BytePath, variable: string])[] = [['/etc/default/ssh', 'SSHD_OPTS'], ['/etc/sysconfig/sshd', 'OPTIONS']];
const MAX_BYTES = 64 * 1024;
/** Only what can be said again without meaning anything else. */
const SAFE_VALUE = /^[A-Za-z0-9@.,:/_*!+-]{1,200}$/;
const SAFE_FILE = /^\/[A-Za-z0-9._/-]{1,200}$/;

/** Nothing where the files are not there or not readable: then the service starts without them too. */
export function readStartOptions(host: Host): StartOptions {
  const directives: Directive[] = [];
  const args: ByteString[] = [];
  let file: BytePath | undefined;
  for (const [path, variable] of PLACES) {
    const content = host.readBytes(path, MAX_BYTES);
    if (!content.ok) continue;
    for (const [index, text] of content.value.split('\n').entries()) {
      const value = valueOf(text, variable);
      if (value === undefined) continue;
      // The last assignment counts.
      directives.length = 0;
      args.length = 0;
      file = undefined;
      for (const [option, given] of optionsIn(value)) {
        const found = option === 'o' ? directiveOf(given) : option === 'p' ? directiveOf(`Port ${given}`) : undefined;
        if (found !== undefined && /^[a-z0-9]+$/.test(found.keyword) && found.args.length === 1 && SAFE_VALUE.test(found.args[0]!)) {
          directives.push({ ...found, under: [], file: path, line: index + 1 });
          args.push('-o', `${found.keyword}=${found.args[0]!}`);
        } else if (option === 'f' && SAFE_FILE.test(given)) {
          file = given;
          args.push('-f', given);
        }
      }
    }
  }
  return { directives, args, ...(file === undefined ? {} : { file }) };
}

function valueOf(text: ByteString, variable: string): ByteString | undefined {
  const line = text.trim().replace(/^export[ \t]+/, '');
  if (!line.startsWith(`${variable}=`)) return undefined;
  const value = line.slice(variable.length + 1).trim();
  const quote = value.charAt(0);
  return (quote === '"' || quote === "'") && value.length > 1 && value.endsWith(quote) ? value.slice(1, -1) : value;
}

/** '-o X=Y', '-oX=Y', '-f FILE' and '-p PORT'; other options take no part. */
function* optionsIn(value: ByteString): Generator<readonly [option: string, given: ByteString]> {
  const words = value.split(/[ \t]+/).filter((word) => word !== '');
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const option = word.charAt(1);
    if (!word.startsWith('-') || !'ofp'.includes(option) || option === '') continue;
    yield [option, word.length > 2 ? word.slice(2) : words[++at] ?? ''];
  }
}
