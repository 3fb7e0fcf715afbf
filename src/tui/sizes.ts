/** What there is room for. */
import type { Size } from './screen.ts';

export const SMALLEST: Size = { width: 40, height: 8 };
/** From here on the selected one stands beside the list. */
const WIDE = 110;
/** From here on its log stands below the list. */
const TALL = 18;

export const isTooSmall = ({ width, height }: Size): boolean => width < SMALLEST.width || height < SMALLEST.height;

export const isWide = ({ width }: Size): boolean => width >= WIDE;

/** Only one of list, detail and log has room. */
export const isShort = (size: Size): boolean => !isWide(size) && size.height < TALL;
