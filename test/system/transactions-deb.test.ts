// What a plan says that apt-get would do is what apt-get does, and a second run does nothing: one scenario each, on the same Debian host, with real packages.
import { beforeAll, describe, it } from 'vitest';
import { DEB_CHOSEN, DEB_TRANSACTION_NEEDS, debTransactionHost, foreign } from '../support/deb-transaction-host.ts';
import { needs } from '../support/requirements.ts';
import { play, type Scenario } from '../support/transactions.ts';

const SCENARIOS: readonly Scenario[] = [
  { name: 'nothing to do' },
  { name: 'a removal', long: true, packages: { leaf: 'absent' }, does: ['remove leaf 1'] },
  { name: 'what nobody declared', long: true, packages: { leaf: undefined }, does: ['remove leaf 1'] },
  { name: 'an orphan', given: 'apt-get -qq -y install orphan; apt-mark auto orphan', does: ['remove orphan 1'] },
  { name: 'a removal and what it leaves alone', packages: { app: 'absent' }, does: ['remove app 1.0-1', 'remove lib 1.0', 'remove app-doc 1'] },
  { name: 'a dependency that something declared needs', packages: { lib: 'absent' }, refuses: ['plan-cascade lib'], saying: /it would also remove app/ },
  { name: 'it and what needs it', long: true, packages: { app: 'absent', lib: 'absent', 'app-doc': 'any' }, does: ['remove app 1.0-1', 'remove lib 1.0', 'manual app-doc'] },
  { name: 'one of several that cannot go', packages: { lib: 'absent', leaf: 'absent' }, does: ['remove leaf 1'], refuses: ['plan-cascade lib'] },
  { name: 'protected by the manifest', long: true, packages: { leaf: 'absent' }, policy: ['protect: [leaf]'], refuses: ['protected leaf'] },
  { name: 'an essential package', long: true, packages: { hostname: 'absent' }, refuses: ['protected hostname'] },
  { name: 'what dpkg protects', long: true, given: 'apt-get -qq -y install vital', packages: { vital: 'absent' }, refuses: ['protected vital'] },
  { name: 'a purge that was not asked for', long: true, given: 'apt-get -qq -y remove configured', packages: { configured: 'absent' } },
  { name: 'a purge by policy', given: 'apt-get -qq -y remove configured', packages: { configured: 'absent' }, policy: ['reconcile: [package-residual]'], does: ['purge configured 1.0'] },

  { name: 'an installation with what it needs, and its Recommends', packages: { fresh: 'any' }, does: ['install fresh 1', 'install fresh-lib 1', 'install fresh-extra 1'] },
  { name: 'the same without Recommends', long: true, packages: { fresh: 'any', 'app-doc': 'any' }, policy: ['recommends: false'], does: ['install fresh 1', 'install fresh-lib 1', 'manual app-doc'] },
  { name: 'what nobody has', long: true, packages: { 'no-such-thing': 'any' }, refuses: ['not-available no-such-thing'] },
  { name: 'what cannot be installed', packages: { unmet: 'any' }, refuses: ['manager-refused unmet'], saying: /nobody-has-this/ },
  { name: 'a conflict with what stays', packages: { challenger: 'any' }, refuses: ['plan-cascade challenger'], saying: /it would also remove rival/ },
  { name: 'a conflict with what goes', packages: { challenger: 'any', rival: 'absent' }, does: ['install challenger 1', 'remove rival 1'] },
  { name: 'a replacement of what stays', long: true, packages: { newtool: 'any' }, refuses: ['plan-cascade newtool'] },
  { name: 'a replacement of what goes', packages: { newtool: 'any', oldtool: 'absent' }, does: ['install newtool 2', 'remove oldtool 1'] },
  { name: 'another package that provides the same', long: true, packages: { 'mta-a': 'absent', 'mta-b': 'any' }, does: ['install mta-b 1', 'remove mta-a 1'] },
  { name: 'the only one that provides it', long: true, packages: { 'mta-a': 'absent' }, refuses: ['plan-cascade mta-a'], saying: /mailer/ },
  { name: 'a virtual package', long: true, packages: { 'mail-transport': 'any' }, refuses: ['not-available mail-transport'] },

  { name: 'a newer version', long: true, packages: { configured: '">= 2"' }, does: ['upgrade configured 2.0'] },
  { name: 'neither the newest nor the oldest', packages: { app: '">= 2, < 3"' }, does: ['upgrade app 2.0-1'] },
  { name: 'a newer version that needs another one', packages: { app: '">= 3"' }, refuses: ['plan-cascade app'], saying: /it would also upgrade lib/ },
  { name: 'both of them', long: true, packages: { app: '">= 3"', lib: '">= 2"' }, does: ['upgrade app 3.0-1', 'upgrade lib 2.0', 'manual lib'] },
  { name: 'versions in lockstep', long: true, packages: { server: '"= 2"', 'server-common': '"= 2"' }, does: ['upgrade server 2', 'upgrade server-common 2', 'manual server-common'] },
  { name: 'an older version', long: true, given: 'apt-get -qq -y install configured=2.0', packages: { configured: '"= 1.0"' }, refuses: ['downgrade configured'] },
  { name: 'an older version that is allowed', given: 'apt-get -qq -y install configured=2.0', packages: { configured: '"= 1.0"' }, flags: ['--allow-downgrade'], does: ['downgrade configured 1.0'] },
  { name: 'a version that has vanished', long: true, packages: { configured: '"= 0.9"' }, flags: ['--allow-downgrade'], refuses: ['not-available configured'] },
  { name: 'an epoch', packages: { epoch: '"= 1:1.0-1"' }, does: ['upgrade epoch 1:1.0-1'] },
  { name: 'a bound without the epoch', long: true, packages: { epoch: '">= 1.0"' }, does: ['upgrade epoch 1:1.0-1'] },
  { name: 'another architecture than before', packages: { grows: '">= 2"' }, does: ['upgrade grows 2'] },
  { name: 'pinned to what is there', long: true, given: 'printf "Package: configured\\nPin: version 1.0\\nPin-Priority: 1001\\n" > /etc/apt/preferences.d/pin', packages: { configured: '">= 2"' }, does: ['upgrade configured 2.0'] },
  { name: 'never from this repository', long: true, given: 'printf "Package: fresh\\nPin: release o=Example\\nPin-Priority: -1\\n" > /etc/apt/preferences.d/pin', packages: { fresh: 'any' }, does: ['install fresh 1', 'install fresh-lib 1', 'install fresh-extra 1'] },

  { name: 'one of two architectures', long: true, packages: { [`shared:${foreign()}`]: undefined }, does: ['remove shared 1'] },
  { name: 'a version that both architectures must have', long: true, packages: { shared: '"= 2"' }, refuses: ['plan-cascade shared'] },
  { name: 'in both architectures', packages: { shared: '"= 2"', [`shared:${foreign()}`]: '"= 2"' }, does: ['upgrade shared 2', 'upgrade shared 2'] },
  { name: 'a kernel beside another', packages: { 'linux-image-6.1.0-1-example': 'absent' }, does: ['remove linux-image-6.1.0-1-example 6.1.1-1'] },
  { name: 'the kernel that a metapackage needs', long: true, packages: { 'linux-image-6.1.0-2-example': 'absent' }, refuses: ['plan-cascade linux-image-6.1.0-2-example'] },

  { name: 'a name that ends in plus', long: true, packages: { 'plus++': 'absent' }, does: ['remove plus++ 1'] },
  { name: 'a name that is another one and a plus', packages: { 'plus+': 'any', plus: 'absent' }, does: ['install plus+ 1', 'remove plus 1'] },
  { name: 'a name that ends in a dash', long: true, given: 'apt-get -qq -y install tail-=1', does: ['remove tail- 1'] },
  { name: 'names that end in what means something', given: 'apt-get -qq -y install tail-=1 tail.=1 tail+=1', packages: { rival: 'absent', challenger: 'any' }, does: ['remove tail- 1', 'remove tail+ 1', 'remove tail. 1', 'install challenger 1', 'remove rival 1'] },

  { name: 'a hold that is in the way', given: 'apt-mark hold leaf', packages: { leaf: 'absent' }, refuses: ['manager-refused leaf'] },
  { name: 'a hold that is declared', packages: { leaf: '{ version: any, hold: true }' }, does: ['hold leaf'] },
  { name: 'a hold that is not declared', long: true, given: 'apt-mark hold leaf', does: ['unhold leaf'] },
  { name: 'a held package that is too old', given: 'apt-mark hold configured', packages: { configured: '{ version: ">= 2", hold: true }' }, refuses: ['manager-refused configured'] },
  { name: 'a mark that is wrong', given: 'apt-mark auto leaf', does: ['manual leaf'] },
  { name: 'the mark of an architecture', long: true, given: `apt-mark auto shared:${foreign()}`, does: ['manual shared'] },

  { name: 'half configured', given: 'printf "#!/bin/sh\\nexit 1\\n" > /tmp/no; cp /tmp/no /var/lib/dpkg/info/leaf.postinst; chmod 755 /var/lib/dpkg/info/leaf.postinst; sed -i "/^Package: leaf$/,/^$/s/install ok installed/install ok half-configured/" /var/lib/dpkg/status; rm /var/lib/dpkg/info/leaf.postinst', does: ['configure leaf'] },
  { name: 'unpacked', long: true, given: 'apt-get -qq -y download fresh-lib fresh; dpkg --unpack fresh-lib_1_all.deb; rm *.deb', packages: { 'fresh-lib': 'any' }, does: ['configure fresh-lib'] },
  { name: 'to be installed again', given: 'sed -i "/^Package: leaf$/,/^$/s/install ok installed/install reinstreq half-installed/" /var/lib/dpkg/status', does: ['reinstall leaf 1'] },
];

describe.skipIf(!needs('package transactions on a Debian host', ...DEB_TRANSACTION_NEEDS))('apt-get does what the plan says', () => {
  beforeAll(() => void debTransactionHost());

  const host = { manager: 'apt', root: debTransactionHost, chosen: DEB_CHOSEN } as const;
  for (const scenario of SCENARIOS) it.skipIf(scenario.long === true && process.env['DRIFT_FAULTS'] !== 'all')(scenario.name, () => play(host, scenario), 600_000);
});
