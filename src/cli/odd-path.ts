import { existsSync } from 'node:fs';
import { absoluteAsTyped } from '../config/identity.ts';
import { valueOf, type Invocation } from './args.ts';

/** What Node reads where bytes are no UTF-8. Which they were it does not tell, so what they name cannot be opened any more. */
const LOST = '\uFFFD';

/** One may really be called so: then it is there. */
export const isOdd = (path: string): boolean => path.includes(LOST) && !existsSync(path);

/** A path on this command line that was written in other bytes than UTF-8, in words; null: there is none. */
export function oddPath(call: Invocation): string | null {
  const named = [valueOf(call, 'file'), valueOf(call, 'state-dir') ?? process.env.SUPERVISE_STATE_DIR];
  const odd = named.map((each) => absoluteAsTyped(each ?? '/')).find(isOdd);
  return odd === undefined ? null : oddWords(odd);
}

export const oddWords = (path: string): string =>
  `${path}: a name in this path is not UTF-8 (each ${LOST} stands for bytes that are none), and Node can open no such path. ` +
  'Rename it (mv, or convmv for whole trees), or give it a second name, and use that: ln -s FOLDER /srv/app, then --file /srv/app/daemons.yaml';
