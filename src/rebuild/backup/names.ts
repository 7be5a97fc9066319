// What the name of a file says of it wherever it lies: secrets (key files are asked for their first line, RFC 7468), who may log in.
import type { Placed, PlacedName } from '../../model/backup.ts';

const SECRET: Placed = { class: 'secret', because: 'a private key' };
const PRIVATE_KEY = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----|^PuTTY-User-Key-File-/;
/** Names of files that hold a private key, when their content says so. */
const KEY_FILE = /\.(?:key|pem|ppk)$|^id_[a-z0-9_-]{1,40}$|^(?:privkey|private|server|client|tls)[^/]{0,40}$|[-_.]rsa$/i;
/** Formats that are made to hold a secret. */
const KEY_STORE = /\.(?:p12|pfx|jks|keystore|keytab|kdbx|gpg-key)$|^(?:MOK\.priv|secring\.gpg|key[34]\.db)$/i;
/** Credentials of programs, by the names that these look for. */
const CREDENTIALS = /^(?:\.pgpass|\.netrc|_netrc|\.my\.cnf|\.mylogin\.cnf|\.git-credentials|\.htpasswd|\.vault-token|\.npmrc|\.pypirc|\.s3cfg|\.smbcredentials|\.dockercfg|\.rediscli_auth|\.age-key|htpasswd|opasswd|sasldb2|credentials\.json|kubeconfig|\.env|\.erlang\.cookie|\.mysql_secret|(?:anaconda|original)-ks\.cfg)$/;
/** The same, told by the directory too. */
const CREDENTIAL_PATH = /\/(?:\.aws\/credentials|\.docker\/config\.json|\.kube\/config|\.config\/gh\/hosts\.yml|\.config\/rclone\/rclone\.conf|\.config\/gcloud\/[^/]+)$|\/\.gnupg\/private-keys-v1\.d\/|\/\.password-store\/|\/\.local\/share\/keyrings\//;

/** `path` is that of the file. Undefined where the name says nothing. */
export function placedByName(path: string, entry: PlacedName): Placed | undefined {
  const { name, type } = entry;
  if (type !== 'file' && type !== 'link') return undefined;
  if (name === 'authorized_keys' || name === 'authorized_keys2') return { class: 'config-runs', because: 'who may log in with a key' };
  if (type === 'link') return undefined;
  if (CREDENTIALS.test(name) || CREDENTIAL_PATH.test(path)) return { class: 'secret', because: 'credentials' };
  if (KEY_STORE.test(name)) return { class: 'secret', because: 'a store of keys' };
  return KEY_FILE.test(name) && PRIVATE_KEY.test(entry.head()) ? SECRET : undefined;
}
