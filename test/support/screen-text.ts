import type { Role, Screen } from '../../src/tui/screen.ts';
import { measure } from '../../src/tui/cells.ts';

/**
 * A screen as a readable file: its text, and beside each row the roles of its parts, so that a wrong colour shows as a wrong word. The
 * selected row has a `>`, the cursor its place.
 */
export function screenText(screen: Screen): string {
  const text = screen.lines.map((line) => `|${line.map((part) => part.text).join('')}|`);
  const roles = screen.lines.map((line, row) => {
    const selected = line.some((part) => part.isSelected) ? '>' : ' ';
    return `${String(row + 1).padStart(3)}${selected}${line.map((part) => LETTERS[part.role].repeat(measure(part.text))).join('')}`.trimEnd();
  });
  const cursor = screen.cursor === null ? 'hidden' : `row ${screen.cursor.y + 1}, column ${screen.cursor.x + 1}`;
  const legend = Object.entries(LETTERS)
    .filter(([role]) => role !== 'plain')
    .map(([role, letter]) => `${letter} ${role}`);
  const notes = [`cursor ${cursor}${screen.dimmed ? ', dimmed' : ''}`, `roles: ${legend.join(', ')}`];
  return [...text, '', ...notes, ...roles, ''].join('\n');
}

const LETTERS: Readonly<Record<Role, string>> = {
  plain: ' ',
  strong: 's',
  faint: '.',
  title: 'T',
  good: 'g',
  busy: 'b',
  warning: 'w',
  bad: 'X',
  key: 'k',
  input: 'i',
  match: 'm',
  'match-here': 'M',
};
