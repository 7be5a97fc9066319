// pam-auth-update's output is proved rule by rule; one rule of another origin and it is not.
import { describe, expect, it } from 'vitest';
import { pamProof } from '../../../src/sweep/proofs/pam.ts';
import { claims, contextOf, factsOf, sandbox } from '../sandbox.ts';

const PROFILE = 'Name: Unix\nDefault: yes\nAuth-Type: Primary\nAuth:\n\t[success=end default=ignore]\tpam_unix.so nullok try_first_pass\nAuth-Initial:\n\t[success=end default=ignore]\tpam_unix.so nullok\nSession-Type: Additional\nSession:\n\trequired\tpam_unix.so\n';
const TEMPLATE = '# comment\n# here are the per-package modules\n$auth_primary\nauth\trequisite\t\t\tpam_deny.so\nauth\trequired\t\t\tpam_permit.so\n$auth_additional\n';
const GOOD = '# comment\nauth\t[success=1 default=ignore]\tpam_unix.so nullok\nauth requisite pam_deny.so\nauth\trequired\tpam_permit.so\n';
const index = claims('libpam-runtime:/usr/share/pam/common-auth', '/usr/share/pam-configs/unix');

function prove(text: string, name = 'common-auth', more: Record<string, string> = {}): string | undefined {
  const box = sandbox({ '/usr/share/pam/common-auth': TEMPLATE, '/usr/share/pam-configs/unix': PROFILE, ...more, [`/etc/pam.d/${name}`]: text });
  return pamProof(contextOf(box.host, index)).prove(factsOf(box.host, index, `/etc/pam.d/${name}`))?.mechanism;
}

describe('pamProof', () => {
  it('proves what pam-auth-update writes', () => {
    expect(prove(GOOD)).toBe('pam-auth-update');
  });

  it.each([
    ['another module', `${GOOD}auth optional pam_exec.so /tmp/x\n`],
    ['other arguments', GOOD.replace('nullok', 'nullok audit')],
    ['a rule of another type', `${GOOD}session required pam_permit.so\n`],
    ['an include', `${GOOD}auth include evil\n`],
    ['a continued line', `${GOOD}auth optional \\\n pam_exec.so /tmp/x\n`],
    ['nothing', '# comment\n'],
  ])('finds a file with %s', (_, text) => {
    expect(prove(text)).toBeUndefined();
  });

  it('finds files of other names, and rules of a profile that no package owns', () => {
    expect(prove(GOOD, 'sshd')).toBeUndefined();
    expect(prove(GOOD, 'common-evil')).toBeUndefined();
    expect(prove(`${GOOD}auth optional pam_exec.so /tmp/x\n`, 'common-auth', { '/usr/share/pam-configs/evil': 'Auth:\n\toptional pam_exec.so /tmp/x\n' })).toBeUndefined();
  });
});
