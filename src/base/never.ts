/** Closes a switch: it does not compile as long as a case is missing. */
export function never(value: never): never {
  throw new Error(`this case cannot be: ${JSON.stringify(value)}`);
}
