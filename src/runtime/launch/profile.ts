// Launch points of shells: what a login of anybody, or of root, reads, and the files that it names by their path (bash(1) INVOCATION, zsh(1), csh(1)).
import { joinPath, toText } from '../../model/bytes.ts';
import { SHELL_PATH, shellTargets } from './command-lines/command-targets.ts';
import { rootHome } from './homes.ts';
import type { LaunchContext, LaunchFile } from './launch-context.ts';

const SYSTEM = [
  '/etc/profile', '/etc/bash.bashrc', '/etc/bashrc', '/etc/bash.bash_logout', '/etc/zshrc', '/etc/zshenv', '/etc/zprofile', '/etc/zlogin', '/etc/csh.cshrc', '/etc/csh.login', '/etc/ksh.kshrc',
  '/etc/zsh/zshrc', '/etc/zsh/zshenv', '/etc/zsh/zprofile', '/etc/zsh/zlogin', '/etc/zsh/zlogout', '/etc/bash_completion',
];
const OWN = [
  '.bashrc', '.bash_aliases', '.profile', '.bash_profile', '.bash_login', '.bash_logout', '.zshrc', '.zshenv', '.zprofile', '.zlogin', '.zlogout', '.cshrc', '.tcshrc', '.login', '.kshrc', '.xprofile', '.xsessionrc',
];

export function readProfiles(context: LaunchContext): void {
  for (const path of SYSTEM) tell(context, context.file(path));
  for (const file of context.files('/etc/profile.d', (name) => /\.(sh|csh|zsh|local)$/.test(name))) tell(context, file, 'profile.d/');
  for (const file of context.files('/etc/bash_completion.d', (name) => !/^[._#]|~$|\.(bak|swp)$|\.(dpkg|ucf|rpm)/.test(name))) tell(context, file, 'bash_completion.d/');
  const root = rootHome(context);
  for (const name of OWN) tell(context, context.file(joinPath(root, name)), '', 'root');
}

function tell(context: LaunchContext, file: LaunchFile | undefined, prefix = '', user?: string): void {
  if (file === undefined) return;
  const place = { via: 'shell start file', line: 1, search: SHELL_PATH, pathsOnly: true, ...(user === undefined ? {} : { variables: new Map([['HOME', rootHome(context)]]) }) };
  const targets = shellTargets(context, context.text(file) ?? '', place);
  context.add(file, { kind: 'profile', name: toText(user === undefined ? prefix + file.name : `${file.name} of ${user}`), when: 'login', enabled: true, ...(user === undefined ? {} : { user }) }, targets);
}
