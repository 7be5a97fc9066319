// `--format`: each command has the forms that somebody reads it in.
import { string } from '@oclif/core/flags';
import type { OptionFlag } from '@oclif/core/interfaces';

/** The first is what comes without it. */
export function formatFlag(formats: readonly string[]): OptionFlag<string> {
  return string({ summary: 'Form of the output.', options: [...formats], default: formats[0]!, helpGroup: 'GLOBAL' });
}
