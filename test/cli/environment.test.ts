import { describe, expect, it } from 'vitest';
import { hostileEnvironment, settleEnvironment } from '../../src/cli/environment.ts';

const root = { uid: 0, euid: 0 };

describe('the environment', () => {
  it('of another user must not load code into root', () => {
    for (const name of ['NODE_OPTIONS', 'NODE_PATH', 'LD_PRELOAD', 'LD_LIBRARY_PATH', 'LD_AUDIT']) {
      expect(hostileEnvironment({ SUDO_UID: '1000', [name]: 'x' }, root)).toMatchObject({ reason: 'hostile-environment' });
      expect(hostileEnvironment({ [name]: 'x' }, { uid: 1000, euid: 0 })).toMatchObject({ reason: 'hostile-environment' });
    }
  });

  it('of oneself is one\'s own affair', () => {
    expect(hostileEnvironment({ NODE_OPTIONS: 'x' }, root)).toBeUndefined();
    expect(hostileEnvironment({ NODE_OPTIONS: 'x' }, { uid: 1000, euid: 1000 })).toBeUndefined();
    expect(hostileEnvironment({ SUDO_UID: '1000', LD_PRELOAD: '' }, root)).toBeUndefined();
  });

  it('gets a home and loses what changes oclif', () => {
    const environment: Record<string, string | undefined> = { DRIFT_DATA_DIR: '/tmp/evil', DEBUG: '*', NODE_ENV: 'development' };
    settleEnvironment(environment);
    expect(environment).toEqual({ HOME: '/root', SHELL: '/bin/sh', DRIFT_DISABLE_THEME: '1', NODE_ENV: 'production' });
  });
});
