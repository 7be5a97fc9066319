// Takes what looks like a secret out of a command line before it is shown. Shell histories are full of them, and reports are sent around.

const MAX_LINE = 2000;
const MASK = '***';

/** Words whose value is a secret, in names of variables, options, headers, fields of a query and of JSON. */
const NAMES = 'pass(?:word|wd|phrase|code|w)?|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|auth|credentials?|cookie|bearer|signature|session[_-]?id';
const RULES: readonly (readonly [RegExp, string])[] = [
  // scheme://user:password@host, and scheme://token@host.
  [/(\b[a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@'"]{1,300}@/gi, `$1${MASK}@`],
  // Authorization: Basic …, Cookie: …, up to the end of the word that quotes hold together.
  [/\b((?:proxy-)?authorization|cookie|set-cookie|x-[a-z-]{0,40}(?:token|key|auth)[a-z-]{0,20})\s{0,4}[:=]\s{0,4}[^'"\n]{1,1000}/gi, `$1: ${MASK}`],
  // DB_PASSWORD=…, --token …, "secret": "…", ?access_token=….
  [new RegExp(`([\\w-]{0,40}(?:${NAMES})[\\w-]{0,40}["']?\\s{0,4}[=:]\\s{0,4})("[^"]{0,300}"?|'[^']{0,300}'?|[^\\s&;|]{1,300})`, 'gi'), `$1${MASK}`],
  [new RegExp(`((?:^|\\s)--?[a-z0-9-]{0,40}(?:${NAMES})[a-z0-9-]{0,20}\\s{1,4})("[^"]{0,300}"?|'[^']{0,300}'?|[^\\s-][^\\s]{0,300})`, 'gi'), `$1${MASK}`],
  // curl -u user:password, mysql -pPASSWORD, sshpass -p PASSWORD, redis-cli -a PASSWORD.
  [/(\s(?:-u|--user|--proxy-user|-U)[ =]{0,2})(?:"[^"]{0,300}"?|'[^']{0,300}'?|[^\s:]{1,100}:[^\s]{1,200})/g, `$1${MASK}`],
  [/(\bsshpass\s{1,4}-p\s{0,4}|\bredis-cli\b[^\n]{0,200}?\s-a\s{1,4}|\bhtpasswd\b[^\n]{0,200}?\s-[a-zA-Z]{0,6}b[a-zA-Z]{0,6}\s{1,4}\S{1,200}\s{1,4}\S{1,100}\s{1,4})\S{1,300}/g, `$1${MASK}`],
  [/(\s-p)(?!(?:rint0?|ath|erm|rune|rintf)\b)(?=[^\s\d])[^\s]{1,300}/g, `$1${MASK}`],
  // The next word of options that often take a secret, unless it is a path, an address, an option or a number: mkdir -p lib is a small loss.
  [/((?:^|\s)(?:-[pPwk]|--?(?:pw|key|pin|otp|psk|pass)|-v2c\s{1,4}-c)\s{1,4})(?![-/.~]|\d{1,6}(?:\s|$)|\d{1,5}:\d|[a-z]{2,10}:\/\/)("[^"]{0,300}"?|'[^']{0,300}'?|[^\s]{1,300})/g, `$1${MASK}`],
  // ?key=…, pw=…, /p:…
  [/([?&\s"'](?:pw|key|pin|otp|sig|psk|--from-literal=[\w.-]{1,100})=|\s\/p:)[^\s&"']{1,300}/gi, `$1${MASK}`],
  // user%password, -u user,password; add_user NAME PASSWORD; net user NAME PASSWORD; login TOKEN; password PASSWORD.
  [/(\s-[uU]\s{0,4}[\w.\\-]{1,100}[%,])[^\s]{1,300}/g, `$1${MASK}`],
  [/(\b(?:add_user|change_password|net\s{1,4}user|htdigest)\s{1,4}\S{1,200}\s{1,4}(?:\S{1,200}\s{1,4}(?=\S))?|\b(?:login|pass(?:word|phrase|wd))\s{1,4})(?!-)\S{1,300}/gi, `$1${MASK}`],
  // What is written into something: echo PASSWORD | sudo -S, chpasswd <<< user:password, expect's send.
  [/(\b(?:echo|printf)\s{1,4})[^|>;&)\n]{1,600}(?=[|>)])/g, `$1${MASK} `],
  [/(<<<\s{0,4}|\bsend(?:_user)?\s{1,4}(?:--\s{1,4})?)("[^"]{0,300}"?|'[^']{0,300}'?|\S{1,300})/g, `$1${MASK}`],
  // crypt(5)
  [/\$(?:\d[a-z]?|y|gy|2[abxy]|sha1|md5)\$[^\s'":]{1,300}/g, MASK],
  [/(\b(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump|mongo|mongosh|mongodump|7z|7za|zip|unzip)\b[^\n]{0,300}?\s-[pP])\S{1,300}/g, `$1${MASK}`],
  // Keys that have a form of their own: JWT, GitHub, GitLab, Slack, AWS, Google, Stripe, npm, PyPI, age, private keys.
  [/\b(?:eyJ[\w-]{10,}\.[\w-]{5,}(?:\.[\w-]{0,600})?|gh[pousr]_\w{20,255}|github_pat_\w{20,255}|glpat-[\w-]{15,60}|xox[abprs]-[\w-]{10,200}|A[KS]IA[A-Z0-9]{12,20}|AIza[\w-]{30,40}|[sr]k_(?:live|test)_\w{10,100}|npm_\w{30,50}|pypi-[\w-]{30,300}|AGE-SECRET-KEY-\w{20,80})/g, MASK],
  // Long digits of a base are a key more often than a digest that somebody needs to read.
  [/(?<![\w/.-])(?=[A-Za-z+_-]{0,63}\d)(?=[\d+_-]{0,63}[A-Za-z])[A-Za-z0-9+_-]{40,}={0,2}(?![\w.-])/g, MASK],
];

/** One line, without control characters, 2,000 characters at most. Byte string in, byte string out. */
export function maskSecrets(line: string): string {
  let out = line.slice(0, MAX_LINE).replaceAll(/[\x00-\x1f\x7f]/g, ' ');
  for (const [rule, replacement] of RULES) out = out.replaceAll(rule, replacement);
  return out;
}

/** No byte string has it. */
const BLANK = '\u2420';

/** The words of a command line, each for itself: a secret is often told by the word before it. Byte strings. */
export function maskWords(words: readonly string[]): readonly string[] {
  const line = words.map((word) => word.replaceAll(/[\x00-\x20\x7f]/g, BLANK)).join(' ');
  const masked = maskSecrets(line);
  return masked === line ? words : masked.split(' ').filter((word) => word !== '').map((word) => word.replaceAll(BLANK, ' '));
}
