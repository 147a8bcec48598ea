/** Pictures that the user gives: kept as addresses of this page, let go when they are not needed any more. */
import type { InputPicture, Store } from '../store';

export function addInputs(store: Store, files: readonly File[]): void {
  for (const file of files) useInput(store, { url: URL.createObjectURL(file), name: file.name });
}

/** The newest are kept, as many as the model looks at. A mask belongs to the picture it was made for. */
export function useInput({ inputs, mask, model }: Store, picture: InputPicture): void {
  const all = [...inputs.value.filter(({ url }) => url !== picture.url), picture];
  inputs.value = all.slice(-model.value.maxReferences);
  mask.value = null;
}

export function removeInput({ inputs, mask }: Store, url: string): void {
  inputs.value = inputs.value.filter((picture) => picture.url !== url);
  if (inputs.value.length === 0) mask.value = null;
}

export function useMask({ mask }: Store, file: File | null): void {
  mask.value = file && { url: URL.createObjectURL(file), name: file.name };
}
