// `--history` of check and explain: what people typed is read only when somebody asks for it.
import { boolean } from '@oclif/core/flags';

export function historyFlag(): ReturnType<typeof boolean<boolean>> {
  return boolean({ summary: 'Look for the strays in shell histories and logs of logins too; the evidence then quotes them.' });
}
