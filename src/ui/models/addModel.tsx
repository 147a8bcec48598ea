/** A model that is not in the list, by its address. */
import { useState } from 'preact/hooks';
import { toPlainError } from '../../api/errors';
import type { Studio } from '../studio';

export function AddModel({ studio }: { readonly studio: Studio }) {
  const [problem, setProblem] = useState<string | null>(null);
  const [isLooking, setLooking] = useState(false);
  const add = async (form: HTMLFormElement) => {
    if (isLooking) return;
    setLooking(true);
    setProblem(null);
    try {
      const { name } = await studio.library.add(String(new FormData(form).get('url') ?? '').trim());
      // The list may still be on its way from the disk, without the new one.
      await studio.library.refresh();
      form.reset();
      studio.announce(`${name} is in the list now.`);
    } catch (thrown) {
      setProblem(toPlainError(thrown).message);
    } finally {
      setLooking(false);
    }
  };
  return (
    <form
      class="add-model"
      onSubmit={(event) => {
        event.preventDefault();
        void add(event.currentTarget);
      }}
    >
      <label for="model-address">
        Add a model by the address of its manifest, or of a folder as diffusers lays it out
      </label>
      <div class="model-row">
        <input id="model-address" name="url" type="url" required placeholder="https://…/manifest.json" />
        <button type="submit" class="button" aria-disabled={isLooking}>
          {isLooking ? 'Looking…' : 'Add'}
        </button>
      </div>
      {problem !== null && (
        <p class="error-text" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}
