/** How the lines of daemons, and our own among them, look on stdout. */
import { cleanText } from '../../base/clean.ts';
import { NEWLINE } from '../../base/lines.ts';
import type { OutageRecord } from '../../logs/held-records.ts';
import { prefixLines } from '../../logs/line.ts';
import type { LineForm, Lines } from '../../logs/out-sink.ts';
import { droppedWords } from '../../logs/own-lines.ts';
import { withPriority } from '../../systemd/priority.ts';
import { colourOfName } from './colour.ts';
import { ownRecord } from './json-terminal.ts';
import type { Terminal } from './terminal.ts';

export interface StdoutForm extends LineForm {
  /** The line that says how many are missing. */
  readonly lost: (lost: OutageRecord) => Buffer;
}

export function formFor(terminal: Terminal, format: 'text' | 'json'): StdoutForm {
  const own = (words: string, daemon: string | null): Buffer => {
    const text =
      format === 'json'
        ? ownRecord(words, 'warning', daemon)
        : `${daemon === null ? '' : `${daemon} | `}supervise: ${words}`;
    return Buffer.from(`${terminal.isJournal ? withPriority(text, 'warning') : text}\n`);
  };
  return {
    lines: format === 'json' ? (lines) => asJson(lines, terminal.isJournal) : textForm(terminal),
    own: (daemon, words) => own(words, daemon),
    lost: (lost) => own(droppedWords(lost), null),
  };
}

function textForm({ isTerminal, isJournal, colours }: Terminal): LineForm['lines'] {
  if (!isTerminal) return (lines) => asBytes(lines, isJournal);
  // A terminal obeys what it is sent, and a stranger may have written it.
  return ({ origin: { id }, bytes }) =>
    eachLine(bytes, (line) => `${colourOfName(id, `${id} |`, colours)} ${cleanText(line.toString())}`);
}

/** The raw bytes. In a journal, stderr counts as a warning. */
function asBytes({ origin: { id, stream }, bytes }: Lines, isJournal: boolean): Buffer {
  const name = `${id} | `;
  const prefix = Buffer.from(isJournal ? withPriority(name, LEVEL[stream]) : name);
  return prefixLines(bytes, prefix, false, OWN_MEMORY);
}

function asJson(
  { daemon, origin: { id, run, stream }, bytes, firstAtMs, atMs, goesOn }: Lines,
  isJournal: boolean,
): Buffer {
  const rest = new Date(atMs).toISOString();
  let time = new Date(firstAtMs).toISOString();
  return eachLine(bytes, (line) => {
    const part = goesOn ? { partial: true } : {};
    const text = JSON.stringify({ time, daemon, instance: id, run, stream, line: line.toString(), ...part });
    time = rest;
    return isJournal ? withPriority(text, LEVEL[stream]) : text;
  });
}

function eachLine(bytes: Buffer, form: (line: Buffer) => string): Buffer {
  const formed: string[] = [];
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf(NEWLINE, from);
    formed.push(form(bytes.subarray(from, end)), '\n');
    from = end + 1;
  }
  return Buffer.from(formed.join(''));
}

const LEVEL = { out: 'info', err: 'warning' } as const;

/** Memory of what waits for its reader is not reused. */
const OWN_MEMORY = { room: (length: number): Buffer => Buffer.allocUnsafe(length) };
