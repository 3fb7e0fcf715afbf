import { expect, it } from 'vitest';
import type { Role } from '../../../src/tui/screen.ts';
import { lookOf } from '../../../src/tui/theme.ts';

const ROLES: readonly Role[] = ['plain', 'strong', 'faint', 'title', 'good', 'busy', 'warning', 'bad', 'key', 'input'];

it('states are told apart by colour', () => {
  const colours = (['good', 'busy', 'warning', 'bad', 'faint'] as const).map((role) => lookOf({ role }).fg);

  expect(new Set(colours).size).toBe(colours.length);
});

it.each(ROLES)('%s on the bar of the selection relies on no colour of the user', (role) => {
  const { fg, bg } = lookOf({ role, isSelected: true });

  // Below 16 they are whatever the user has set.
  expect(fg).toBeGreaterThanOrEqual(16);
  expect(bg).toBeGreaterThanOrEqual(16);
});

it.each(['match', 'match-here'] as const)(
  '%s stands on a ground of its own, and relies on no colour of the user',
  (role) => {
    for (const isSelected of [undefined, true as const]) {
      const { fg, bg } = lookOf({ role, ...(isSelected && { isSelected }) });

      expect(fg).toBeGreaterThanOrEqual(16);
      expect(bg).toBeGreaterThanOrEqual(16);
    }
  },
);

it.each(ROLES)('%s elsewhere leaves the ground as it is', (role) => {
  expect(lookOf({ role }).bg).toBeUndefined();
});
