/** What the product serves as /tokenizers/clip-merges.txt. */
import { readFileSync } from 'node:fs';
import { CLIP_MODULE, clipMerges } from '../../../../tools/clipMerges.mjs';

export const MERGES = clipMerges(readFileSync(CLIP_MODULE, 'utf8'));
