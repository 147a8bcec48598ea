/** How far a download is, for people: a bar that stays in its line on a terminal, elsewhere a line for each tenth. */

/** @typedef {import('../../src/client/library').LibraryProgress} LibraryProgress */

const BAR_CELLS = 24;
const CLEAR_LINE = '\r\x1b[2K';

const STATES = { waiting: 'waiting', downloading: '', checking: 'checking', paused: 'paused', offline: 'no network' };

/**
 * @param {Pick<NodeJS.WriteStream, 'write' | 'isTTY'>} stream
 * @returns {{ report: (progress: LibraryProgress) => void, end: () => void }}
 */
export function downloadReporter(stream) {
  let lastTenth = -1;
  let isOpen = false;
  return {
    report(progress) {
      if (stream.isTTY) {
        stream.write(CLEAR_LINE + downloadLine(progress));
        isOpen = true;
        return;
      }
      const tenth = Math.floor((shareOf(progress) ?? 0) * 10);
      if (tenth > lastTenth) stream.write(`${downloadLine(progress)}\n`);
      lastTenth = Math.max(lastTenth, tenth);
    },
    /** What is said next begins in a line of its own. */
    end() {
      if (isOpen) stream.write('\n');
      isOpen = false;
    },
  };
}

/**
 * @param {LibraryProgress} progress
 * @example downloadLine({ … }) // '[######------------------]  25%  0.63 of 2.51 GB  24.1 MB/s  1:18 left'
 */
export function downloadLine(progress) {
  const { state, loadedBytes, totalBytes, bytesPerSecond, secondsLeft } = progress;
  const share = shareOf(progress);
  const parts = [
    share === null ? '' : `${bar(share)} ${String(Math.floor(share * 100)).padStart(3)}%`,
    totalBytes === null ? inWords(loadedBytes, loadedBytes) : `${amountOf(loadedBytes, totalBytes)}`,
    state === 'downloading' && bytesPerSecond !== null ? `${(bytesPerSecond / 1e6).toFixed(1)} MB/s` : STATES[state],
    state === 'downloading' && secondsLeft !== null ? `${clock(secondsLeft)} left` : '',
  ];
  return parts.filter((part) => part !== '').join('  ');
}

/** @param {LibraryProgress} progress */
function shareOf({ loadedBytes, totalBytes }) {
  return totalBytes ? Math.min(1, loadedBytes / totalBytes) : null;
}

/** @param {number} share */
function bar(share) {
  const cells = Math.floor(share * BAR_CELLS);
  return `[${'#'.repeat(cells)}${'-'.repeat(BAR_CELLS - cells)}]`;
}

/**
 * Both in the unit of the whole.
 *
 * @param {number} loadedBytes
 * @param {number} totalBytes
 */
function amountOf(loadedBytes, totalBytes) {
  return `${inWords(loadedBytes, totalBytes).split(' ', 1)[0]} of ${inWords(totalBytes, totalBytes)}`;
}

/**
 * @param {number} bytes
 * @param {number} whole decides the unit
 */
function inWords(bytes, whole) {
  if (whole >= 1e9) return `${(bytes / 1e9).toFixed(2)} GB`;
  return whole >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e3).toFixed(0)} kB`;
}

/** @param {number} seconds */
function clock(seconds) {
  const [hours, minutes, rest] = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map(Math.floor);
  const two = (/** @type {number | undefined} */ part) => String(part).padStart(2, '0');
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
