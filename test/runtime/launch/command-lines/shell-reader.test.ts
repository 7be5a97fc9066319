// Simple commands of shell text: what each would run, with directories, variables, quotes, here-documents, and texts that are made to take long.
import { describe, expect, it } from 'vitest';
import { readShell, type ShellScope } from '../../../../src/runtime/launch/command-lines/shell-reader.ts';
import { processorMs } from '../../../support/processor-time.ts';

function scope(): ShellScope {
  return { variables: new Map([['HOME', '/root']]), functions: new Set(), directory: '/', budget: 20_000, room: 1024 * 1024 };
}

/** Each command as 'directory: words', unknown words in angle brackets. */
function commands(text: string): readonly string[] {
  const out: string[] = [];
  readShell(text, 1, scope(), ({ words, assigned }, { directory }) => {
    const all = [...assigned.map(({ name, value }) => `${name}=${value.known ? value.text : `<${value.text}>`}`), ...words.map(({ text: word, known }) => (known ? word : `<${word}>`))];
    out.push(`${directory ?? '?'}: ${all.join(' ')}`);
  });
  return out;
}

describe('readShell', () => {
  it.each<[string, readonly string[]]>([
    ['cd /x && ./y; /opt/z -a | tee', ['/: cd /x', '/x: ./y', '/x: /opt/z -a', '/x: tee']],
    ['test -x /a && /a', ['/: test -x /a', '/: /a']],
    ['[ -x /a ] && { /a; /b; }', ['/: [ -x /a ]', '/: /a', '/: /b']],
    ['(cd /x; ./y) ; ./z', ['/: cd /x', '/x: ./y', '/: ./z']],
    ['if ! /a; then /b; elif /c; then /d; else /e; fi', ['/: /a', '/: /b', '/: /c', '/: /d', '/: /e']],
    ['for i in /x /y; do /run "$i"; done', ['/: /run <$i>']],
    ['while /a; do /b; done < /in', ['/: /a', '/: /b']],
    ['case "$1" in\n start|go) /a ;;\n (stop) /b;;\n *) /c\nesac\n/d', ['/: /a', '/: /b', '/: /c', '/: /d']],
    ['f() { /a; }; function g { /b; }; f', ['/: /a', '/: /b', '/: f']],
    ['X=/opt; $X/run "${X}/two" \'$X\'', ['/: X=/opt', '/: /opt/run /opt/two $X']],
    ['N="nice -n 10"; $N /opt/x', ['/: N=nice -n 10', '/: nice -n 10 /opt/x']],
    ['A=1 B=2 /opt/x c', ['/: A=1 B=2 /opt/x c']],
    ['/o\\pt/x "/a b" \'/c d\' $\'/\\x65\\166il\'', ['/: /opt/x /a b /c d /evil']],
    ['/x $(/in one) `/in two` "$(/in three)"', ['/: /in one', '/: /in two', '/: /in three', '/: /x <$(/in one)> <`/in two`> <$(/in three)>']],
    ['/x >/dev/null 2>&1 </in &>/log & /y', ['/: /x', '/: /y']],
    ['/x # /comment\n/y#no', ['/: /x', '/: /y#no']],
    ['cat <<EOF\n/not/run\nEOF\n/y', ['/: cat', '/: /y']],
    ['[[ -f /a && $x < /b ]] && /c', ['/: [[', '/: /c']],
    ['/x *.sh [ab] {1,2} ~/y', ['/: /x <*.sh> <[ab]> <{1,2}> /root/y']],
    ['cd $D && ./x', ['/: cd <$D>', '?: ./x']],
    ['/long \\\n  arg', ['/: /long arg']],
    ['export LD_PRELOAD=/x.so; unset HOME; cd; ./y', ['/: LD_PRELOAD=/x.so export LD_PRELOAD=/x.so', '/: unset HOME', '/: cd', '?: ./y']],
    ['diff <(/a) <(/b)', ['/: /a', '/: /b', '/: diff </dev/fd/63> </dev/fd/63>']],
    ['/x\r\n/y\r\n', ['/: /x', '/: /y']],
    ['echo $((1+2)) ; ((i++)); /z', ['/: echo <$((1+2))>', '/: /z']],
  ])('%j', (text, expected) => {
    expect(commands(text)).toEqual(expected);
  });

  it('hands a here-document to the command that reads it', () => {
    const inputs: string[] = [];
    readShell('sh <<-\'END\' | cat\n\t/opt/x\n\tEND\n/y', 1, scope(), ({ words, input }) => inputs.push(`${words[0]!.text}:${input ?? ''}`));
    expect(inputs).toEqual(['sh:\t/opt/x\n', 'cat:\t/opt/x\n', '/y:']);
  });

  it('counts lines', () => {
    const lines: number[] = [];
    readShell('/a\n\n/b $(\n/c\n)\n/d', 5, scope(), ({ line }) => lines.push(line));
    expect(lines).toEqual([5, 8, 7, 10]);
  });

  it.each([
    ['unclosed', `/x "${'a'.repeat(100)}`], ['only a quote', "'"], ['only a backslash', '\\'], ['operators', ';;&&||)(<<>>'], ['half of everything', 'case x in ( $( ` ${ $(( <<'],
    ['no blanks', '\0\x01\xff'], ['braces', '${{{{'], ['a keyword alone', 'for'], ['arrays', 'X=('],
  ])('ends on %s', (_, text) => {
    expect(() => commands(text)).not.toThrow();
  });

  it.each([
    ['one word of a megabyte', `/${'x'.repeat(1 << 20)}`], ['substitutions', '$(x) '.repeat(200_000)], ['nested substitutions', '$('.repeat(300_000)], ['backquotes', '`'.repeat(500_000)],
    ['open quotes', '"'.repeat(500_001)], ['parentheses', '('.repeat(1 << 20)], ['here-documents', '<<A '.repeat(200_000)], ['assignments', 'A=1 '.repeat(250_000)], ['values that double', `${'X=$X$X;'.repeat(5_000)}`],
    ['values that add up', `X=${'y'.repeat(4000)};${'A=$X$X$X$X$X$X$X$X;'.repeat(20_000)}`], ['braces', '${x:-'.repeat(200_000)], ['comments', '#\n'.repeat(500_000)], ['cases', 'case x in '.repeat(100_000)],
    ['definitions', 'f( '.repeat(300_000)], ['arithmetic', '$(('.repeat(300_000)], ['escapes', "$'".repeat(500_000)],
  ])('takes no long time for %s', (_, text) => {
    const began = processorMs();
    commands(text);
    expect(processorMs() - began).toBeLessThan(20_000);
  });
});
