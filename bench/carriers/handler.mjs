/** Answers as the API does for a finished picture, without drawing: what the way costs is all that is measured. */

/** @type {Map<number, Blob>} */
const pictures = new Map();

/**
 * @param {Request} request `POST …/images/generations?bytes=N`, then the link it answers with
 * @returns {Promise<Response>}
 */
export async function answer(request) {
  const { pathname, searchParams, origin } = new URL(request.url);
  const sizeBytes = Number(searchParams.get('bytes'));
  if (pathname.includes('/v2/downloads/')) {
    const picture = pictureOf(sizeBytes);
    return new Response(picture, { headers: { 'Content-Type': picture.type, 'Content-Length': String(picture.size) } });
  }
  await request.text();
  return Response.json({ data: [{ url: `${origin}/v2/downloads/req-1/0?bytes=${sizeBytes}` }] });
}

/** @param {number} sizeBytes */
function pictureOf(sizeBytes) {
  const known = pictures.get(sizeBytes);
  if (known) return known;
  const bytes = new Uint8Array(sizeBytes);
  for (let index = 0; index < sizeBytes; index += 65_536) crypto.getRandomValues(bytes.subarray(index, index + 65_536));
  const picture = new Blob([bytes], { type: 'image/png' });
  pictures.set(sizeBytes, picture);
  return picture;
}
