/** The signs of the screen, for terminals with and without Unicode. */
import type { StateName } from '../control/view.ts';
import { measure } from './cells.ts';
import type { Line, Role } from './screen.ts';

export type GlyphSet = 'unicode' | 'ascii';

interface Sign {
  readonly unicode: string;
  readonly ascii: string;
  readonly role: Role;
}

/** In the order in which counts are told. */
export const STATE_SIGNS: Readonly<Record<StateName, Sign>> = {
  failed: { unicode: '✗', ascii: 'x', role: 'bad' },
  killing: { unicode: '◐', ascii: '~', role: 'bad' },
  running: { unicode: '●', ascii: '*', role: 'good' },
  starting: { unicode: '◌', ascii: '+', role: 'busy' },
  draining: { unicode: '◐', ascii: '~', role: 'warning' },
  waiting: { unicode: '…', ascii: '.', role: 'busy' },
  backoff: { unicode: '↻', ascii: 'z', role: 'warning' },
  stopped: { unicode: '○', ascii: 'o', role: 'faint' },
  exited: { unicode: '✓', ascii: '-', role: 'faint' },
};

/** Stuck or looping, whatever the state is. */
export const TROUBLE_SIGN: Sign = { unicode: '!', ascii: '!', role: 'bad' };

/** What panels draw, for a terminal that knows ASCII only; letters that it cannot show become `?`, as wide as they were. */
export const asciiLine = (line: Line): Line =>
  line.map((each) => (PRINTABLE.test(each.text) ? each : { ...each, text: asciiText(each.text) }));

const PRINTABLE = /^[\x20-\x7e]*$/;

const SPELLING: Readonly<Record<string, string>> = {
  '─': '-',
  '│': '|',
  '·': '-',
  '…': '~',
  '▸': '>',
  '←': '<',
  '→': '>',
  '↑': '^',
  '↓': 'v',
  '■': '#',
  '▓': '#',
  '░': '.',
};

const asciiText = (text: string): string =>
  Array.from(new Intl.Segmenter().segment(text), ({ segment }) =>
    PRINTABLE.test(segment) ? segment : (SPELLING[segment] ?? '?'.repeat(measure(segment))),
  ).join('');
