import { expect, it } from 'vitest';
import { dollars } from '../../../../src/ui/account/money';

it('money is shown with cents, and with as many more decimals as it has', () => {
  expect(['0', '9.96', '1234.5', '0.0025', '-0.04'].map(dollars)).toEqual([
    '$0.00',
    '$9.96',
    '$1,234.50',
    '$0.0025',
    '-$0.04',
  ]);
});
