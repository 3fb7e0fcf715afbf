/** The time, with its day unless that is today. */
export function clock(at: string, now: number): string {
  const time = new Date(at);
  const day = time.toDateString() === new Date(now).toDateString() ? '' : `${time.toDateString().slice(4, 10)} `;
  return day + time.toTimeString().slice(0, 8);
}
