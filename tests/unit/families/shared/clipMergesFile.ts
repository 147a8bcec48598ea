/** What the product serves as /tokenizers/clip-merges.txt. */
import { readFileSync } from 'node:fs';
import { CLIP_MODULE, clipMerges } from '../../../../vite.config';

export const MERGES = clipMerges(readFileSync(CLIP_MODULE, 'utf8'));
