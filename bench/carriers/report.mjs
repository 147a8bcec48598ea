/** The carriers' figures as a table, with the aims beside. */

/** @typedef {{ iframe: import('./run.mjs').CarrierCost[], validation: import('./validation.mjs').ValidationTimes }} CarrierResult */

/** @param {CarrierResult} result */
export function formatCarriers({ iframe, validation }) {
  const rows = iframe.map(({ sizeBytes, directMs, carriedMs, extraMs }) => {
    const aimMs = 20 + 0.05 * directMs;
    return `${(sizeBytes / 1e6).toFixed(1)} MB over an iframe: ${carriedMs.toFixed(1)} ms, direct ${directMs.toFixed(1)} ms, extra ${extraMs.toFixed(1)} ms (aim: at most ${aimMs.toFixed(1)})`;
  });
  const { requests, medianMs, p99Ms } = validation;
  return [
    ...rows,
    `Checking a request, ${requests} of them: median ${medianMs.toFixed(3)} ms, p99 ${p99Ms.toFixed(3)} ms (aim: 1)`,
  ].join('\n');
}
