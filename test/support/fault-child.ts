// One step of a run on a root, in a process of its own that the kernel kills at the call that it was told: node test/support/fault-child.ts ROOT PLAN STEP AT [late]
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const [root = '', planFile = '', step = '', at = '', late] = process.argv.slice(2);
if (late === 'late') {
  registerHooks({
    resolve: (specifier, context, next) => (specifier === './journal.ts' && context.parentURL?.includes('/src/apply/') === true ? next(new URL('late-journal.ts', import.meta.url).href, context) : next(specifier, context)),
  });
}
const { apply, must, pruneLast, recoverAll, ROOTS, undoLast } = await import('./apply-host.ts');
const { withFault } = await import('./fault-points.ts');
const plan = JSON.parse(readFileSync(planFile, 'utf8'));
const calls: Record<string, number> = {};
const seen = (name: string): void => void (calls[name] = (calls[name] ?? 0) + 1);
await withFault({ at: Number(at), what: 'sigkill', seen }, async () => {
  switch (step) {
    case 'apply': return must(await apply(root, plan, { accounts: ROOTS }));
    case 'undo': return must(await undoLast(root));
    case 'recover': return must(await recoverAll(root));
    case 'prune': return must(pruneLast(root));
    default: throw new Error(`${step} is no step`);
  }
});
process.stdout.write(JSON.stringify(calls));
