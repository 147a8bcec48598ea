/**
 * XMP packets: the prompt and the program where every reader looks for them, all parameters as JSON in one property of
 * ours. Read back without an XML parser, which workers and Node do not have.
 */

interface Packet {
  readonly description: string;
  readonly creatorTool: string;
  readonly json: string;
}

const OURS = 'tessera:Parameters';

/** What is not a `Char` of XML 1.0. */
const NOT_XML = /[^\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** What some readers of XML forbid or take for the end of a line. */
const NOT_PLAIN = /[\x7f-\x9f\u2028\u2029\ufffe\uffff]/g;

/** No padding and no dates: the same parameters give the same bytes. */
export function xmpPacket({ description, creatorTool, json }: Packet): Uint8Array<ArrayBuffer> {
  const xml = `<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:tessera="urn:tessera:parameters:1/">
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">${escaped(xmlText(description))}</rdf:li></rdf:Alt></dc:description>
<xmp:CreatorTool>${escaped(xmlText(creatorTool))}</xmp:CreatorTool>
<${OURS}>${escaped(json.replace(NOT_PLAIN, jsonEscape))}</${OURS}>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>`;
  return new TextEncoder().encode(xml);
}

/** Text that any reader of XML or PNG takes: what they forbid becomes the replacement character. */
export function xmlText(text: string): string {
  return text.replace(NOT_XML, '\ufffd');
}

/** Our property is an element as we write it; programs that save pictures anew make it an attribute. */
const FORMS = [
  [`<${OURS}>`, '<'],
  [` ${OURS}="`, '"'],
  [` ${OURS}='`, "'"],
] as const;

export function jsonInXmp(packet: Uint8Array): string | null {
  const xml = new TextDecoder().decode(packet);
  for (const [before, after] of FORMS) {
    const start = xml.indexOf(before) + before.length;
    const end = xml.indexOf(after, start);
    if (start >= before.length && end >= 0) return unescaped(xml.slice(start, end));
  }
  return null;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (character) => ({ '&': '&amp;', '<': '&lt;' })[character] ?? '&gt;');
}

function unescaped(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-f]{1,6});/gi, (entity, name) => {
    if (!name.startsWith('#')) return ENTITIES[name] ?? entity;
    const codePoint = Number(`0${name.slice(1)}`);
    return codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : entity;
  });
}

/** Such characters stand in strings only, where JSON has a spelling for them. Below U+0020 it always uses it. */
function jsonEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
