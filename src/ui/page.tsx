/** The whole page. The order here is the order of reading, of the Tab key, and of a narrow screen. */
import { useEffect } from 'preact/hooks';
import { Abilities } from './abilities';
import { AccountSection } from './account/accountSection';
import { Controls } from './controls';
import { Easel } from './easel';
import { HistoryStrip } from './historyStrip';
import { useLazy } from './lazy';
import { NoticeList } from './noticeList';
import { OpenPicture } from './openPicture';
import { PictureDetails } from './pictureDetails';
import { StatusStrip } from './statusStrip';
import type { Studio } from './studio';

export function Page({ studio }: { readonly studio: Studio }) {
  useEscapeToCancel(studio);
  const { modelsAreOpen } = studio.store;
  const ModelsDialog = useLazy(async () => (await import('./models/modelsDialog')).ModelsDialog, modelsAreOpen.value);
  return (
    <div class="page">
      <header class="masthead">
        <img src={`${import.meta.env.BASE_URL}icon.svg`} alt="" width={32} height={32} />
        <h1>Tessera</h1>
        <p>Pictures from words, drawn on your own machine.</p>
      </header>
      <main>
        <section class="stand" aria-label="Picture">
          <Easel studio={studio} />
          <StatusStrip store={studio.store} />
        </section>
        <div class="panel">
          <Controls studio={studio} />
          <OpenPicture studio={studio} />
          <NoticeList store={studio.store} />
        </div>
        <div class="aftermath">
          <PictureDetails studio={studio} />
          <HistoryStrip studio={studio} />
          <Abilities store={studio.store} />
          <AccountSection studio={studio} account={studio.account} />
        </div>
      </main>
      {ModelsDialog && <ModelsDialog studio={studio} />}
      <p class="visually-hidden" role="status">
        {studio.store.announcement.value}
      </p>
    </div>
  );
}

function useEscapeToCancel(studio: Studio): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      // In a dialog it closes the dialog.
      if (event.key === 'Escape' && !document.querySelector('dialog[open]')) studio.cancel();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [studio]);
}
