// Which other tool would bring back what was taken away: programs that keep hosts as somebody declared them, found running, started by the clock, or installed.
import { baseOf, toText, type BytePath } from '../model/bytes.ts';
import type { LaunchPoint } from '../model/launch.ts';
import type { ObservedState } from '../model/observed.ts';
import type { RunningProcess } from '../model/runtime.ts';

interface OtherTool {
  readonly name: string;
  readonly packages: readonly string[];
  /** Names of programs, or of the scripts that their interpreters run. */
  readonly programs: readonly string[];
}

const TOOLS: readonly OtherTool[] = [
  { name: 'Puppet', packages: ['puppet', 'puppet-agent', 'openvox-agent'], programs: ['puppet', 'pxp-agent'] },
  { name: 'Chef', packages: ['chef', 'chef-client', 'cinc'], programs: ['chef-client', 'chef-solo', 'cinc-client'] },
  { name: 'Salt', packages: ['salt-minion', 'venv-salt-minion'], programs: ['salt-minion', 'salt-call'] },
  { name: 'Ansible', packages: [], programs: ['ansible-pull', 'ansible-playbook'] },
  { name: 'CFEngine', packages: ['cfengine3', 'cfengine-community', 'cfengine-nova'], programs: ['cf-agent', 'cf-execd'] },
  { name: 'Rudder', packages: ['rudder-agent'], programs: ['rudder'] },
  { name: 'Bcfg2', packages: ['bcfg2'], programs: ['bcfg2'] },
  { name: 'Landscape', packages: ['landscape-client'], programs: ['landscape-client', 'landscape-manager'] },
  { name: 'the agent of AWS Systems Manager', packages: ['amazon-ssm-agent'], programs: ['amazon-ssm-agent'] },
  { name: 'the configuration agent of Google Cloud', packages: ['google-osconfig-agent'], programs: ['google_osconfig_agent'] },
];
const NAMED = 3;

/** A clause: 'Puppet, which runs as pid 812'. Undefined: none that is known, and nothing that the clock starts and no package brought. */
export function otherTool(state: Pick<ObservedState, 'launches' | 'managers' | 'runtime' | 'unowned'>, going: (path: BytePath) => boolean): string | undefined {
  const points = (state.launches ?? []).filter(({ enabled, path }) => enabled !== false && !going(path));
  const found = TOOLS.flatMap((tool) => evidenceOf(tool, state, points)).sort((a, b) => a.rank - b.rank);
  if (found.length > 0) return found.slice(0, NAMED).map(({ words }) => words).join(', or ');
  const unowned = new Set(state.unowned.map(({ facts: { path } }) => path));
  const clock = points.filter(({ path, when }) => when === 'timer' && unowned.has(path));
  return clock.length === 0 ? undefined : `what the clock starts and no package brought: ${clock.slice(0, NAMED).map(({ path }) => toText(path)).join(', ')}${clock.length > NAMED ? ', …' : ''}`;
}

function evidenceOf({ name, packages, programs }: OtherTool, { managers, runtime }: Pick<ObservedState, 'managers' | 'runtime'>, points: readonly LaunchPoint[]): readonly { readonly rank: number; readonly words: string }[] {
  const isProgram = (path: BytePath | undefined): boolean => path !== undefined && programs.includes(toText(baseOf(path)));
  const running = runtime?.processes.find((process: RunningProcess) => isProgram(process.exe?.path) || isProgram(process.script?.path));
  if (running !== undefined) return [{ rank: 0, words: `${name}, which runs (pid ${running.pid}${running.unit === undefined ? '' : `, ${toText(running.unit)}`})` }];
  const started = points.find(({ targets }) => targets.some(({ path, written }) => isProgram(path) || isProgram(written)));
  if (started !== undefined) return [{ rank: 1, words: `${name}, which ${toText(started.path)} starts` }];
  const installed = managers.flatMap((manager) => manager.packages).find((each) => each.state !== 'residual' && packages.includes(each.name));
  return installed === undefined ? [] : [{ rank: 2, words: `${name}, whose package ${installed.name} is installed` }];
}
