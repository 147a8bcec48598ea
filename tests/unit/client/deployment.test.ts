import { describe, expect, test } from 'vitest';
import { readDeployment } from '../../../src/client/deployment';

/** A page with these `<meta>` elements, as far as it is read. */
function page(settings: Readonly<Record<string, string>>): Document {
  const querySelector = (selector: string) => {
    const content = settings[/"tessera-(.+)"/.exec(selector)?.[1] ?? ''];
    return content === undefined ? null : { getAttribute: () => content };
  };
  return { querySelector } as unknown as Document;
}

describe('what the owner of a page decides', () => {
  test('is nothing by default', () => {
    expect(readDeployment(page({}))).toEqual({
      budget: {},
      hostedOrigin: null,
      keys: 'any',
      mirrorUrl: null,
      policy: null,
    });
  });

  test.each(['https://kiosk.example', 'https://kiosk.example/models/', 'http://kiosk.local/'])(
    'may be where models come from: %s',
    (mirror) => {
      expect(readDeployment(page({ mirror })).mirrorUrl).toBe(mirror);
    },
  );

  test.each([
    ['mirror', 'kiosk.example'],
    ['mirror', 'file:///models/'],
    ['hosted', 'getimg'],
    ['budget', 'five'],
    ['keys', 'some'],
  ])('counts for nothing less than it says: %s %s', (name, content) => {
    expect(() => readDeployment(page({ [name]: content }))).toThrowError(
      expect.objectContaining({ code: 'invalid_parameter', param: `tessera-${name}` }),
    );
  });
});
