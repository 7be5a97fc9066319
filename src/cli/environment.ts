// What the process inherits: refuses a user's loader variables when running as root for that user, and fills in what oclif cannot do without.
import type { Failure } from '../model/result.ts';

/** Each of these makes Node or ld.so(8) load code or settings from where the user says. */
const LOADING = ['NODE_OPTIONS', 'NODE_PATH', 'LD_PRELOAD', 'LD_LIBRARY_PATH', 'LD_AUDIT', 'GCONV_PATH', 'OPENSSL_CONF', 'OPENSSL_MODULES'];

export interface Ids {
  readonly uid: number;
  readonly euid: number;
}

/**
 * Under sudo (or a set-user-ID wrapper) the environment is another person's. sudo's own env_reset takes these away; where it was kept
 * (`sudo -E`), what was asked for has been loaded before this line: refusing makes it seen, it cannot undo it.
 */
export function hostileEnvironment(environment: Readonly<Record<string, string | undefined>>, ids: Ids): Failure | undefined {
  if (ids.euid !== 0 && ids.euid === ids.uid) return undefined;
  if (ids.euid === ids.uid && environment['SUDO_UID'] === undefined) return undefined;
  const set = LOADING.filter((name) => environment[name] !== undefined && environment[name] !== '');
  if (set.length === 0) return undefined;
  return {
    reason: 'hostile-environment',
    message: `running as root with ${set.join(', ')} of another user's environment`,
    hint: `sudo env ${set.map((name) => `-u ${name}`).join(' ')} drift …`,
  };
}

/**
 * oclif's stack cleaner asks for a home directory while it loads and dies where the user has no passwd entry; themes and variables that change
 * what oclif loads are of no use here.
 */
export function settleEnvironment(environment: Record<string, string | undefined>): void {
  environment['HOME'] ||= '/root';
  environment['SHELL'] ||= '/bin/sh';
  environment['DRIFT_DISABLE_THEME'] = '1';
  environment['NODE_ENV'] = 'production';
  for (const name of ['DRIFT_CONTENT_TYPE', 'DRIFT_DATA_DIR', 'DRIFT_CONFIG_DIR', 'DRIFT_CACHE_DIR', 'DEBUG']) delete environment[name];
}
