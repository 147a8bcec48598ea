/** Which addresses models may come from, and which address is meant by the page that people copy it from. */

/** https, or a server of this machine. */
export function isModelUrl({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname));
}

/** What huggingface.co shows to people, and what it calls the same thing for programs. */
const HUB_PAGE = /^\/([\w.-]+)\/([\w.-]+?)(?:\/(?:tree|blob)\/([^/]+)(\/.*)?)?\/?$/;

/**
 * The address of the files themselves, where it is a repository's page on huggingface.co; any other as it is.
 *
 * @example filesUrl(new URL('https://huggingface.co/nmkd/some-onnx')).href // '…/nmkd/some-onnx/resolve/main/'
 */
export function filesUrl(url: URL): URL {
  const page = url.hostname === 'huggingface.co' ? HUB_PAGE.exec(url.pathname) : null;
  if (!page) return url;
  const [, owner, repository, revision = 'main', path = '/'] = page;
  return new URL(`/${owner}/${repository}/resolve/${revision}${path}`, url);
}
