// Proves links that enable packaged units and init scripts: what they lead to is owned and goes by the link's name (systemd.unit(5), update-rc.d(8)).
import { baseOf, parentOf, type BytePath, type ByteString } from '../../model/bytes.ts';
import type { FileFacts } from '../../model/file.ts';
import type { Proof, ProofRule } from '../../model/proof.ts';
import { ownerName, type ProofContext } from './proof-context.ts';

export function enablementProof(context: ProofContext): ProofRule {
  const { host, owned } = context;
  function prove(facts: FileFacts): Proof | undefined {
    if (facts.type !== 'link' || facts.launch !== 'enablement-link') return undefined;
    const name = baseOf(facts.path);
    if (facts.target === '/dev/null') return { mechanism: 'masked-unit', detail: 'leads to /dev/null: the unit is masked and starts nothing', files: [] };
    const real = host.realpath(facts.path);
    if (!real.ok || !owned.owns(real.value)) return undefined;
    const target = real.value;
    const rc = /^\/etc\/(rc\.d\/)?rc[0-6S]\.d\/[SK]\d\d(.+)$/.exec(facts.path);
    const fits = rc !== null ? isInitScript(target) && rc[2] === baseOf(target) : isUnitDirectory(parentOf(target)) && goesBy(name, target, facts);
    if (!fits) return undefined;
    const owner = ownerName(context, target);
    return { mechanism: 'enablement-link', detail: `enables ${baseOf(target)} of ${owner}`, files: [target], package: owner };
  }
  /** A link of another name would start a packaged unit in place of another one. */
  function goesBy(name: ByteString, target: BytePath, facts: FileFacts): boolean {
    if (isCalled(name, baseOf(target))) return true;
    if (name === 'default.target') return target.endsWith('.target');
    // A packaged alias link: its own path is owned and has this name.
    const direct = host.realParent(facts.target!.startsWith('/') ? facts.target! : `${parentOf(facts.path)}/${facts.target!}`);
    if (direct.ok && owned.owns(direct.value) && isCalled(name, baseOf(direct.value))) return true;
    return aliasesOf(target).some((alias) => isCalled(name, alias));
  }
  /** `Alias=` of the unit's [Install] section and of its packaged drop-ins. */
  function aliasesOf(unit: BytePath): readonly string[] {
    return [unit, ...owned.namesIn(`${unit}.d`).filter((path) => path.endsWith('.conf'))].flatMap((path) => {
      const text = host.readBytes(path, 1024 * 1024);
      if (!text.ok) return [];
      return text.value.split('\n').filter((line) => line.startsWith('Alias=')).flatMap((line) => line.slice(6).trim().split(/[ \t]+/));
    });
  }
  return { mechanism: 'enablement-link', prove };
}

function isInitScript(path: BytePath): boolean {
  return /^\/etc\/(rc\.d\/)?init\.d\/[^/]+$/.test(path);
}

function isUnitDirectory(dir: BytePath): boolean {
  return /^(\/usr)?\/lib\/systemd\/(system|user)$/.test(dir) || /^\/etc\/systemd\/(system|user)$/.test(dir) || /^\/usr\/share\/systemd\/user$/.test(dir);
}

/** `getty@tty1.service` is an instance of `getty@.service`. */
function isCalled(name: ByteString, unit: ByteString): boolean {
  if (name === unit) return true;
  const at = unit.indexOf('@.');
  if (at === -1) return false;
  const suffix = unit.slice(at + 1);
  return name.startsWith(unit.slice(0, at + 1)) && name.endsWith(suffix) && name.length > unit.length;
}
