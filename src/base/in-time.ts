/** The result if it is in time; otherwise that of `late`, which is called only then. */
export async function inTime<T, L>(done: Promise<T>, limitMs: number, late: () => L): Promise<T | L> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<L>((resolve) => {
    timer = setTimeout(() => {
      resolve(late());
    }, limitMs);
  });
  try {
    return await Promise.race([done, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
