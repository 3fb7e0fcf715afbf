import { describe, expect, it } from 'vitest';
import { view } from '../../src/tui/view.ts';
import { screenText } from '../support/screen-text.ts';
import { freshModel, use } from '../support/screens.ts';
import { SITUATIONS } from '../support/situations.ts';

const SIZES = [
  { width: 40, height: 10 },
  { width: 80, height: 24 },
  { width: 120, height: 40 },
];

describe.each(SIZES)('at $width x $height', (size) => {
  it.each(Object.entries(SITUATIONS))('%s looks as it should', async (name, { messages, given }) => {
    const { model } = use(freshModel({ size, ...given }), messages);

    await expect(screenText(view(model))).toMatchFileSnapshot(
      `screens/${name.replaceAll(' ', '-')}.${size.width}x${size.height}.txt`,
    );
  });
});
