/** A model that is not in the list, by its address. */
import { useState } from 'preact/hooks';
import { toPlainError } from '../../api/errors';
import type { Studio } from '../studio';

export function AddModel({ studio }: { readonly studio: Studio }) {
  const [problem, setProblem] = useState<string | null>(null);
  const add = async (form: HTMLFormElement) => {
    const url = String(new FormData(form).get('url') ?? '').trim();
    try {
      const { name } = await studio.library.add(url);
      form.reset();
      setProblem(null);
      studio.announce(`${name} is in the list now.`);
    } catch (thrown) {
      setProblem(toPlainError(thrown).message);
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
        <button type="submit" class="button">
          Add
        </button>
      </div>
      {problem !== null && <p role="alert">{problem}</p>}
    </form>
  );
}
