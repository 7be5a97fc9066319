// Where the system starts with nothing (file-hierarchy(7)): what a package ships there need not be there.
import { isWithin, type BytePath } from '../model/bytes.ts';

const EMPTIED_AT_BOOT: readonly BytePath[] = ['/run', '/tmp', '/dev', '/proc', '/sys'];

export function isVolatile(path: BytePath): boolean {
  return EMPTIED_AT_BOOT.some((top) => isWithin(path, top));
}
