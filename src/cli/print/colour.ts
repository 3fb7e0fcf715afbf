/** The meaning of a colour. */
export type Role = 'good' | 'bad' | 'warning' | 'busy' | 'faint' | 'strong';

const SGR: Readonly<Record<Role, readonly [on: number, off: number]>> = {
  good: [32, 39],
  bad: [31, 39],
  warning: [33, 39],
  busy: [36, 39],
  faint: [2, 22],
  strong: [1, 22],
};

/** Gives a text the colour of its role; leaves it alone if colours are off. */
export type Colour = (role: Role, text: string) => string;

/** Does a stream get colours? FORCE_COLOR and NO_COLOR decide, else a terminal does. */
export function wantsColour(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  const force = env.FORCE_COLOR;
  if (force !== undefined && force !== '') return force !== '0' && force !== 'false';
  const no = env.NO_COLOR;
  if (no !== undefined && no !== '') return false;
  return isTerminal && env.TERM !== 'dumb';
}

export const colourer = (on: boolean): Colour =>
  on ? (role, text) => (text === '' ? '' : `\u001b[${SGR[role][0]}m${text}\u001b[${SGR[role][1]}m`) : (_, text) => text;

/** A name always has the same of six colours, whatever else is shown. */
export function colourOfName(name: string, text: string, on: boolean): string {
  if (!on) return text;
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 6;
  return `\u001b[${31 + sum}m${text}\u001b[39m`;
}
