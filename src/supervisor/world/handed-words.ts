/** A file by which a supervisor hands something on that only its memory has: written at the end of the one, taken away by the next. */
import fs from 'node:fs';
import { sumOf } from '../../base/sum.ts';
import { isErrno } from './errno.ts';

/** False where it could not be written. */
export function leaveFor(file: string, what: unknown): boolean {
  const text = JSON.stringify(what);
  try {
    // A FIFO in its place would hold us for ever, a link would lead elsewhere.
    fs.rmSync(file, { recursive: true, force: true });
    fs.writeFileSync(file, `${sumOf(text)} ${text}`, { mode: 0o600, flag: 'wx' });
    return true;
  } catch (error) {
    if (!isErrno(error)) throw error;
    return false;
  }
}

/** null: nothing was left, or it is not whole. The sum says that it is what `leaveFor` has written, so its shape is not looked at again. */
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
