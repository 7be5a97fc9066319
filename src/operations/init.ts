// The story of `drift init`: the host as it is, as the manifest that a person would have written.
import { readHostFacts } from '../host/host-facts.ts';
import { initDraft } from '../drift/init/init.ts';
import { renderManifest } from '../manifest/render.ts';
import { day } from '../model/moment.ts';
import type { Progress } from '../model/progress.ts';
import { ok, type Result } from '../model/result.ts';
import { decidingPerson } from './deciding/deciding-person.ts';
import { observe } from './observe/observe.ts';
import { openRoot } from './open-root.ts';
import type { InitOptions, InitResult } from './options.ts';

export async function runInit(options: InitOptions, progress: Progress): Promise<Result<InitResult>> {
  const host = openRoot(options.root);
  if (!host.ok) return host;
  const observed = await observe(host.value, readHostFacts(host.value), { verify: false, sweep: true, channels: true }, progress);
  if (!observed.ok) return observed;
  const { state } = observed.value;
  const confirmed = { by: decidingPerson(process.env), on: day(Date.now()) };
  return ok({ text: renderManifest(initDraft(state, confirmed)), coverage: state.coverage });
}
