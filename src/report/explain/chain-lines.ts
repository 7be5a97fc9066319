// From a package up to what keeps it: a line of the manifest, or the base of the system.
import type { Chain, ChainStep } from '../../model/explanation.ts';
import { packageLabel } from '../../model/package.ts';
import type { TextOptions } from '../text-options.ts';
import { visibleMessage, visibleText } from '../visible.ts';
import { wrap } from '../wrap.ts';

const WORDS: Readonly<Record<NonNullable<ChainStep['strength']>, string>> = {
  strong: 'needed by', weak: 'recommended by', supplement: 'supplements', kernel: 'kernel of',
};
const MAX_DEPTH = 10;

/** `named`: the first package is said too, because it is not clear which it is. */
export function chainLines(chain: Chain, named: boolean, options: TextOptions): string[] {
  const lines: string[] = [];
  const [first, ...rest] = chain.steps;
  let depth = 1;
  const say = (text: string): void => {
    const indent = '  '.repeat(Math.min(depth, MAX_DEPTH));
    lines.push(...wrap(visibleMessage(text), indent, `${indent}    `, options.width));
    depth++;
  };
  if (named && first !== undefined) say(packageLabel(first.package));
  let previous = first;
  for (const step of rest) {
    const requirement = previous?.requirement === undefined ? '' : ` (${visibleText(previous.requirement)})`;
    say(`${WORDS[previous?.strength ?? 'strong']} ${packageLabel(step.package)}${requirement}`);
    previous = step;
  }
  const { root } = chain;
  const alone = !named && rest.length === 0 && first !== undefined ? `${first.package.name} is ` : '';
  say(alone + (root.kind === 'declared' ? `declared at ${root.declaredAt.file}:${root.declaredAt.line}${root.label === previous?.package.name ? '' : ` as ${root.label}`}` : `in the base of the system: ${root.because}`));
  return lines;
}
