/** What can be done with a model of the list, told to those who do not see it. What goes wrong is shown beside the model. */
import { type PlainError, toPlainError } from '../../api/errors';
import type { ModelListing } from '../../client/library';
import type { ModelEntry } from '../../models/types';
import type { Studio } from '../studio';
import { bytesInWords } from './sizes';
import { fractionOf, quarterPassed } from './words';

/** Downloads a model, or goes on where it stopped. Its licence was accepted with the button. */
export async function getModel(studio: Studio, { id, name }: ModelEntry): Promise<void> {
  await acceptLicence(studio, id);
  studio.announce(`Getting ${name}.`);
  const endTelling = tellQuarters(studio, id);
  const error = await failureOf(studio.library.get(id));
  endTelling();
  if (error === null) studio.announce(`${name} is on this machine now.`);
  else if (error.code === 'cancelled')
    studio.announce(`${name} is paused. ${bytesInWords(listingOf(studio, id)?.storedBytes ?? 0)} are here.`);
}

export async function checkModel(studio: Studio, { id, name }: ModelEntry): Promise<void> {
  const report = await studio.library.check(id).catch(() => null);
  if (!report) return;
  const { checkedChunks, repairedChunks } = report;
  const repaired = repairedChunks === 0 ? 'all as they were published' : `${repairedChunks} repaired`;
  studio.announce(`${name}: ${checkedChunks} pieces checked, ${repaired}.`);
}

/** Returns the files that are still missing. */
export async function importModel(
  studio: Studio,
  { id, name }: ModelEntry,
  files: readonly File[],
): Promise<readonly string[]> {
  await acceptLicence(studio, id);
  studio.announce(`Taking the files of ${name}.`);
  const report = await studio.library.importFiles(id, files).catch(() => null);
  if (report?.missing.length === 0) studio.announce(`${name} is complete.`);
  return report?.missing ?? [];
}

/** Whoever draws with it draws with the page's own model from then on. */
export async function removeModel(studio: Studio, { id, name }: ModelEntry): Promise<void> {
  await studio.library.remove(id);
  studio.announce(`${name} was deleted.`);
}

/** Every quarter, not every tick. Returns what ends it. */
function tellQuarters(studio: Studio, id: string): () => void {
  let before = 1;
  return studio.library.onChange(() => {
    const listing = listingOf(studio, id);
    const after = listing && fractionOf(listing);
    if (listing?.state !== 'downloading' || after === null || after === undefined) return;
    const percent = quarterPassed(before, after);
    before = after;
    if (percent !== null) studio.announce(`${listing.entry.name}: ${percent}% are here.`);
  });
}

async function acceptLicence(studio: Studio, id: string): Promise<void> {
  if (!listingOf(studio, id)?.licenceAccepted) await studio.library.acceptLicence(id);
}

function listingOf({ library }: Studio, id: string): ModelListing | undefined {
  return library.list().find(({ entry }) => entry.id === id);
}

function failureOf(work: Promise<unknown>): Promise<PlainError | null> {
  return work.then(() => null, toPlainError);
}
