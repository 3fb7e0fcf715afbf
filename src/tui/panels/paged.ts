/** A text that may be longer than its space: its title says that there is more. */
import { span, titleRule } from '../cells.ts';
import type { Line, Size, Span } from '../screen.ts';

export function pagedPanel(
  title: readonly Span[],
  lines: readonly Line[],
  top: number,
  { width, height }: Size,
): readonly Line[] {
  const room = height - 1;
  const first = topWithin(top, lines.length, room);
  const more = lines.length > first + room ? [span('↓ more', 'key')] : first > 0 ? [span('↑ more', 'key')] : [];
  return [titleRule([...title, ...more], width), ...lines.slice(first, first + room)];
}

/** The first row drawn if `top` is requested: no row stays empty that could be filled. */
export const topWithin = (top: number, lines: number, room: number): number => Math.max(0, Math.min(top, lines - room));
