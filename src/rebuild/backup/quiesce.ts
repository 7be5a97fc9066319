// How to bring to rest what writes to a path of the backup set.
import type { BackupEntry } from '../../model/backup.ts';
import { isWithin, type BytePath } from '../../model/bytes.ts';
import { PRODUCTS_WITH_DATA } from './products.ts';

/** Undefined where nothing is known to write there. */
export function quiesceHint({ class: of, owner, path }: Pick<BackupEntry, 'path' | 'class' | 'owner'>): string | undefined {
  if (of !== 'data') return undefined;
  const product = PRODUCTS_WITH_DATA.find(({ directories }) => directories.some((directory) => isWithin(path, directory)));
  if (product !== undefined) return product.quiesce;
  return owner?.endsWith('.service') === true ? `stop ${owner}` : storeHint(path);
}

function storeHint(path: BytePath): string | undefined {
  return /\/(?:docker|containers\/storage)\/volumes$/.test(path) ? 'stop the containers that use them' : undefined;
}
