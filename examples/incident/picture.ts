/** Two showings -> one SVG: starts per second above, refused connections per second below. Its colours work on light and on dark. */
import type { Curves } from './figures.ts';

export interface Line {
  /** Its words in the legend. */
  readonly words: string;
  readonly curves: Curves;
}

export interface Picture {
  readonly loop: Line;
  readonly supervise: Line;
  /** Seconds from the beginning of the trouble. */
  readonly fullAt: number;
  readonly wellAt: number;
}

const WIDTH = 760;
const LEFT = 44;
const RIGHT = 12;
const PANEL = { height: 120, gap: 46, top: 92 };
const INK = '#7d8590';
const COLOUR = { loop: '#e0702a', supervise: '#2f8fe8' } as const;
/** So that a quiet second is not drawn as a mountain. */
const LEAST_TOP = 5;

interface Panel {
  readonly title: string;
  readonly y: number;
  readonly loop: readonly number[];
  readonly supervise: readonly number[];
}

export function drawIncident(picture: Picture): string {
  const { loop, supervise, fullAt, wellAt } = picture;
  const { from } = loop.curves;
  const seconds = Math.min(loop.curves.starts.length, supervise.curves.starts.length);
  const xOf = (second: number): number => LEFT + ((second - from) / seconds) * (WIDTH - LEFT - RIGHT);
  const [first, second] = [PANEL.top, PANEL.top + PANEL.height + PANEL.gap];
  const bottom = second + PANEL.height;
  const height = bottom + 40;
  const panels: readonly Panel[] = [
    {
      ...{ title: 'workers started, per second', y: first },
      ...{ loop: loop.curves.starts, supervise: supervise.curves.starts },
    },
    {
      ...{ title: 'connections refused, per second', y: second },
      ...{ loop: loop.curves.refused, supervise: supervise.curves.refused },
    },
  ];
  const band = (a: number, b: number, words: string, opacity: number): string =>
    `<rect x="${at(xOf(a))}" y="${first - 22}" width="${at(xOf(b) - xOf(a))}" height="${bottom - first + 22}" fill="${INK}" opacity="${opacity}"/>` +
    text(xOf((a + b) / 2), first - 28, words, 'middle');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    `<title>Workers started and connections refused, per second: a loop that restarts at once, and supervise</title>`,
    `<style>text{font:13px system-ui,"DejaVu Sans",Verdana,sans-serif;fill:${INK}}polyline{fill:none;stroke-width:2;stroke-linejoin:round}</style>`,
    legend(LEFT, 16, COLOUR.loop, loop.words),
    legend(LEFT, 34, COLOUR.supervise, supervise.words),
    band(0, fullAt, 'answers late', 0.12),
    band(fullAt, wellAt, 'no connection to be had', 0.24),
    text((xOf(wellAt) + WIDTH - RIGHT) / 2, first - 28, 'the store is well again', 'middle'),
    ...panels.map((panel) => drawPanel(panel, from, seconds, xOf)),
    ...ticks(from, from + seconds).map((tick) => text(xOf(tick), bottom + 16, String(tick), 'middle')),
    text(WIDTH - RIGHT, bottom + 34, 'seconds since the trouble began', 'end'),
    '</svg>\n',
  ].join('\n');
}

function drawPanel({ title, y, loop, supervise }: Panel, from: number, seconds: number, xOf: (s: number) => number) {
  const most = Math.max(LEAST_TOP, ...loop, ...supervise);
  const yOf = (value: number): number => y + PANEL.height - (value / most) * PANEL.height;
  // A count is of a whole second, so it is drawn as one.
  const line = (values: readonly number[], colour: string): string => {
    const points = values
      .slice(0, seconds)
      .flatMap((value, index) => [from + index, from + index + 1].map((s) => `${at(xOf(s))},${at(yOf(value))}`));
    return `<polyline stroke="${colour}" points="${points.join(' ')}"/>`;
  };
  const rule = (value: number): string =>
    `<path d="M${LEFT} ${at(yOf(value))}H${WIDTH - RIGHT}" stroke="${INK}" opacity="0.5"/>` +
    text(LEFT - 6, yOf(value) + 4, String(value), 'end');
  return [
    text(LEFT, y - 8, title, 'start'),
    rule(0),
    rule(most),
    line(loop, COLOUR.loop),
    line(supervise, COLOUR.supervise),
  ].join('\n');
}

const legend = (x: number, y: number, colour: string, words: string): string =>
  `<path d="M${x} ${y - 4}h22" stroke="${colour}" stroke-width="3"/>${text(x + 30, y, words, 'start')}`;

const ticks = (from: number, to: number): readonly number[] =>
  Array.from({ length: Math.floor(to / 5) + 1 }, (_, index) => index * 5).filter((tick) => tick >= from && tick <= to);

const text = (x: number, y: number, words: string, anchor: 'start' | 'middle' | 'end'): string =>
  `<text x="${at(x)}" y="${at(y)}" text-anchor="${anchor}">${words}</text>`;

const at = (value: number): string => String(Math.round(value * 10) / 10);
