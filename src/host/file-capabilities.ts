// Capabilities of one file by the handle of its directory (getcap(8), setcap(8)): node:fs has no extended attributes.
import { isValidUtf8, toText, type ByteString } from '../model/bytes.ts';
import { fail, ok, type Result } from '../model/result.ts';
import type { DirectoryHandle } from './directory-handle.ts';
import { runTool } from './run-tool.ts';

const TIMEOUT_MS = 30_000;
/** cap_to_text(3), as getcap prints it and as packages record it. */
const TEXT = /^[a-z_,=+ eip\d-]{0,2000}$/;

/** '' for none; undefined where getcap is not installed, or cannot be given the name. */
export async function capabilitiesIn(directory: DirectoryHandle, name: ByteString): Promise<Result<string | undefined>> {
  const path = pathOf(directory, name);
  if (path === undefined) return ok(undefined);
  const answer = await runTool({ tool: 'getcap', args: [path], timeoutMs: TIMEOUT_MS });
  if (!answer.ok) return answer.error.reason === 'tool-missing' ? ok(undefined) : answer;
  const line = answer.value.stdout.toString('utf8');
  return ok(line.startsWith(`${path} `) ? line.slice(path.length + 1).trim() : '');
}

/** '' takes all of them away. 'tool-missing', 'setcap-failed'. */
export async function setCapabilities(directory: DirectoryHandle, name: ByteString, text: string): Promise<Result<void>> {
  const path = pathOf(directory, name);
  if (path === undefined || !TEXT.test(text) || text.startsWith('-')) return fail('setcap-failed', `setcap cannot be given the name or the capabilities of ${directory.path}/${name}`);
  const answer = await runTool({ tool: 'setcap', args: text === '' ? ['-r', path] : [text, path], timeoutMs: TIMEOUT_MS, ownGroup: true });
  if (!answer.ok) return answer;
  return answer.value.exitCode === 0 ? ok(undefined) : fail('setcap-failed', `${directory.path}/${name}: its capabilities could not be set: ${answer.value.stderr.trim().slice(0, 300)}`);
}

/** Other programs reach it through drift's own descriptors. */
function pathOf(directory: DirectoryHandle, name: ByteString): string | undefined {
  return isValidUtf8(name) && !name.includes('\n') ? `${directory.shared()}/${toText(name)}` : undefined;
}
