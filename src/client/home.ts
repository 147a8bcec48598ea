/** Where requests of SDKs belong that were made for another address. */

/**
 * SDKs ask at addresses of their own, such as the hosted API's: all routes lead to the API below `baseUrl`. Anything else
 * stays as it is; what is relative is relative to `baseUrl`.
 */
export function atHome(input: RequestInfo | URL, baseUrl: string): Request | URL {
  const url = input instanceof Request ? new URL(input.url) : new URL(input, baseUrl);
  const [, route] = /^https?:\/\/[^/]+(?:\/.*)?\/(v[12]\/.+)$/.exec(url.href) ?? [];
  if (route === undefined || url.href.startsWith(baseUrl)) return input instanceof Request ? input : url;
  const home = new URL(route, baseUrl);
  return input instanceof Request ? new Request(home, input) : home;
}
