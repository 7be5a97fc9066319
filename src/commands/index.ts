// Every command of drift. Loaded when it is typed, so that `drift --version` does not pay for `drift check`.
import type { CommandTable } from '../cli/embedded-plugin.ts';

export const COMMANDS: CommandTable = {
  allow: { summary: 'Write into the manifest that files which no package owns may stay, and why.', load: async () => (await import('./allow.ts')).Allow },
  baseline: { summary: 'Record what is accepted today, so that check reports only what is new.', load: async () => (await import('./baseline.ts')).Baseline },
  check: { summary: 'Compare this host with its manifest and its package database; change nothing.', load: async () => (await import('./check.ts')).Check },
  declare: { summary: 'Write into the manifest that packages belong on this host, or must not be there.', load: async () => (await import('./declare.ts')).Declare },
  explain: { summary: 'Say why a file, a package, a unit, a listening port or a finding is here.', load: async () => (await import('./explain.ts')).Explain },
  history: { summary: 'Show what earlier runs changed, and what of it is in quarantine.', load: async () => (await import('./history/index.ts')).History },
  'history:prune': { summary: 'Delete for good what old runs keep in quarantine.', load: async () => (await import('./history/prune.ts')).HistoryPrune },
  init: { summary: 'Print a manifest that describes this host as it is.', load: async () => (await import('./init.ts')).Init },
  listeners: { summary: 'List what listens on this host, and who confirmed it.', load: async () => (await import('./listeners/index.ts')).Listeners },
  'listeners:confirm': { summary: 'Say in the manifest that what listens on a port belongs there.', load: async () => (await import('./listeners/confirm.ts')).ListenersConfirm },
  'manifest:lint': { summary: 'Check a manifest for mistakes.', load: async () => (await import('./manifest/lint.ts')).ManifestLint },
  'manifest:schema': { summary: 'Print the JSON Schema of manifests, for editors.', load: async () => (await import('./manifest/schema.ts')).ManifestSchema },
  'manifest:show': { summary: 'Show what a manifest means, and where each line came from.', load: async () => (await import('./manifest/show.ts')).ManifestShow },
  plan: { summary: 'Show what would be done about the findings, and what would not and why; change nothing.', load: async () => (await import('./plan.ts')).Plan },
  rebuild: { summary: 'List what this host is built again from; change nothing.', load: async () => (await import('./rebuild/index.ts')).Rebuild },
  'rebuild:backup': { summary: 'List what packages do not bring back, and what of it belongs into a backup; change nothing.', load: async () => (await import('./rebuild/backup.ts')).RebuildBackup },
  'rebuild:diff': { summary: 'Compare two rebuild lists, or a list with this host.', load: async () => (await import('./rebuild/diff.ts')).RebuildDiff },
  'rebuild:keep': { summary: 'Write the rebuild list and the backup list where policy.rebuild.to of the manifest has them kept.', load: async () => (await import('./rebuild/keep.ts')).RebuildKeep },
  'rebuild:prove': { summary: 'Build this host again in a directory, from its rebuild list alone, and name every difference.', load: async () => (await import('./rebuild/prove.ts')).RebuildProve },
  reconcile: { summary: 'Do what drift plan shows; drift undo puts it back.', load: async () => (await import('./reconcile.ts')).Reconcile },
  recover: { summary: 'After a run that was cut off: find out how far it came, and write that down.', load: async () => (await import('./recover.ts')).Recover },
  triage: { summary: 'Decide at a terminal, group by group, what belongs on this host.', load: async () => (await import('./triage.ts')).Triage },
  undo: { summary: 'Put back what a run of reconcile did; never over what came since.', load: async () => (await import('./undo.ts')).Undo },
};
