/**
 * From a key to the bytes of its picture, within the screen's own process: 1,000 instances, 100 of which change ten times a second, at
 * 120x40. Waiting for a frame (at most its rate) and the terminal itself come on top.
 */
import { PassThrough } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import type { InstanceView } from '../src/control/view.ts';
import type { Message } from '../src/tui/message.ts';
import { newModel } from '../src/tui/model.ts';
import { openPaint } from '../src/tui/paint.ts';
import { update } from '../src/tui/update.ts';
import { isMoving, view } from '../src/tui/view.ts';
import { connected, daemon, supervisor } from '../test/support/screens.ts';

const INSTANCES = 1_000;
const CHANGING = 100;
const KEYS = 300;
const size = { width: 120, height: 40 };

const painter = openPainter();
let now = Date.now();
let model = newModel({ size, now, glyphs: 'unicode', list: 'daemons.yaml' });
const ids = Array.from({ length: INSTANCES }, (_, index) => `worker:${index + 1}`);
hear(connected(ids.map((id, index) => busy(id, index))));

report('a key: down', () => ({ is: 'key', key: 'j' }));
report('a key: a page down, and back', (turn) => ({ is: 'key', key: turn % 20 < 10 ? 'pagedown' : 'pageup' }));
report('100 of 1,000 have changed', changed);
report('a second has passed', () => ({ is: 'tick' }));
painter.close();

/** Each message is processed and drawn; before each, others change, as in reality. */
function report(what: string, message: (turn: number) => Message): void {
  const times = Array.from({ length: KEYS }, (_, turn) => {
    now += 100;
    hear(changed(turn));
    const next = message(turn);
    const since = performance.now();
    hear(next);
    painter.draw(view(model));
    return performance.now() - since;
  });
  const moving = Array.from({ length: 50 }, () => {
    now += 1_000;
    hear({ is: 'tick' });
    const since = performance.now();
    isMoving(model);
    return performance.now() - since;
  });
  const [half, most] = [0.5, 0.99].map((part) => quantile(times, part));
  console.log(
    `${what.padEnd(34)} half ${half} ms, 99 of 100 ${most} ms; whether time moves it: ${quantile(moving, 0.5)} ms`,
  );
}

function hear(message: Message): void {
  ({ model } = update(model, message, now));
}

function changed(turn: number): Message {
  const from = (turn % (INSTANCES / CHANGING)) * CHANGING;
  const instances = ids.slice(from, from + CHANGING).map((id, index) => busy(id, turn * 1_000 + index));
  return { is: 'changed', supervisor: supervisor(), instances };
}

function busy(id: string, iterations: number): InstanceView {
  return daemon(id, { iterations, busy: iterations % 3 === 0, iteration_ms: iterations % 3 === 0 ? 1_200 : null });
}

function quantile(times: readonly number[], part: number): string {
  const sorted = times.toSorted((a, b) => a - b);
  return (sorted[Math.floor(sorted.length * part)] ?? 0).toFixed(2);
}

/** A terminal of two streams that accepts everything. */
function openPainter(): ReturnType<typeof openPaint> {
  const input = Object.assign(new PassThrough(), { isTTY: true, isRaw: false, setRawMode: () => input });
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: size.width, rows: size.height });
  output.resume();
  const nothing = (): void => undefined;
  return openPaint({
    input: input as unknown as ReadStream, // As much of one as is used.
    output: output as unknown as WriteStream,
    ...{ colours: true, mouse: false, onKey: nothing, onMouse: nothing, onResize: nothing },
  });
}
