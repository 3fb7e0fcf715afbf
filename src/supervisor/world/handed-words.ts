/** A file by which a supervisor hands over what only its memory holds: written at the end of one, removed by the next. */
import fs from 'node:fs';
import { sumOf } from '../../base/sum.ts';
import { isErrno } from './errno.ts';

/** False if it could not be written. */
export function leaveFor(file: string, what: unknown): boolean {
  const text = JSON.stringify(what);
  try {
    // A FIFO in its place would block us for ever, a link would lead elsewhere.
    fs.rmSync(file, { recursive: true, force: true });
    fs.writeFileSync(file, `${sumOf(text)} ${text}`, { mode: 0o600, flag: 'wx' });
    return true;
  } catch (error) {
    if (!isErrno(error)) throw error;
    return false;
  }
}

/** null: nothing was left, or it is torn. The checksum proves that `leaveFor` wrote it, so its shape is not checked again. */
export function takeLeft(file: string): unknown {
  try {
    if (!fs.lstatSync(file).isFile()) return null;
    const written = fs.readFileSync(file, 'utf8');
    fs.rmSync(file, { force: true });
    const text = written.slice(written.indexOf(' ') + 1);
    return written === `${sumOf(text)} ${text}` ? JSON.parse(text) : null;
  } catch (error) {
    if (!isErrno(error)) throw error;
    return null;
  }
}
