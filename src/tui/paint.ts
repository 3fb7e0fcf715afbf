/**
 * The only file that knows blessed, with everything needed to live with it (docs/decisions/008): a screen of styled lines goes to the
 * terminal, for which blessed sends only the changes; keys and mouse come back.
 */
import { createRequire } from 'node:module';
import type { ReadStream, WriteStream } from 'node:tty';
import blessed from 'blessed';
import { measure } from './cells.ts';
import { keyReader } from './key-reader.ts';
import type { Key } from './message.ts';
import { isSameLine, putLine } from './raster.ts';
import type { Screen, Size } from './screen.ts';

export interface PaintOptions {
  readonly input: ReadStream;
  readonly output: WriteStream;
  readonly colours: boolean;
  readonly mouse: boolean;
  readonly onKey: (key: Key) => void;
  readonly onMouse: (act: 'click' | 'wheel-up' | 'wheel-down', x: number, y: number) => void;
  readonly onResize: (size: Size) => void;
}

/** A terminal that is ours until `close`. */
export interface Painter {
  size(): Size;
  /** Returns whether it was drawn: not if the terminal has not accepted earlier output. */
  draw(screen: Screen): boolean;
  /** Gives the terminal back for a while; `resume` takes it again. Everything must then be redrawn. */
  suspend(): void;
  resume(): void;
  /** Restores the terminal. May be called twice. */
  close(): void;
}

/** With this much output pending, no frame is added. */
const STALLED_BYTES = 64 * 1024;

/** Buttons, moves with a button, positions beyond column 95. The last two are only ever switched off. */
const MOUSE_ON = '\x1b[?1000h\x1b[?1002h\x1b[?1006h';
const MOUSE_OFF = '\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1005l\x1b[?1006l';
/** Pastes announce themselves. */
const PASTE_ON = '\x1b[?2004h';
const PASTE_OFF = '\x1b[?2004l';
/** No attribute, the whole screen scrolls. */
const PLAIN_TERMINAL = '\x1b[m\x1b[r';

export function openPaint(options: PaintOptions): Painter {
  const { input, output, mouse } = options;
  const screen = newScreen(input, output);
  const { program } = screen;
  const reader = keyReader(options.onKey);
  const onKeypress = (text: string | undefined, key: Parameters<typeof reader.hear>[1]): void => {
    reader.hear(text, key);
  };
  const modesOn = PASTE_ON + (mouse ? MOUSE_ON : '');
  let drawn: Screen | null = null;
  let isOpen = true;

  const restore = (): void => {
    program.flush();
    program.write(MOUSE_OFF + PASTE_OFF + PLAIN_TERMINAL);
    screen.leave();
    program.flush();
  };
  const size = (): Size => ({ width: program.cols, height: program.rows });

  // blessed makes the terminal raw only if something listens for keys. We listen to its keys before it discards some.
  program.on('keypress', () => undefined);
  input.on('keypress', onKeypress);
  if (mouse)
    program.on('mouse', (event: MouseEvent) => {
      const act = MOUSE_ACTS[event.action];
      if (act !== undefined) options.onMouse(act, event.x, event.y);
    });
  program.on('resize', () => {
    // The screen has cleared itself before us.
    drawn = null;
    options.onResize(size());
  });
  program.write(modesOn);

  return {
    size,
    draw(next) {
      if (output.writableLength > STALLED_BYTES) return false;
      reader.typing = next.cursor !== null;
      fill(screen, drawn, next, options.colours);
      drawn = next;
      screen.draw(0, screen.lines.length - 1);
      if (next.cursor !== null) program.cup(next.cursor.y, next.cursor.x);
      if (program.cursorHidden !== (next.cursor === null)) {
        if (program.cursorHidden) program.showCursor();
        else program.hideCursor();
      }
      program.flush();
      return true;
    },
    suspend() {
      restore();
      input.setRawMode(false);
      input.pause();
    },
    resume() {
      input.setRawMode(false);
      input.setRawMode(true);
      input.resume();
      screen.enter();
      program.write(modesOn);
      drawn = null;
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      input.off('keypress', onKeypress);
      restore();
      screen.destroy();
    },
  };
}

/** What we use of blessed. Its published types lack the cells that `draw` compares, and `enter` and `leave`. */
interface Blessed {
  screen(options: object): CellScreen;
  readonly tput: { readonly prototype: object };
  readonly unicode: object;
}

interface CellScreen {
  /** What should be on the terminal. */
  readonly lines: readonly CellRow[];
  readonly program: Program;
  /** Empty cells for the current size, on a cleared terminal. */
  alloc(): void;
  /** Sends the dirty rows, as far as they differ from what was sent before. */
  draw(first: number, last: number): void;
  enter(): void;
  leave(): void;
  destroy(): void;
}

type CellRow = [attribute: number, text: string][] & { dirty: boolean };

interface Program {
  readonly cols: number;
  readonly rows: number;
  readonly cursorHidden: boolean;
  on(event: string, listener: (event: MouseEvent) => void): void;
  /** Bypasses its buffer, which must be flushed first. */
  write(text: string): void;
  flush(): void;
  cup(row: number, column: number): void;
  hideCursor(): void;
  showCursor(): void;
}

interface MouseEvent {
  readonly action: string;
  readonly x: number;
  readonly y: number;
}

const MOUSE_ACTS: Readonly<Record<string, 'click' | 'wheel-up' | 'wheel-down' | undefined>> = {
  mousedown: 'click',
  wheelup: 'wheel-up',
  wheeldown: 'wheel-down',
};

/** What blessed adds to the process with a screen: handlers that exit with 0, or act besides ours. */
const ITS_EVENTS = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'uncaughtException', 'exit'] as const;

/** Its types lack what is used here beyond its widgets. */
const library = blessed as unknown as Blessed;

/** `listeners` has no overload for an event of either kind. */
const listenersOf = (event: string): readonly (() => void)[] => process.listeners(event as 'exit') as (() => void)[];

function newScreen(input: ReadStream, output: WriteStream): CellScreen {
  // Real box characters instead of an alternate character set; and no `tmux -V`, which it runs to detect bugs of old versions.
  process.env.NCURSES_NO_UTF8_ACS = '1';
  delete process.env.TMUX;
  // Its parser fails on most of today's terminfo entries, or finds eight colours. It lower-cases what it takes for the name of one, so a
  // path to its own entry would not do.
  const entry = createRequire(import.meta.url).resolve('blessed/usr/xterm-256color');
  Object.assign(library.tput.prototype, { _prefix: () => entry });
  // Its own table knows no emoji. It asks only for the cells that we have filled.
  Object.assign(library.unicode, { charWidth: (text: unknown) => (typeof text === 'string' ? measure(text) : 1) });

  const before = ITS_EVENTS.map(listenersOf);
  const screen = library.screen({
    ...{ input, output, terminal: 'xterm-256color' },
    ...{ warnings: false, forceUnicode: true, fullUnicode: true },
  });
  ITS_EVENTS.forEach((event, at) => {
    for (const listener of listenersOf(event))
      if (before[at]?.includes(listener) !== true) process.off(event, listener);
  });
  return screen;
}

/** Writes changed lines into the cells of the screen. */
function fill({ lines }: CellScreen, drawn: Screen | null, next: Screen, colours: boolean): void {
  lines.forEach((row, y) => {
    const line = next.lines[y] ?? [];
    if (drawn !== null && isSameLine(drawn.lines[y], line)) return;
    putLine(line, row.length, colours, (x, attribute, text) => {
      const cell = row[x];
      if (cell === undefined || (cell[0] === attribute && cell[1] === text)) return;
      cell[0] = attribute;
      cell[1] = text;
      row.dirty = true;
    });
  });
}
