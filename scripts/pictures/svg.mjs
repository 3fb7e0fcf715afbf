// The output of `tmux capture-pane -e -p` (text with SGR sequences) -> SVG, still or, with several frames, animated by CSS.

const CELL = { width: 9, height: 19, ascent: 14 };
const MARGIN = 8;
const COLOURS = { text: '#d4d4d4', ground: '#16181d' };

/** `frames`: { text, seconds }; all of one size. `columns`, `rows`: of the terminal. */
export function toSvg(frames, { columns, rows }) {
  const width = columns * CELL.width + 2 * MARGIN;
  const height = rows * CELL.height + 2 * MARGIN;
  const whole = frames.reduce((sum, { seconds }) => sum + seconds, 0);
  const drawn = frames.map(({ text }, index) => {
    const inside = styledRows(text).slice(0, rows).map(drawRow).join('');
    return frames.length === 1 ? inside : `<g class="f f${index}">${inside}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<style>text{font:15px "DejaVu Sans Mono",Menlo,Consolas,monospace;white-space:pre}${frames.length > 1 ? turns(frames, whole) : ''}</style>`,
    `<rect width="${width}" height="${height}" rx="6" fill="${COLOURS.ground}"/>`,
    `<g transform="translate(${MARGIN} ${MARGIN})">`,
    ...drawn,
    '</g></svg>\n',
  ].join('\n');
}

/** Each frame is hidden except during its turn. */
function turns(frames, whole) {
  let at = 0;
  const rules = frames.map(({ seconds }, index) => {
    const from = (100 * at) / whole;
    at += seconds;
    const to = (100 * at) / whole;
    const shown = `${from.toFixed(2)}%{visibility:visible}${to.toFixed(2)}%{visibility:hidden}`;
    return `@keyframes k${index}{0%{visibility:hidden}${shown}}.f${index}{animation-name:k${index}}`;
  });
  return `.f{visibility:hidden;animation:${whole}s step-end infinite}${rules.join('')}`;
}

function drawRow(row, index) {
  const y = index * CELL.height;
  let column = 0;
  let out = '';
  for (const { text, style } of row) {
    const cells = cellsOf(text);
    const x = column * CELL.width;
    const { fill, ground } = paintOf(style);
    if (ground !== null)
      out += `<rect x="${x}" y="${y}" width="${cells * CELL.width}" height="${CELL.height}" fill="${ground}"/>`;
    if (text.trim() !== '')
      out += `<text xml:space="preserve" x="${x}" y="${y + CELL.ascent}" fill="${fill}" textLength="${cells * CELL.width}"${style.bold ? ' font-weight="bold"' : ''}${style.underline ? ' text-decoration="underline"' : ''}>${escape(text)}</text>`;
    column += cells;
  }
  return out;
}

/** Rows of runs in one style. A style continues from row to row until a sequence changes it. */
function styledRows(text) {
  let style = {};
  return text.split('\n').map((row) => {
    const runs = [];
    for (const [, sequence, letters] of row.matchAll(/\x1b\[([\d;]*)m|([^\x1b]+)/g)) {
      if (letters === undefined) style = restyle(style, sequence.split(';').map(Number));
      else runs.push({ text: letters.replace(/[\x0e\x0f]/g, ''), style });
    }
    return runs;
  });
}

function restyle(before, codes) {
  const style = { ...before };
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at];
    if (code === 0) for (const key of Object.keys(style)) delete style[key];
    else if (code === 1) style.bold = true;
    else if (code === 2) style.faint = true;
    else if (code === 4) style.underline = true;
    else if (code === 7) style.inverse = true;
    else if (code === 22) style.bold = style.faint = false;
    else if (code === 24) style.underline = false;
    else if (code === 27) style.inverse = false;
    else if (code === 39) delete style.fg;
    else if (code === 49) delete style.bg;
    else if (code === 38 || code === 48) {
      style[code === 38 ? 'fg' : 'bg'] = codes[at + 2];
      at += 2; // 38;5;N: true colour is never requested
    } else if (code >= 30 && code <= 37) style.fg = code - 30;
    else if (code >= 40 && code <= 47) style.bg = code - 40;
    else if (code >= 90 && code <= 97) style.fg = code - 82;
    else if (code >= 100 && code <= 107) style.bg = code - 92;
  }
  return style;
}

function paintOf({ fg, bg, inverse, faint }) {
  const text = fg === undefined ? COLOURS.text : colourOf(fg);
  const ground = bg === undefined ? null : colourOf(bg);
  if (inverse) return { fill: ground ?? COLOURS.ground, ground: text };
  return { fill: faint ? '#7f848e' : text, ground };
}

const BASIC = [
  ...['#1e2127', '#e06c75', '#98c379', '#e5c07b', '#61afef', '#c678dd', '#56b6c2', '#abb2bf'],
  ...['#7f848e', '#ff7b86', '#b5e08f', '#f0d08a', '#7fc1ff', '#d792ea', '#6fd0dc', '#ffffff'],
];

/** One of the 256 colours of xterm: 16 named ones, a cube of six steps, 24 greys. */
function colourOf(number) {
  if (number < 16) return BASIC[number];
  const hex = (value) => value.toString(16).padStart(2, '0');
  if (number >= 232) return `#${hex(8 + 10 * (number - 232)).repeat(3)}`;
  const step = (value) => (value === 0 ? 0 : 55 + 40 * value);
  const cube = number - 16;
  return `#${[Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map((value) => hex(step(value))).join('')}`;
}

/** Our pictures have no letters two cells wide. */
const cellsOf = (text) => [...text].length;

const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
