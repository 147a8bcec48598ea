/** What can be done with a model of the list, told to those who do not see it. What goes wrong is shown beside the model. */
import type { ModelEntry } from '../../models/types';
import type { Studio } from '../studio';

/** Downloads a model, or goes on where it stopped. */
export async function getModel({ library, announce }: Care, { id, name }: ModelEntry): Promise<void> {
  announce(`Getting ${name}.`);
  if (await succeeds(library.get(id))) announce(`${name} is on this machine now.`);
}

export async function checkModel({ library, announce }: Care, { id, name }: ModelEntry): Promise<void> {
  const report = await library.check(id).catch(() => null);
  if (!report) return;
  const { checkedChunks, repairedChunks } = report;
  const repaired = repairedChunks === 0 ? 'all as they were published' : `${repairedChunks} repaired`;
  announce(`${name}: ${checkedChunks} pieces checked, ${repaired}.`);
}

export async function importModel({ library, announce }: Care, { id, name }: ModelEntry, files: readonly File[]) {
  const report = await library.importFiles(id, files).catch(() => null);
  if (!report) return;
  const { length } = report.missing;
  announce(length === 0 ? `${name} is complete.` : `Of ${name} ${length} files are still missing.`);
}

/** Whoever draws with it draws with Pocket from then on. */
export async function removeModel(studio: Studio, { id, name }: ModelEntry): Promise<void> {
  if (id === studio.model.id) studio.useModel('pocket');
  await studio.library.remove(id);
  studio.announce(`${name} was deleted.`);
}

export interface Care {
  readonly library: Studio['library'];
  readonly announce: (text: string) => void;
}

export function careOf(studio: Studio): Care {
  return { library: studio.library, announce: (text) => studio.announce(text) };
}

function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}
