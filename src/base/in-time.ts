/** What it comes to, if that is in time; else what `late` says, which is called then and not otherwise. */
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
