/** `1 line`, `5 lines`. */
export const counted = (number: number, one: string, many: string): string => `${number} ${number === 1 ? one : many}`;
