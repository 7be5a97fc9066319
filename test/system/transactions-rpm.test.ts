// What a plan says that dnf would do is what dnf does, and a second run does nothing: one scenario each, on the same RPM host, with real packages.
import { beforeAll, describe, it } from 'vitest';
import { needs } from '../support/requirements.ts';
import { RPM_CHOSEN, RPM_TRANSACTION_NEEDS, rpmTransactionHost } from '../support/rpm-transaction-host.ts';
import { play, type Scenario } from '../support/transactions.ts';

const SCENARIOS: readonly Scenario[] = [
  { name: 'nothing to do' },
  { name: 'a removal', long: true, packages: { leaf: 'absent' }, does: ['remove leaf 1-1'] },
  { name: 'what nobody declared', long: true, packages: { leaf: undefined }, does: ['remove leaf 1-1'] },
  { name: 'an orphan', given: 'dnf -q -y install orphan; dnf -q -y mark remove orphan', does: ['remove orphan 1-1'] },
  { name: 'a removal and what it leaves alone', packages: { app: 'absent', rich: 'absent' }, does: ['remove app 1.0-1', 'remove lib 1.0-1', 'remove app-doc 1-1', 'remove rich 1-1'] },
  { name: 'a dependency that something declared needs', packages: { lib: 'absent' }, refuses: ['plan-cascade lib'], saying: /it would also remove app/ },
  { name: 'one of several that cannot go', long: true, packages: { lib: 'absent', leaf: 'absent' }, does: ['remove leaf 1-1'], refuses: ['plan-cascade lib'] },
  { name: 'protected by the manifest', long: true, packages: { leaf: 'absent' }, policy: ['protect: [leaf]'], refuses: ['protected leaf'] },
  { name: 'protected by dnf', packages: { vital: 'absent' }, refuses: ['protected vital'] },

  { name: 'an installation with what it needs, and its Recommends', packages: { fresh: 'any' }, does: ['install fresh 1-1', 'install fresh-lib 1-1', 'install fresh-extra 1-1'] },
  { name: 'the same without Recommends', long: true, packages: { fresh: 'any', 'app-doc': 'any' }, policy: ['recommends: false'], does: ['install fresh 1-1', 'install fresh-lib 1-1', 'manual app-doc'] },
  { name: 'what nobody has', long: true, packages: { 'no-such-thing': 'any' }, refuses: ['not-available no-such-thing'] },
  { name: 'what cannot be installed', packages: { unmet: 'any' }, refuses: ['manager-refused unmet'], saying: /nobody-has-this/ },
  { name: 'a conflict with what stays', long: true, packages: { challenger: 'any' }, refuses: ['manager-refused challenger'] },
  { name: 'a conflict with what goes', packages: { challenger: 'any', rival: 'absent' }, does: ['remove rival 1-1', 'install challenger 1-1'] },
  { name: 'what obsoletes what stays', packages: { newtool: 'any' }, refuses: ['plan-cascade newtool'], saying: /it would also remove oldtool/ },
  { name: 'what obsoletes what goes', packages: { newtool: 'any', oldtool: 'absent' }, does: ['install newtool 2-1', 'remove oldtool 1-1'] },
  { name: 'another package that provides the same', long: true, packages: { 'mta-a': 'absent', 'mta-b': 'any' }, refuses: ['plan-cascade mta-a', 'manager-refused mta-b'] },
  { name: 'the only one that provides it', packages: { 'mta-a': 'absent' }, refuses: ['plan-cascade mta-a'], saying: /mailer/ },

  { name: 'a newer version', long: true, packages: { configured: '">= 2"' }, does: ['upgrade configured 2.0-1'] },
  { name: 'neither the newest nor the oldest', packages: { app: '">= 2, < 3"' }, does: ['upgrade app 2.0-1'] },
  { name: 'a newer version that needs another one', packages: { app: '">= 3"' }, refuses: ['plan-cascade app'], saying: /it would also upgrade lib/ },
  { name: 'both of them', long: true, packages: { app: '">= 3"', lib: '">= 2"' }, does: ['upgrade app 3.0-1', 'upgrade lib 2.0-1', 'manual lib'] },
  { name: 'versions in lockstep', long: true, packages: { server: '"= 2"', 'server-common': '"= 2"' }, does: ['upgrade server 2-1', 'upgrade server-common 2-1', 'manual server-common'] },
  { name: 'an older version', long: true, given: 'dnf -q -y install configured-2.0', packages: { configured: '"= 1.0"' }, refuses: ['downgrade configured'] },
  { name: 'an older version that is allowed', given: 'dnf -q -y install configured-2.0', packages: { configured: '"= 1.0"' }, flags: ['--allow-downgrade'], does: ['downgrade configured 1.0-1'] },
  { name: 'a version that has vanished', long: true, packages: { configured: '"= 0.9"' }, flags: ['--allow-downgrade'], refuses: ['not-available configured'] },
  { name: 'an epoch', packages: { epoch: '"= 1:1.0-1"' }, does: ['upgrade epoch 1:1.0-1'] },
  { name: 'a bound without the epoch', long: true, packages: { epoch: '">= 1.0"' }, does: ['upgrade epoch 1:1.0-1'] },
  { name: 'another architecture than before', packages: { grows: '">= 2"' }, does: ['upgrade grows 2-1'] },
  { name: 'excluded from the repositories', long: true, given: 'echo excludepkgs=fresh >> /etc/dnf/dnf.conf', packages: { fresh: 'any' }, refuses: ['manager-refused fresh'] },

  { name: 'a kernel beside others', packages: { 'kernel-example': '">= 6.1.3"' }, does: ['install kernel-example 6.1.3-1'] },
  { name: 'a name with pluses', long: true, packages: { 'plus++': 'absent' }, does: ['remove plus++ 1-1'] },
  { name: 'a name that is another one and a version', packages: { tail: 'absent' }, does: ['remove tail 1-1'] },
  { name: 'the other way round', long: true, packages: { 'tail-1': 'absent' }, does: ['remove tail-1 1-1'] },

  { name: 'a hold that is declared', packages: { leaf: '{ version: any, hold: true }' }, does: ['hold leaf'] },
  { name: 'a hold that is not declared', long: true, given: 'dnf -q -y versionlock add leaf', does: ['unhold leaf'] },
  { name: 'a held package that is too old', given: 'dnf -q -y versionlock add configured', packages: { configured: '{ version: ">= 2", hold: true }' }, refuses: ['manager-refused configured'] },
  { name: 'a mark that is wrong', given: 'dnf -q -y mark remove leaf', does: ['manual leaf'] },
];

describe.skipIf(!needs('package transactions on an RPM host', ...RPM_TRANSACTION_NEEDS))('dnf does what the plan says', () => {
  beforeAll(() => void rpmTransactionHost());

  const host = { manager: 'dnf', root: rpmTransactionHost, chosen: RPM_CHOSEN } as const;
  for (const scenario of SCENARIOS) it.skipIf(scenario.long === true && process.env['DRIFT_FAULTS'] !== 'all')(scenario.name, () => play(host, scenario), 600_000);
});
