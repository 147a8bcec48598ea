import { describe, expect, it } from 'vitest';
import { CATALOG, findModel } from '../../../src/models/catalog';

describe('catalog', () => {
  it('finds every model by its id', () => {
    for (const model of CATALOG) expect(findModel(model.id)).toBe(model);
  });

  it('refuses an unknown id', () => {
    expect(() => findModel('seedream-9')).toThrowError(
      expect.objectContaining({ code: 'invalid_parameter', param: 'model' }),
    );
  });

  it.each(CATALOG)('$id plans every resolution it offers', (model) => {
    for (const resolution of model.resolutions) expect(model.routes[resolution]).toBeDefined();
  });
});
