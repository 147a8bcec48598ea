/** A Request whose body arrives piece by piece, also where the browser cannot make one. */

type StreamingInit = RequestInit & { readonly duplex: 'half' };

/** Firefox and Safari turn a stream into the text "[object ReadableStream]"; it then gets a content type. */
let streamsAreSupported: boolean | null = null;

export async function requestWithStream(
  url: string,
  init: RequestInit & { readonly body: ReadableStream<Uint8Array<ArrayBuffer>> | null },
): Promise<Request> {
  if (init.body === null) return new Request(url, init);
  streamsAreSupported ??= !streaming('http://localhost/', { method: 'POST', body: new ReadableStream() }).headers.has(
    'content-type',
  );
  if (streamsAreSupported) return streaming(url, init);
  return new Request(url, { ...init, body: await new Response(init.body).arrayBuffer() });
}

function streaming(url: string, init: RequestInit): Request {
  const half: StreamingInit = { ...init, duplex: 'half' };
  return new Request(url, half);
}
