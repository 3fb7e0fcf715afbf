import { existsSync } from 'node:fs';
import { absoluteAsTyped } from '../config/identity.ts';
import { valueOf, type Invocation } from './args.ts';

/** What Node reads where bytes are no UTF-8. Which they were it does not tell, so what they name cannot be opened any more. */
const LOST = '\uFFFD';

const WITHOUT_LIST = new Set<Invocation['command']>(['version', 'completion', 'demo', 'help']);

/** A path of this command that was written in other bytes than UTF-8, in words; null: there is none. */
export function oddPath(call: Invocation): string | null {
  if (WITHOUT_LIST.has(call.command)) return null;
  const paths = [valueOf(call, 'file') ?? '.', valueOf(call, 'state-dir') ?? process.env.SUPERVISE_STATE_DIR ?? ''];
  // One may really be called so: then it is there.
  const odd = paths.map((each) => absoluteAsTyped(each)).find((each) => each.includes(LOST) && !existsSync(each));
  if (odd === undefined) return null;
  return (
    `${odd}: a name in this path is not UTF-8 (each ${LOST} stands for bytes that are none), and Node can open no such path. ` +
    'Rename it (mv, or convmv for whole trees), or give it a second name: ln -s FOLDER /srv/app, then --file /srv/app/daemons.yaml'
  );
}
