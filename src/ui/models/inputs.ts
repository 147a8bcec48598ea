/** Pictures that the user gives: kept as addresses of this page, let go when they are not needed any more. */
import { batch } from '@preact/signals';
import type { InputPicture, Store, StudioPicture } from '../store';

/** What the API reads. */
export const PICTURE_TYPES: readonly string[] = ['image/png', 'image/jpeg', 'image/webp'];

/** The newest are kept, as many as the model looks at. Returns those that are no pictures, by name. */
export function addInputs(store: Store, files: readonly File[]): readonly string[] {
  const pictures = files.filter(({ type }) => PICTURE_TYPES.includes(type));
  const added = pictures.map((file) => ({ url: URL.createObjectURL(file), name: file.name }));
  if (added.length > 0) {
    const all = [...store.inputs.value, ...added];
    const kept = all.slice(-store.model.value.maxReferences);
    revokeInputs(all.slice(0, all.length - kept.length));
    keep(store, kept);
  }
  return files.filter((file) => !pictures.includes(file)).map(({ name }) => name);
}

/** A copy: the picture itself may be removed from the session. */
export async function useShown(store: Store, { answer, prompt }: StudioPicture): Promise<void> {
  const blob = await (await fetch(answer.data[0]?.url ?? '')).blob();
  addInputs(store, [new File([blob], prompt.slice(0, MOST_NAME_CHARACTERS), { type: blob.type })]);
}

const MOST_NAME_CHARACTERS = 80;

export function removeInput(store: Store, url: string): void {
  revokeInputs(store.inputs.value.filter((picture) => picture.url === url));
  keep(
    store,
    store.inputs.value.filter((picture) => picture.url !== url),
  );
}

/** Models tell pictures apart by their order. */
export function moveInput(store: Store, url: string, by: -1 | 1): void {
  const all = [...store.inputs.value];
  const from = all.findIndex((picture) => picture.url === url);
  const [moved, other] = [all[from], all[from + by]];
  if (!moved || !other) return;
  all[from] = other;
  all[from + by] = moved;
  keep(store, all);
}

export function useMask({ mask }: Store, file: File | null): void {
  if (mask.value) revokeInputs([mask.value]);
  mask.value = file && { url: URL.createObjectURL(file), name: file.name };
}

export function revokeInputs(pictures: readonly InputPicture[]): void {
  for (const { url } of pictures) URL.revokeObjectURL(url);
}

/** A mask belongs to the first picture, and goes with it. */
function keep(store: Store, pictures: readonly InputPicture[]): void {
  batch(() => {
    if (store.inputs.value[0] !== pictures[0]) useMask(store, null);
    store.inputs.value = pictures;
  });
}
