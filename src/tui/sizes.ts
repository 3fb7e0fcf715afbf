/** What there is room for. */
import type { Size } from './screen.ts';

export const SMALLEST: Size = { width: 40, height: 8 };
/** From this width on the selected instance is shown beside the list. */
const WIDE = 110;
/** From this height on its log is shown below the list. */
const TALL = 18;

export const isTooSmall = ({ width, height }: Size): boolean => width < SMALLEST.width || height < SMALLEST.height;

export const isWide = ({ width }: Size): boolean => width >= WIDE;

/** There is room for only one of list, detail and log. */
export const isShort = (size: Size): boolean => !isWide(size) && size.height < TALL;
