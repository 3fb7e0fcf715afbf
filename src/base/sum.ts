/** FNV-1a, 32 bits: detects accidental changes. (zlib has a crc32, but costs a supervisor 0.4 MB.) */
export function sumOf(text: string): number {
  let sum = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193);
  return sum >>> 0;
}
