/** Bytes, speeds and times as people say them. */

/** @example bytesInWords(881_000_000) // '0.9 GB' */
export function bytesInWords(bytes: number): string {
  if (bytes >= 1e8) return `${(bytes / 1e9).toFixed(1)} GB`;
  return bytes >= 1e6 ? `${Math.round(bytes / 1e6)} MB` : `${Math.ceil(bytes / 1e3)} KB`;
}

/** @example timeInWords(95) // 'about 2 minutes' */
export function timeInWords(seconds: number): string {
  if (seconds < 1.5) return 'about a second';
  if (seconds < 50) return `about ${Math.round(seconds)} seconds`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return minutes <= 1 ? 'about a minute' : `about ${minutes} minutes`;
  return `about ${Math.round(minutes / 60)} hours`;
}
