/** What the model can and cannot do, said before anybody is disappointed. */
import type { ModelEntry } from '../models/types';
import { LiveWords } from './livePreview/liveSwitch';
import type { Store } from './store';
import type { Vocabulary } from './vocabulary';

export function Abilities({ store }: { readonly store: Store }) {
  const vocabulary = store.vocabulary.value;
  const model = store.model.value;
  return (
    <section class="abilities" aria-labelledby="abilities-title">
      <h2 id="abilities-title">What it can draw</h2>
      {model.weights.type === 'published' && <Published model={model} />}
      <p>
        Pocket is a small model that ships with this page and runs on your machine; nothing you type leaves it. Name a
        thing and, if you like, its colour, a style and a plain background. Given a picture, it changes it (“make it
        blue”); given several, it combines them (“the object of image 1 in the style of image 2”). It does not do
        photographs, people you know, lettering or busy scenes.
      </p>
      <LiveWords store={store} />
      {vocabulary && <WordLists vocabulary={vocabulary} />}
    </section>
  );
}

function Published({ model: { name, licence, images } }: { readonly model: ModelEntry }) {
  return (
    <p>
      {name} draws now. Its authors made it and{' '}
      <a href={licence.url} target="_blank" rel="noreferrer">
        its licence
      </a>{' '}
      says what its pictures may be used for. It runs on your machine too, and takes words
      {images === 'none' ? '.' : images === 'start' ? ', and a picture to start from.' : ', and pictures to look at.'}
    </p>
  );
}

function WordLists({ vocabulary }: { readonly vocabulary: Vocabulary }) {
  const { concepts, colours, styles, backgrounds, sizes, placements, lighting, people } = vocabulary;
  const lists: readonly (readonly [string, readonly string[]])[] = [
    ['Things', concepts],
    ['Colours', colours],
    ['Styles', styles],
    ['Backgrounds', backgrounds],
    ['Sizes', sizes],
    ['Places', placements],
    ['Light', lighting],
    ['People', people],
  ];
  return (
    <details>
      <summary>All words it has learned ({vocabulary.concepts.length} things)</summary>
      <dl class="word-lists">
        {lists.map(
          ([name, words]) =>
            words.length > 0 && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{words.join(', ')}</dd>
              </div>
            ),
        )}
      </dl>
    </details>
  );
}
