// Takes credentials out of the files that package managers go by: addresses (RFC 3986, userinfo) and options of dnf.conf(5).

const MASK = '***';

/** 'https://user:password@host' and 'https://token@host'; a blank or a slash ends the part before the host. */
const USER_INFO = /(\b[A-Za-z][A-Za-z0-9+.-]{0,20}:\/\/)[^\s/@"'<>]{1,300}@/g;
const OPTION = /^([ \t]*(?:username|password|proxy_username|proxy_password)[ \t]*=[ \t]*)[^ \t\n][^\n]*$/gim;

/** The text itself where it holds none. Bytes or text. */
export function withoutCredentials(text: string): string {
  return text.replaceAll(USER_INFO, `$1${MASK}@`).replaceAll(OPTION, `$1${MASK}`);
}
