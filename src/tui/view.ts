/** model -> screen. Pure; builds only what is visible. */
import { fitLine, measure, span } from './cells.ts';
import { asciiLine } from './glyphs.ts';
import { isWhyDue } from './kept-why.ts';
import { layout, type Area, type PanelName } from './layout.ts';
import type { Model } from './model.ts';
import { detailPanel } from './panels/detail.ts';
import { FILTER_PROMPT, filterLines } from './panels/filter.ts';
import { footerLines } from './panels/footer.ts';
import { headLines, TROUBLE_ROW } from './panels/head.ts';
import { listLines } from './panels/list.ts';
import { logLines, SEARCH_PROMPT, typedSearch } from './panels/log.ts';
import { questionPanel, typedBefore } from './panels/question.ts';
import { readingPanel } from './panels/reading.ts';
import { toldLines } from './panels/told.ts';
import type { Line, Screen, Size, Span } from './screen.ts';
import { isTooSmall, SMALLEST } from './sizes.ts';

/** As many lines as the terminal has rows, each exactly as wide. */
export function view(model: Model): Screen {
  const { size, connection, glyphs } = model;
  const areas = layout(model);
  const rows: Span[][] = Array.from({ length: Math.max(0, size.height) }, () => []);
  if (isTooSmall(size)) rows[0]?.push(...tooSmallLine(size));
  const isOld = connection.is === 'lost';
  for (const area of areas) {
    const lines = PANELS[area.panel](model, area);
    for (let row = 0; row < area.height; row++) {
      const line = fitLine(lines[row] ?? [], area.width);
      rows[area.y + row]?.push(...(isOld && !isNews(area.panel, row) ? line.map(fade) : line));
    }
  }
  const lines = glyphs === 'ascii' ? rows.map(asciiLine) : rows;
  return { lines, cursor: cursorOf(model, areas), dimmed: isOld };
}

/** Would time alone change the picture, or make a request due, within a second? If not, one look a minute is enough. */
export function isMoving(model: Model): boolean {
  if (isWhyDue(model)) return true;
  const later = { ...model, now: model.now + 1_000 };
  // Usually it is the clock, and the rest need not be built.
  return !isTooSmall(model.size) && (differ(headOf(model), headOf(later)) || differ(view(model), view(later)));
}

const headOf = (model: Model): readonly Line[] => headLines(model, model.size.width);

const differ = (before: unknown, after: unknown): boolean => JSON.stringify(before) !== JSON.stringify(after);

const PANELS: Readonly<Record<PanelName, (model: Model, size: Size) => readonly Line[]>> = {
  head: (model, { width }) => headLines(model, width),
  filter: filterLines,
  list: listLines,
  divider: (_, { height }) => Array.from({ length: height }, () => [span('│', 'faint')]),
  detail: detailPanel,
  log: logLines,
  question: questionPanel,
  reading: readingPanel,
  told: (model, { width }) => toldLines(model, width),
  footer: footerLines,
};

const tooSmallLine = ({ width }: Size): Line =>
  fitLine([span(`${SMALLEST.width}x${SMALLEST.height} needed; q leaves`, 'warning')], width);

/** What is not outdated without an answer: the notice of that, and what the user was just told. */
const isNews = (panel: PanelName, row: number): boolean =>
  (panel === 'head' && row >= TROUBLE_ROW) || panel === 'told' || panel === 'footer' || panel === 'reading';

const fade = (part: Span): Span => ({ ...part, role: 'faint' });

function cursorOf(model: Model, areas: readonly Area[]): Screen['cursor'] {
  const { mode } = model;
  const at = (panel: PanelName, text: string, last: boolean): Screen['cursor'] => {
    const area = areas.find((each) => each.panel === panel);
    if (area === undefined) return null;
    const row = last ? Math.min(PANELS[panel](model, area).length, area.height) - 1 : 0;
    return { x: area.x + Math.min(measure(text), area.width - 1), y: area.y + row };
  };
  if (mode.is === 'filtering') return at('filter', FILTER_PROMPT + model.filter, false);
  if (mode.is === 'searching') {
    const width = areas.find(({ panel }) => panel === 'log')?.width ?? 0;
    return at('log', SEARCH_PROMPT + typedSearch(model, width), true);
  }
  if (mode.is === 'asking' && 'typed' in mode.question) return at('question', typedBefore(mode.question), true);
  return null;
}
