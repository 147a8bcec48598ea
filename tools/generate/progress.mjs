/** What `npm run generate` says on stderr while it works: one line per stage, per tenth of it, per step. */

/** @returns {(event: import('../../src/pipeline/progress').ProgressEvent) => string | null} null says nothing new */
export function progressLines() {
  let lastLine = '';
  return (event) => {
    const line = lineOf(event);
    if (line === lastLine) return null;
    lastLine = line;
    return line;
  };
}

/** @param {import('../../src/pipeline/progress').ProgressEvent} event */
function lineOf(event) {
  switch (event.type) {
    case 'stage':
      return `${event.stage} ${wholeTenths(event.fraction)}%`;
    case 'weights':
      return `weights ${wholeTenths(event.loadedBytes / event.totalBytes)}% (${event.source})`;
    case 'step':
      return `denoise step ${event.step}/${event.steps}`;
    case 'plan': {
      const { widthPx, heightPx, columns, rows, refinePasses, upscalePasses } = event.plan;
      const doublings = refinePasses + upscalePasses;
      return `plan ${widthPx}x${heightPx}: ${doublings} doublings, ${columns} x ${rows} tiles`;
    }
    case 'tile':
    case 'thumbnail':
      // The command asks for no previews, and the stage tells how far the tiles are.
      return '';
    case 'notice':
      return event.message;
  }
}

/** @param {number} fraction */
function wholeTenths(fraction) {
  return Math.floor(fraction * 10) * 10;
}
