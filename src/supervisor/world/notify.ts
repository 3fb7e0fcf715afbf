/** The boundary protocol (docs/writing-a-daemon.md): lines of fd 3 -> words. Unknown keys are ignored, the first bad line is reported. */
import { cleanText } from '../../base/clean.ts';
import { lineSplitter } from '../../base/lines.ts';
import type { Word } from '../lifecycle/boundary.ts';

/** A line of the protocol fits into PIPE_BUF, so lines of several writers never mix. */
const LINE_MAX = 4_096;
const STATUS_MAX = 200;
/** How much of a line that is not understood is shown. */
const SHOWN_MAX = 60;

export interface Listener {
  hear(chunk: Buffer, ear: Ear): void;
  /** A line has begun and its end was not read. */
  readonly isInLine: boolean;
}

export interface Ear {
  readonly take: (word: Word) => void;
  /** The first line that is malformed or too long, in words; further ones would say no more. */
  readonly misheard: (line: string) => void;
  /** An iteration may have begun in something not understood: its position is unknown until its next word. */
  readonly missed: () => void;
}

export function listener(): Listener {
  const lines = lineSplitter({ maxBytes: LINE_MAX, overlong: 'drop' });
  let hasMisheard = false;
  let dropped = 0;
  return {
    hear(chunk, { take, misheard, missed }) {
      const tell = (line: string): void => {
        if (!hasMisheard) misheard(line);
        hasMisheard = true;
      };
      const passOverTooLong = (): void => {
        if (lines.dropped === dropped) return;
        dropped = lines.dropped;
        tell(`a line of more than ${LINE_MAX} bytes`);
        missed();
      };
      lines.push(chunk, (line) => {
        passOverTooLong();
        const word = parseWord(line);
        if (word === 'malformed') tell(`"${cleanText(line, SHOWN_MAX)}"`);
        else if (word !== 'unknown') take(word);
        if (hidesBeginning(line, word)) missed();
      });
      passOverTooLong();
    },
    get isInLine() {
      return lines.open;
    },
  };
}

/** BUSY spelled differently (BUSY=yes), or after something without a newline: nonsense, a text, or another word. */
function hidesBeginning(line: string, word: ReturnType<typeof parseWord>): boolean {
  if (typeof word === 'object' && (word.key === 'BUSY' || word.key === 'ITERATION')) return false;
  return line.includes('BUSY=') || line.includes('ITERATION=');
}

export function parseWord(line: string): Word | 'unknown' | 'malformed' {
  // An empty line is READY, as with other supervisors that signal readiness by a newline.
  if (line === '') return { key: 'READY' };
  const equals = line.indexOf('=');
  if (equals < 1) return 'malformed';
  const value = line.slice(equals + 1);
  switch (line.slice(0, equals)) {
    case 'READY':
      return value === '1' ? { key: 'READY' } : 'malformed';
    case 'BUSY':
      return value === '1' ? { key: 'BUSY' } : 'malformed';
    case 'IDLE':
      return value === '1' ? { key: 'IDLE' } : 'malformed';
    case 'STOPPING':
      return value === '1' ? { key: 'STOPPING' } : 'malformed';
    case 'ITERATION':
      return withNumber(value, (done) => ({ key: 'ITERATION', done }));
    case 'EXIT_STATUS':
      return withNumber(value, (code) => ({ key: 'EXIT_STATUS', code }));
    case 'EXTEND_TIMEOUT_USEC':
      // UINT64_MAX means "for ever" in sd_notify; the cap is applied where it counts (EXTEND_FACTOR).
      return /^\d{16,20}$/.test(value)
        ? { key: 'EXTEND', ms: Number.MAX_SAFE_INTEGER / 1000 }
        : withNumber(value, (usec) => ({ key: 'EXTEND', ms: usec / 1000 }));
    case 'STATUS':
      // It is shown in tables.
      return { key: 'STATUS', text: cleanText(value.replaceAll('\t', ' '), STATUS_MAX) };
    case 'PROGRESS': {
      const [, done, total] = /^(\d{1,15})\/(\d{1,15})$/.exec(value) ?? [];
      return total === undefined ? 'malformed' : { key: 'PROGRESS', done: Number(done), total: Number(total) };
    }
    case 'WAITING':
      return /^[\w.:@/-]{1,100}$/.test(value) ? { key: 'WAITING', resource: value } : 'malformed';
    case 'SPEAKER':
      return withNumber(value, (pid) => ({ key: 'SPEAKER', pid, beside: null }));
    default:
      return 'unknown';
  }
}

function withNumber(value: string, make: (number: number) => Word): Word | 'malformed' {
  return /^\d{1,15}$/.test(value) ? make(Number(value)) : 'malformed';
}
