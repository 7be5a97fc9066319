// What the arguments of an interpreter say of the file that it runs (python(1), perlrun(1), ruby(1), node(1), php(1), java(1), bash(1), dash(1), ld.so(8), …). Pure.
import { baseOf, type ByteString } from '../../model/bytes.ts';

/** How a program reads its command line. Letters stand for short options, which may be joined ('-xe'). */
interface Syntax {
  /** After these no file follows: code does. */
  readonly ends?: string;
  /** Their value is the name of a module, which lies in the working directory before anywhere else. */
  readonly module?: string;
  /** After this letter, and where no file is named, standard input is read. */
  readonly input?: string;
  /** The rest of the word, or the next word, is theirs. */
  readonly valued?: string;
  /** The rest of the word is theirs, the next one is not. */
  readonly attached?: string;
  /** The next word is theirs, and the letters after them are options still (bash's 'o'). */
  readonly next?: string;
  /** Their value is the file. */
  readonly file?: string;
  readonly longEnds?: readonly string[];
  readonly longValued?: readonly string[];
  readonly longFile?: readonly string[];
  /** Words before the file that are none: 'run' of deno. */
  readonly words?: readonly string[];
  /** Options are whole words with one dash or two, letters are never joined. */
  readonly wholeWords?: true;
  /** '+o' is an option. */
  readonly plus?: true;
  /** The first word that is no option is the program's text (awk). */
  readonly inline?: true;
  /** What is tried when there is no such file. */
  readonly endings?: readonly string[];
}

const SHELL: Syntax = { ends: 'c', input: 's', next: 'oO', longValued: ['--rcfile', '--init-file', '--emulate'], plus: true };
const PERL: Syntax = { ends: 'eE', input: '', valued: 'I', attached: 'imMFxCdDV' };

const INTERPRETERS: readonly { readonly name: RegExp; readonly syntax: Syntax }[] = [
  { name: /^(?:python|pypy)[0-9.]*(?:d|t|-dbg)?$/, syntax: { ends: 'c', module: 'm', input: '', valued: 'WXQ', longValued: ['--check-hash-based-pycs'], endings: ['/__main__.py'] } },
  { name: /^perl[0-9.]*(?:-[a-z0-9_-]+)?$/, syntax: PERL },
  { name: /^j?ruby[0-9.]*$/, syntax: { ends: 'e', input: '', valued: 'IrEC', attached: 'xKTWF0i', longValued: ['--encoding', '--external-encoding', '--internal-encoding'] } },
  {
    name: /^node(?:js)?$/,
    syntax: {
      wholeWords: true, input: '', longEnds: ['-e', '--eval', '-p', '--print', '-pe', '-i', '--interactive', '--run', '-v', '--version'],
      longValued: ['-r', '--require', '--import', '--loader', '--experimental-loader', '-C', '--conditions', '--env-file', '--env-file-if-exists', '--input-type', '--title', '--inspect-port', '--icu-data-dir', '--openssl-config', '--diagnostic-dir', '--redirect-warnings', '--trace-event-categories', '--max-http-header-size', '--max-old-space-size', '--stack-size', '--test-name-pattern', '--watch-path'],
      words: ['inspect', 'debug'], endings: ['.js', '.mjs', '.cjs', '/index.js'],
    },
  },
  { name: /^(?:deno|bun)$/, syntax: { wholeWords: true, longEnds: ['-e', '--eval'], longValued: ['-c', '--config', '--import-map', '--preload', '-r'], words: ['run', 'serve', 'x'], endings: ['.ts', '.js'] } },
  { name: /^php[0-9.]*$/, syntax: { ends: 'rBRE', input: '', valued: 'cdztS', file: 'fF', longEnds: ['--run', '--process-begin', '--process-code', '--process-end'], longValued: ['--php-ini', '--define', '--docroot', '--server', '--zend-extension'], longFile: ['--file', '--process-file'] } },
  { name: /^(?:ba|da|z|mk|k|lk|pdk|a|po|y|rba|)sh(?:93)?(?:-static)?$/, syntax: SHELL },
  { name: /^lua(?:jit)?[0-9.-]*$/, syntax: { valued: 'elj' } },
  { name: /^(?:tclsh|wish)[0-9.]*$/, syntax: { wholeWords: true, longValued: ['-encoding'] } },
  { name: /^expect[0-9.]*$/, syntax: { valued: 'cD', file: 'fb' } },
  { name: /^(?:[gm]|original-)?awk$/, syntax: { file: 'fE', valued: 'Fv', longFile: ['--file', '--exec'], longValued: ['--field-separator', '--assign'], inline: true } },
  { name: /^mono(?:-sgen)?$/, syntax: { wholeWords: true, longValued: ['--config'] } },
  { name: /^dotnet$/, syntax: { wholeWords: true, words: ['exec'], longValued: ['--runtimeconfig', '--depsfile', '--additionalprobingpath', '--fx-version', '--roll-forward'] } },
  { name: /^qemu-(?!system-|ga$|nbd$|img$|io$)[a-z0-9_]+(?:-static)?$/, syntax: { wholeWords: true, longValued: ['-L', '-E', '-U', '-cpu', '-g', '-s', '-d', '-D', '-p', '-r', '-B', '-R', '-0'] } },
  // The loader itself can be asked to run a file that has no exec bit.
  { name: /^ld(?:-[\w.-]+)?\.so(?:\.[0-9]+)?$/, syntax: { wholeWords: true, longValued: ['--library-path', '--inhibit-rpath', '--audit', '--preload', '--argv0', '--glibc-hwcaps-prepend', '--glibc-hwcaps-mask'] } },
];

const JAVA = /^java$/;
const JAVA_VALUED: ReadonlySet<string> = new Set(['-p', '--module-path', '--upgrade-module-path', '--add-modules', '--add-exports', '--add-opens', '--add-reads', '--patch-module', '--limit-modules', '--enable-native-access', '--source', '-splash']);
const JAVA_CLASS_PATH: ReadonlySet<string> = new Set(['-cp', '-classpath', '--class-path']);
const MULTI_CALL = /^(?:busybox|toybox)(?:-static)?$/;
const MAX_CANDIDATES = 64;

export interface ScriptArgument {
  /** As written, in the order in which to look for them. */
  readonly candidates: readonly ByteString[];
  /** What has the file open: 255 of bash and 10 of other shells, which keep it while they run it, 0 where it is read from there, what '/dev/fd/N' names. */
  readonly descriptor?: number;
}

/** `program`: name of the executable file, not argv[0]. Undefined = no interpreter, or one that runs no file. */
export function scriptArgument(program: ByteString, argv: readonly ByteString[]): ScriptArgument | undefined {
  if (MULTI_CALL.test(program)) return multiCall(argv);
  if (JAVA.test(program)) return javaArgument(argv);
  const syntax = INTERPRETERS.find(({ name }) => name.test(program))?.syntax;
  const found = syntax === undefined ? undefined : fileOf(syntax, argv);
  if (syntax === undefined || found === undefined) return undefined;
  if ('input' in found) return syntax.input === undefined ? undefined : { candidates: [], descriptor: 0 };
  if ('module' in found) return moduleArgument(found.module);
  const { file } = found;
  const open = OPEN_FILE.exec(file);
  if (open !== null) return { candidates: [], descriptor: Number(open[1] ?? 0) };
  const candidates = [file, ...(syntax.endings ?? []).map((ending) => file + ending)];
  return syntax === SHELL ? { candidates, descriptor: /^r?bash/.test(program) ? 255 : 10 } : { candidates };
}

/** A name for what the process itself has open: looked up by anybody else it is another file. */
const OPEN_FILE = /^\/(?:dev|proc\/(?:self|thread-self|[0-9]{1,10}))\/(?:stdin|fd\/([0-9]{1,7}))$/;

/** 'a.b' → 'a/b.py'. */
function moduleArgument(name: ByteString): ScriptArgument | undefined {
  if (!/^\w[\w.]{0,200}$/.test(name)) return undefined;
  const path = name.replaceAll('.', '/');
  return { candidates: [`${path}.py`, `${path}/__main__.py`] };
}

function multiCall(argv: readonly ByteString[]): ScriptArgument | undefined {
  const called = baseOf(argv[0] ?? '');
  const rest = MULTI_CALL.test(called) ? argv.slice(1) : argv;
  const applet = baseOf(rest[0] ?? '').replace(/^-/, '');
  return MULTI_CALL.test(applet) ? undefined : scriptArgument(applet, rest);
}

/** Undefined where code of the command line is run. */
type Found = { readonly file: ByteString } | { readonly module: ByteString } | { readonly input: true };

const INPUT: Found = { input: true };

function fileOf(syntax: Syntax, argv: readonly ByteString[]): Found | undefined {
  for (let at = 1; at < argv.length; at++) {
    const word = argv[at]!;
    if (word === '--') return asFile(argv[at + 1]);
    if (word === '-') return INPUT;
    if (word.startsWith('--') || (syntax.wholeWords === true && word.startsWith('-'))) {
      const equals = word.indexOf('=');
      const name = equals < 0 ? word : word.slice(0, equals);
      if (syntax.longEnds?.includes(name) === true) return undefined;
      if (syntax.longFile?.includes(name) === true) return asFile(equals < 0 ? argv[at + 1] : word.slice(equals + 1));
      if (equals < 0 && syntax.longValued?.includes(name) === true) at++;
    } else if (word.startsWith('-') || (syntax.plus === true && word.startsWith('+'))) {
      const read = letters(syntax, word, argv[at + 1]);
      if (read.ends) return read.found;
      at += read.taken;
    } else if (syntax.words?.includes(word) !== true) {
      return syntax.inline === true ? undefined : { file: word };
    }
  }
  return INPUT;
}

function asFile(file: ByteString | undefined): Found {
  return file === undefined ? INPUT : { file };
}

/** One word of joined letters. `taken`: how many of the next words are its own. */
function letters(syntax: Syntax, word: ByteString, next: ByteString | undefined): { readonly ends: boolean; readonly found?: Found; readonly taken: number } {
  let taken = 0;
  for (let i = 1; i < word.length; i++) {
    const letter = word[i]!;
    const rest = word.slice(i + 1);
    if (syntax.ends?.includes(letter) === true && word[0] === '-') return { ends: true, taken };
    if (syntax.input?.includes(letter) === true && word[0] === '-') return { ends: true, found: INPUT, taken };
    if (syntax.module?.includes(letter) === true) {
      const module = rest === '' ? next : rest;
      return module === undefined ? { ends: true, taken } : { ends: true, found: { module }, taken };
    }
    if (syntax.file?.includes(letter) === true) {
      const file = rest === '' ? next : rest;
      return file === undefined ? { ends: true, taken } : { ends: true, found: { file }, taken };
    }
    if (syntax.valued?.includes(letter) === true) return { ends: false, taken: rest === '' ? 1 : 0 };
    if (syntax.attached?.includes(letter) === true) break;
    if (syntax.next?.includes(letter) === true) taken = 1;
  }
  return { ends: false, taken };
}

/** A main class is found through the class path: the first archive on it stands for the program. */
function javaArgument(argv: readonly ByteString[]): ScriptArgument | undefined {
  let classPath = '';
  for (let at = 1; at < argv.length; at++) {
    const word = argv[at]!;
    if (word === '-jar') return argv[at + 1] === undefined ? undefined : { candidates: [argv[at + 1]!] };
    if (word === '-m' || word === '--module') break;
    if (JAVA_CLASS_PATH.has(word)) classPath = argv[++at] ?? '';
    else if (word.startsWith('--class-path=')) classPath = word.slice(13);
    else if (JAVA_VALUED.has(word)) at++;
    else if (!word.startsWith('-') && !word.startsWith('@')) {
      if (word.endsWith('.java')) return { candidates: [word] };
      break;
    }
  }
  const candidates = classPath.split(':', MAX_CANDIDATES).filter((each) => each.endsWith('.jar'));
  return candidates.length === 0 ? undefined : { candidates };
}
