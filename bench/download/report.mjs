/** The download's figures as lines, with the aim beside. */

/** @typedef {{ sizeBytes: number, times: import('./run.mjs').DownloadTimes[] }} DownloadResult */

/** @param {DownloadResult} result */
export function formatDownload({ sizeBytes, times }) {
  return times
    .map(({ bytesPerSecond, plainMs, keptMs, ratio }) => {
      const server = bytesPerSecond === null ? 'as fast as it can' : `at ${bytesPerSecond / 1e6} MB/s`;
      const aim = bytesPerSecond === null ? '' : ' (aim: at least 0.95)';
      const speed = (sizeBytes / 1e6 / (keptMs / 1000)).toFixed(0);
      return `${sizeBytes / 1e6} MB from a server ${server}: plain ${plainMs.toFixed(0)} ms, kept ${keptMs.toFixed(0)} ms, ${speed} MB/s, ratio ${ratio.toFixed(2)}${aim}`;
    })
    .join('\n');
}
