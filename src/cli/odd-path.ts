import { existsSync } from 'node:fs';
import { absoluteAsTyped } from '../config/identity.ts';
import { valueOf, type Invocation } from './args.ts';

/** What Node reads for bytes that are not UTF-8. The original bytes are lost, so what they name cannot be opened any more. */
const LOST = '\uFFFD';

/** A file may really have such a name: then it exists. */
export const isOdd = (path: string): boolean => path.includes(LOST) && !existsSync(path);

/** A path on this command line written in bytes other than UTF-8, in words, or null. */
export function oddPath(call: Invocation): string | null {
  const named = [valueOf(call, 'file'), valueOf(call, 'state-dir') ?? process.env.SUPERVISE_STATE_DIR];
  const odd = named.map((each) => absoluteAsTyped(each ?? '/')).find(isOdd);
  return odd === undefined ? null : oddWords(odd);
}

export const oddWords = (path: string): string =>
  `${path}: a name in this path is not UTF-8 (each ${LOST} stands for bytes that are none), and Node can open no such path. ` +
  'Rename it (mv, or convmv for whole trees), or give it a second name, and use that: ln -s FOLDER /srv/app, then --file /srv/app/daemons.yaml';
