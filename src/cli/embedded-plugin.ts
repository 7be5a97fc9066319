// drift as oclif sees it, without reading a file: commands from a table, settings from constants, nothing looked for on disk.
import { Plugin } from '@oclif/core/config';
import type { Command } from '@oclif/core/command';
import type { PJSON } from '@oclif/core/interfaces';
import { EXIT } from './exit-codes.ts';

export interface CommandEntry {
  /** One line for `drift --help`. */
  readonly summary: string;
  load(): Promise<Command.Class>;
}

/** By oclif id: 'check', 'manifest:lint'. */
export type CommandTable = Readonly<Record<string, CommandEntry>>;

const FAILED = EXIT.failed;

function packageSettings(version: string): PJSON {
  return {
    name: 'drift',
    version,
    oclif: {
      bin: 'drift',
      dirname: 'drift',
      topicSeparator: ' ',
      topics: { history: { description: 'Show what earlier runs changed, and make room.' }, listeners: { description: 'List what listens on this host, and confirm that it belongs there.' }, manifest: { description: 'Check a manifest, print its schema, show what it means.' } },
      additionalHelpFlags: ['-h'],
      additionalVersionFlags: ['-V'],
      helpOptions: { flagSortOrder: 'none', hideCommandSummaryInDescription: true, maxWidth: 100 },
      // oclif's own numbers would say "drift found" for a mistyped flag.
      exitCodes: {
        default: FAILED, failedFlagParsing: FAILED, failedFlagValidation: FAILED, invalidArgsSpec: FAILED, nonExistentFlag: FAILED,
        requiredArgs: FAILED, unexpectedArgs: FAILED, violatedFlagConstraint: FAILED,
      },
    },
  } as unknown as PJSON;
}

export class EmbeddedPlugin extends Plugin {
  readonly #table: CommandTable;

  constructor(root: string, version: string, table: CommandTable) {
    super({ root, isRoot: true, type: 'core' });
    this.#table = table;
    this.pjson = packageSettings(version);
    this.root = root;
    this.name = 'drift';
    this.alias = 'drift';
    this.version = version;
    this.type = 'core';
    this.isRoot = true;
    this.valid = true;
    this.moduleType = 'module';
    this.hooks = {};
    this.commandIDs = Object.keys(table);
    this.manifest = { version, commands: {} };
    this.commands = this.commandIDs.map((id) => this.#entry(id));
  }

  override async load(): Promise<void> {}

  override async findCommand(id: string): Promise<Command.Class> {
    const entry = this.#table[id];
    if (entry === undefined) throw new Error(`command ${id} is not in the table`);
    const command = await entry.load();
    command.id = id;
    command.plugin = this;
    return command;
  }

  #entry(id: string): Command.Loadable {
    return {
      id,
      summary: this.#table[id]!.summary,
      aliases: [], hiddenAliases: [], hidden: false, args: {}, flags: {},
      // Otherwise oclif takes the words behind a command for more of its name.
      strict: false,
      pluginName: 'drift', pluginAlias: 'drift', pluginType: 'core',
      load: () => this.findCommand(id),
    } as unknown as Command.Loadable;
  }
}
