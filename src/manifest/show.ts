// The desired state as manifest text, each line with where it came from (`drift manifest show`), and as plain data for --json.
import { toText } from '../model/bytes.ts';
import type { AllowEntry, DeclaredChannelPackage, DeclaredPackage, DeclaredRepository, DesiredState, ListenerEntry, SourcePosition, SshPolicy, WatchEntry } from '../model/manifest.ts';
import { visible } from './diagnostic.ts';
import { yamlFlowList, yamlKey, yamlPhrase, yamlScalar } from './yaml-text.ts';

interface Line {
  readonly text: string;
  readonly at?: SourcePosition;
}

/** A manifest that means the same on this host without its includes and conditions. A `sums:` file is named as its own manifest names it. */
export function showManifest(state: DesiredState): string {
  const lines: Line[] = [{ text: 'drift: 1' }];
  if (state.name !== undefined) lines.push({ text: `name: ${yamlScalar(state.name)}` });
  if (state.packages !== undefined) lines.push({ text: 'packages:' }, ...state.packages.map((entry) => ({ text: `  ${packageLine(entry)}`, at: entry.declaredAt })));
  if (state.repositories !== undefined && state.repositories.length > 0) lines.push({ text: 'repositories:' }, ...repositoryLines(state.repositories));
  if (state.channels !== undefined) lines.push({ text: 'channels:' }, ...channelLines(state.channels));
  if (state.allow.length > 0) lines.push({ text: 'allow:' }, ...state.allow.flatMap((entry) => allowLines(entry)));
  if (state.listeners !== undefined) lines.push({ text: state.listeners.length > 0 ? 'listeners:' : 'listeners: []' }, ...state.listeners.flatMap((entry) => listenerLines(entry)));
  if (state.watch !== undefined && state.watch.length > 0) lines.push({ text: 'watch:' }, ...state.watch.map((entry) => ({ text: `  ${watchLine(entry)}`, at: entry.declaredAt })));
  if (state.ssh !== undefined) lines.push({ text: 'ssh:' }, ...sshLines(state.ssh));
  const { base, keepPackages, recommends, reconcile, protect, limits, listeners, notify, rebuild } = state.policy;
  lines.push({ text: 'policy:' }, { text: `  base: ${base}` }, { text: `  recommends: ${recommends}` }, { text: `  reconcile: ${yamlFlowList(reconcile)}` });
  if (keepPackages !== undefined) lines.push({ text: `  keep-packages: ${keepPackages}` });
  if (protect.length > 0) lines.push({ text: `  protect: ${yamlFlowList(protect)}` });
  const limit = Object.entries(limits).map(([key, value]) => `${key}: ${value}`);
  if (limit.length > 0) lines.push({ text: `  limits: { ${limit.join(', ')} }` });
  const asked = fields([['root', listeners?.root], ['login-shell', listeners?.loginShell]]);
  if (asked.length > 0) lines.push({ text: `  listeners: { ${asked.join(', ')} }` });
  if (notify !== undefined) lines.push({ text: `  notify: { mail: ${yamlFlowList(notify.mail)} }` });
  if (rebuild !== undefined) lines.push({ text: `  rebuild: { ${fields([['to', rebuild.to], ['max-age', rebuild.maxAge?.text]]).join(', ')} }` });
  if (state.sweepExclude.length > 0) {
    lines.push({ text: 'sweep:' }, { text: '  exclude:' }, ...state.sweepExclude.map(({ pattern, declaredAt }) => ({ text: `    - ${yamlScalar(pattern)}`, at: declaredAt })));
  }
  // Comments stand below each other where the lines are short enough for that.
  const column = Math.min(40, Math.max(0, ...lines.filter((line) => line.at !== undefined).map((line) => line.text.length)));
  return lines.map(({ text, at }) => `${at === undefined ? text : `${text.padEnd(column)}  # ${visible(at.file)}:${at.line}`}\n`).join('');
}

/** The same as plain JSON values; paths and names as text. */
export function manifestData(state: DesiredState): Record<string, unknown> {
  return {
    ...state,
    allow: state.allow.map(({ sums, ...entry }) => ({ ...entry, ...(sums === undefined ? {} : { sums: sums.size }) })),
    ...(state.listeners === undefined ? {} : { listeners: state.listeners.map((entry) => ({ ...entry, ...(entry.program === undefined ? {} : { program: toText(entry.program) }) })) }),
    ...(state.watch === undefined ? {} : { watch: state.watch.map((entry) => ({ ...entry, path: toText(entry.path), ...(entry.kind === 'present' && entry.names !== undefined ? { names: entry.names.map((name) => toText(name)) } : {}) })) }),
  };
}

/** `key: value` of what is there. */
function fields(pairs: readonly (readonly [key: string, value: string | boolean | undefined])[]): string[] {
  return pairs.flatMap(([key, value]) => (value === undefined ? [] : [`${key}: ${typeof value === 'string' ? inBraces(value) : String(value)}`]));
}

function inBraces(value: string): string {
  return yamlPhrase(value, { flow: true, quote: '"' });
}

function channelLines(packages: readonly DeclaredChannelPackage[]): Line[] {
  // The section forbids what it does not name, whatever channels are in it.
  if (packages.length === 0) return [{ text: '  pip: {}' }];
  const channels = Map.groupBy(packages, (entry) => entry.channel);
  return [...channels].flatMap(([channel, members]) => [
    { text: `  ${channel}:` },
    ...members.map(({ name, constraintText, declaredAt }) => ({ text: `    ${yamlKey(name)}: ${yamlScalar(constraintText)}`, at: declaredAt })),
  ]);
}

function listenerLines({ protocol, port, program, confirmed, declaredAt, ...entry }: ListenerEntry): Line[] {
  const lines = fields([
    ['port', `${port}/${protocol}`], ['package', entry.package], ['program', program === undefined ? undefined : toText(program)], ['sha256', entry.sha256], ['unit', entry.unit],
    ['user', entry.user], ['address', entry.address], ['namespace', entry.namespace],
  ]);
  const by = fields([['by', confirmed.by], ['on', confirmed.on], ['reason', confirmed.reason], ['until', confirmed.until]]);
  return [...lines, `confirmed: { ${by.join(', ')} }`].map((text, at) => ({ text: `  ${at === 0 ? '-' : ' '} ${text}`, ...(at === 0 ? { at: declaredAt } : {}) }));
}

function watchLine(entry: WatchEntry): string {
  const key = yamlPhrase(toText(entry.path), { flow: true, quote: '"' });
  if (entry.kind === 'absent') return `${key}: absent`;
  const { mode, owner, group, sha256, names } = entry;
  const parts = fields([['mode', mode], ['owner', owner], ['group', group], ['sha256', sha256]]);
  return `${key}: { ${[...parts, ...(names === undefined ? [] : [`names: [${names.map((name) => inBraces(toText(name))).join(', ')}]`])].join(', ')} }`;
}

function sshLines({ rootLogin, rootLoginFrom }: SshPolicy): Line[] {
  return [
    ...(rootLogin === undefined ? [] : [{ text: `  root-login: ${rootLogin.value}`, at: rootLogin.declaredAt }]),
    ...(rootLoginFrom === undefined ? [] : [{ text: `  root-login-from: ${yamlFlowList(rootLoginFrom.value)}`, at: rootLoginFrom.declaredAt }]),
  ];
}

function packageLine({ label, name, constraintText, hold }: DeclaredPackage): string {
  const names = typeof name === 'string' ? (name === label ? undefined : yamlScalar(name)) : `{ ${Object.entries(name).map(([manager, own]) => `${manager}: ${yamlScalar(own)}`).join(', ')} }`;
  if (names === undefined && !hold) return `${yamlKey(label)}: ${yamlScalar(constraintText)}`;
  const parts = [...(names === undefined ? [] : [`name: ${names}`]), `version: ${yamlScalar(constraintText)}`, ...(hold ? ['hold: true'] : [])];
  return `${yamlKey(label)}: { ${parts.join(', ')} }`;
}

function repositoryLines(repositories: readonly DeclaredRepository[]): Line[] {
  const lines: Line[] = [];
  const labels = new Map<string, DeclaredRepository[]>();
  for (const repository of repositories) labels.set(repository.label, [...(labels.get(repository.label) ?? []), repository]);
  for (const [label, members] of labels) {
    // The same label may stand in two files for two sources of one manager.
    const managers = new Map<string, number>();
    for (const repository of members) {
      const times = (managers.get(repository.manager) ?? 0) + 1;
      managers.set(repository.manager, times);
      const { id, uris, suites, components, types, signedBy } = repository;
      const key = times === 1 && members.every((other) => other.manager !== repository.manager || other === repository) ? label : `${label}-${times}`;
      const shared = members.length > 1 && key === label;
      const parts = [
        ...(id === undefined ? [] : [`id: ${yamlScalar(id)}`]),
        ...(uris.length === 0 ? [] : [`uris: ${yamlFlowList(uris)}`]),
        ...(suites.length === 0 ? [] : [`suites: ${yamlFlowList(suites)}`]),
        ...(components.length === 0 ? [] : [`components: ${yamlFlowList(components)}`]),
        ...(types === undefined ? [] : [`types: ${yamlFlowList(types)}`]),
        ...(signedBy.length === 0 ? [] : [`signed-by: ${yamlFlowList(signedBy)}`]),
      ];
      const first = !shared || members.find((other) => other.manager !== repository.manager || other === repository) === repository;
      if (first) lines.push({ text: `  ${yamlKey(key)}:`, at: repository.declaredAt });
      lines.push({ text: `    ${repository.manager}: { ${parts.join(', ')} }`, at: repository.declaredAt });
    }
  }
  return lines;
}

function allowLines(entry: AllowEntry): Line[] {
  const fields = [
    ['path', entry.path], ['reason', entry.reason], ['owner', entry.owner], ['until', entry.until], ['sha256', entry.sha256], ['sums', entry.sumsFile],
  ].filter((field): field is [string, string] => field[1] !== undefined);
  return fields.map(([key, value], i) => ({ text: `  ${i === 0 ? '-' : ' '} ${key}: ${yamlScalar(value)}`, ...(i === 0 ? { at: entry.declaredAt } : {}) }));
}
