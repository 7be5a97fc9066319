// What the exit codes mean, in the words of each command: for --help and the manual. docs/reference/exit-codes.md has all of it.

type Rows = readonly (readonly [code: string, meaning: string])[];

const SIGNALS = ['129, 130, 143', 'stopped by a signal'] as const;
const SAFE_POINT = ['129, 130, 143', 'stopped by a signal, at a safe point'] as const;
const PART_WAY = ['4', 'stopped part-way: something was changed and the run did not finish'] as const;

const ALL: Rows = [
  ['0', 'in sync'],
  ['1', 'failed: nothing can be said'],
  ['2', 'drift: findings of at least --fail-on'],
  ['3', 'incomplete: none of that weight, but something could not be read'],
  PART_WAY, SIGNALS,
];

const WRITTEN: Rows = [['0', 'written, or there already'], ['1', 'nothing was written, and why'], SIGNALS];
const LISTED: Rows = [['0', 'done'], ['1', 'failed'], ['3', 'something could not be read, so that the list may lack it'], SIGNALS];
const SHOWN: Rows = [['0', 'done'], ['1', 'failed'], SIGNALS];

const BY_COMMAND: Readonly<Record<string, Rows>> = {
  'allow': WRITTEN,
  'baseline': [['0', 'recorded'], ['1', 'failed'], ['3', 'something could not be read: it will be new once it can be'], SIGNALS],
  'check': ALL.filter(([code]) => code !== '4'),
  'declare': WRITTEN,
  'explain': [['0', 'told'], ['1', 'failed, or a name that nothing on this host has'], SIGNALS],
  'history': SHOWN,
  'history:prune': [['0', 'deleted, or nothing is that old'], ['1', 'nothing was deleted, and why'], PART_WAY, SAFE_POINT],
  'init': [['0', 'done'], ['1', 'nothing was written, and why'], ['3', 'something could not be read, so that the manifest may lack it'], SIGNALS],
  'listeners': [['0', 'listed, whether confirmed or not'], ['1', 'failed'], ['3', 'sockets or processes could not all be read'], SIGNALS],
  'listeners:confirm': WRITTEN,
  'manifest:lint': [['0', 'no mistakes'], ['1', 'a mistake, or a file that cannot be read'], SIGNALS],
  'manifest:schema': SHOWN,
  'manifest:show': [['0', 'shown'], ['1', 'a manifest with a mistake, or none'], SIGNALS],
  'plan': [['0', 'nothing to do, whatever is refused'], ['1', 'failed: no plan'], ['2', 'there is something to do'], ['3', 'nothing to do as far as could be read'], SIGNALS],
  'rebuild': LISTED,
  'rebuild:backup': LISTED,
  'rebuild:keep': [['0', 'kept'], ['1', 'nothing was written, and why'], ['3', 'something could not be read, so that the lists may lack it'], SIGNALS],
  'rebuild:diff': [['0', 'no difference'], ['1', 'failed, or a list that is none'], ['2', 'something differs'], ['3', 'no difference, but something could not be read'], SIGNALS],
  'rebuild:prove': [['0', 'rebuilt without a difference'], ['1', 'it could not be built or compared'], ['2', 'built, and something differs'], ['3', 'no difference, but something could not be read'], ['129, 130, 143', 'stopped by a signal, the built root removed']],
  'reconcile': [
    ['0', 'what was planned is gone'], ['1', 'nothing was changed, and why'], ['2', 'something of it is left, or was refused'], ['3', 'it is gone, and something could not be read'],
    PART_WAY, SAFE_POINT,
  ],
  'recover': [['0', 'settled, or nothing had been cut off'], ['1', 'it cannot be told how far a run came'], PART_WAY, SAFE_POINT],
  'triage': [['0', 'whatever was left open'], ['1', 'no terminal, or no manifest that can be written'], ['130', 'left with Ctrl-C: what was decided is in the manifest']],
  'undo': [['0', 'all is back'], ['1', 'nothing was changed, and why'], ['2', 'something could not be put back, and is named'], PART_WAY, SAFE_POINT],
};

/** Of a command by its id ('history:prune'); of drift as a whole without one. */
export function exitCodeRows(command?: string): Rows {
  return (command === undefined ? undefined : BY_COMMAND[command]) ?? ALL;
}
