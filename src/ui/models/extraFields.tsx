/** What only some models take: what to avoid, how strictly to follow the words, pictures to start from or to look at. */
import type { Studio } from '../studio';
import { PictureInputs } from './pictureInputs';
import { Slider } from './slider';

export function ExtraFields({ studio }: { readonly studio: Studio }) {
  const { model, negativePrompt, guidance } = studio.store;
  const { extensions, images, defaults } = model.value;
  return (
    <>
      {extensions.includes('negative_prompt') && (
        <div class="field">
          <label for="negative-prompt">What should not be in it?</label>
          <input
            id="negative-prompt"
            type="text"
            maxLength={4096}
            placeholder="For example: text, frame, blur"
            value={negativePrompt.value}
            onInput={({ currentTarget }) => {
              negativePrompt.value = currentTarget.value;
            }}
          />
        </div>
      )}
      {extensions.includes('guidance') && (
        <Slider
          id="guidance"
          label="How strictly to follow the words"
          range={{ min: 1, max: 15, step: 0.5 }}
          value={guidance.value ?? defaults.guidance ?? 1}
          onInput={(value) => {
            guidance.value = value;
          }}
        />
      )}
      {images !== 'none' && <PictureInputs studio={studio} />}
    </>
  );
}
