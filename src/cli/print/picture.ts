/** A picture redrawn over the whole terminal, which is restored when it is over. */
import { measureFor } from '../../base/width.ts';
import { cutLine } from './cut.ts';

/** The alternate screen, no cursor, and what is too wide is cut rather than wrapped. */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J';
const LEAVE = '\u001b[m\u001b[?7h\u001b[?25h\u001b[?1049l';

export class Picture {
  #isOpen = false;
  #isOver = false;
  #shown: readonly string[] = [];

  /** A terminal that identifies itself: TERM is neither empty nor `dumb`. */
  static canDraw(env: Readonly<Record<string, string | undefined>>): boolean {
    const { TERM = '' } = env;
    return process.stdout.isTTY && TERM !== '' && TERM !== 'dumb';
  }

  get rows(): number {
    return Math.max(1, process.stdout.rows || 24);
  }

  get columns(): number {
    return Math.max(1, process.stdout.columns || 80);
  }

  /** What does not fit is cut. A picture still waiting to be written is not followed by another. */
  async draw(lines: readonly string[]): Promise<void> {
    const measure = await measureFor(lines.map((line) => line.replaceAll(/\u001b\[[0-9;]*m/g, '')));
    const { rows, columns } = this;
    if (this.#isOver || process.stdout.writableLength > 0) return;
    const fitting =
      lines.length <= rows ? lines : [...lines.slice(0, rows - 1), `… ${lines.length - rows + 1} more lines`];
    this.#shown = fitting.map((line) => cutLine(line, columns, measure));
    // Each row is positioned, so that none depends on another. Cleared before its text: after it, the last cell would go too.
    const drawn = this.#shown.map((line, row) => `\u001b[${row + 1};1H\u001b[2K${line}`);
    const rest = drawn.length < rows ? `\u001b[${drawn.length + 1};1H\u001b[J` : '';
    process.stdout.write((this.#isOpen ? '' : ENTER) + drawn.join('') + rest);
    this.#isOpen = true;
  }

  /** Gives the terminal back; the next `draw` takes it again. */
  suspend(): void {
    if (this.#isOpen) process.stdout.write(LEAVE);
    this.#isOpen = false;
  }

  /** Whatever had the terminal meanwhile may have changed it: the next `draw` takes it anew. */
  forget(): void {
    this.#isOpen = false;
  }

  /** For good. The last picture stays, below what was there before. */
  close(): void {
    if (this.#isOver) return;
    this.suspend();
    this.#isOver = true;
    if (this.#shown.length > 0) process.stdout.write(`${this.#shown.join('\n')}\n`);
  }
}
