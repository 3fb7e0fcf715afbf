import { PassThrough } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import { expect, onTestFinished, test } from 'vitest';
import { openPaint, type Painter } from '../../../src/tui/paint.ts';
import type { Screen } from '../../../src/tui/screen.ts';

const EVENTS = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGTSTP', 'SIGCONT', 'uncaughtException', 'exit'];

test('it leaves no handler of its own on the process', () => {
  const listeners = (): readonly unknown[] => EVENTS.map((event) => process.listeners(event as 'exit'));
  const before = listeners();
  const { painter } = open();
  expect(listeners()).toEqual(before);
  painter.close();
  expect(listeners()).toEqual(before);
});

test('of two pictures only what differs is sent, and nothing where nothing does', () => {
  const { painter, sent } = open();
  painter.draw(picture('the first line', 'the second line'));
  expect(sent()).toContain('the');
  painter.draw(picture('the first line', 'the second lime'));
  const change = sent();
  expect(change).toContain('m');
  expect(change).not.toContain('first');
  expect(change.length).toBeLessThan(60);
  painter.draw(picture('the first line', 'the second lime'));
  expect(sent()).toBe('');
});

test('while a terminal does not take what it was given, no picture is added; the next one is of then', () => {
  const { painter, sent, output } = open();
  painter.draw(picture('old'));
  sent();
  output.cork();
  output.write('x'.repeat(70_000));
  expect(painter.draw(picture('between'))).toBe(false);
  output.uncork();
  sent();
  expect(painter.draw(picture('new'))).toBe(true);
  expect(sent()).toContain('new');
});

test('closed twice, it gives the terminal back once', () => {
  const { painter, sent } = open();
  sent();
  painter.close();
  expect(sent()).toContain('\u001b[?1049l');
  painter.close();
  expect(sent()).toBe('');
});

/** A terminal of two streams without a user. */
function open(): { painter: Painter; output: PassThrough; sent: () => string } {
  const input = Object.assign(new PassThrough(), { isTTY: true, isRaw: false, setRawMode: () => input });
  const output = Object.assign(new PassThrough({ highWaterMark: 1_000_000 }), { isTTY: true, columns: 40, rows: 5 });
  const nothing = (): void => undefined;
  const painter = openPaint({
    input: input as unknown as ReadStream, // As much of one as is used.
    output: output as unknown as WriteStream,
    colours: true,
    mouse: true,
    onKey: nothing,
    onMouse: nothing,
    onResize: nothing,
  });
  onTestFinished(() => {
    painter.close();
  });
  const sent = (): string => {
    const bytes = output.read() as Buffer | null;
    return bytes?.toString() ?? '';
  };
  return { painter, output, sent };
}

const picture = (...rows: readonly string[]): Screen => ({
  lines: rows.map((text) => [{ text, role: 'plain' }]),
  cursor: null,
  dimmed: false,
});
