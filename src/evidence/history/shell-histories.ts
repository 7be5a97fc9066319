// Command lines in histories of shells: bash (history(3)), zsh (EXTENDED_HISTORY), fish, ash. Asked for by name only, because they are private.
import type { Home } from '../../host/homes.ts';
import type { Host } from '../../host/host.ts';
import { joinPath, type ByteString } from '../../model/bytes.ts';
import type { Problem } from '../../model/coverage.ts';
import type { StrayEvents } from './events.ts';
import { maskSecrets } from '../../model/mask-secrets.ts';
import type { StrayIndex } from './stray-index.ts';

const FILES: readonly ByteString[] = ['.bash_history', '.zsh_history', '.zhistory', '.histfile', '.sh_history', '.ash_history', '.ksh_history', '.history', '.local/share/fish/fish_history', '.local/state/bash/history'];
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_SHOWN = 200;

interface Command {
  readonly text: ByteString;
  /** Milliseconds since 1970. */
  readonly at?: number;
}

export function findInShellHistories(host: Host, homes: readonly Home[], strays: StrayIndex, events: StrayEvents, problems: Problem[]): void {
  for (const home of homes) {
    for (const name of FILES) {
      const path = joinPath(home.path, name);
      const text = host.readBytes(path, MAX_BYTES);
      if (!text.ok) {
        if (text.error.reason !== 'ENOENT' && text.error.reason !== 'ENOTDIR') problems.push({ message: text.error.message, path });
        continue;
      }
      for (const command of commandsOf(text.value)) {
        for (const stray of strays.mentions(command.text, true).keys()) {
          const detail = `${home.user} ran: ${shown(command.text)}`;
          events.add(stray, { source: path, ...(command.at === undefined ? {} : { at: command.at }), detail });
        }
      }
    }
  }
}

function shown(text: ByteString): string {
  const masked = maskSecrets(text.trim());
  return masked.length > MAX_SHOWN ? `${masked.slice(0, MAX_SHOWN)}…` : masked;
}

/** bash: '#1767000000' before a line; zsh: ': 1767000000:0;command'; fish: '- cmd: …' and '  when: …' after it. */
function* commandsOf(text: ByteString): Generator<Command> {
  let at: number | undefined;
  let fish: ByteString | undefined;
  const timed = (command: ByteString, time: number | undefined): Command => (time === undefined ? { text: command } : { text: command, at: time });
  for (const line of text.split('\n')) {
    const stamp = /^#(\d{9,11})$/.exec(line);
    const zsh = stamp === null ? /^: (\d{9,11}):\d{1,9};/.exec(line) : null;
    if (stamp !== null) at = Number(stamp[1]) * 1000;
    else if (zsh !== null) yield { text: line.slice(zsh[0].length), at: Number(zsh[1]) * 1000 };
    else if (line.startsWith('- cmd: ')) {
      if (fish !== undefined) yield { text: fish };
      fish = line.slice(7);
    } else if (fish !== undefined && /^ {2}when: \d{9,11}$/.test(line)) {
      yield { text: fish, at: Number(line.slice(8)) * 1000 };
      fish = undefined;
    } else if (line !== '') {
      yield timed(line, at);
      at = undefined;
    }
  }
  if (fish !== undefined) yield { text: fish };
}
