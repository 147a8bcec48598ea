/** How to ask for pictures from code. */
import { codeExamples } from './codeExamples';
import { CopyButton } from './copyButton';
import type { PanelProps } from './panel';

export function CodePanel({ studio }: PanelProps) {
  return (
    <>
      <p class="account-note">
        Tessera answers the requests of the hosted API and of OpenAI’s image API. The{' '}
        <a href={`${import.meta.env.BASE_URL}docs`}>reference</a> has every field.
      </p>
      {codeExamples(new URL(import.meta.env.BASE_URL, document.baseURI).href).map(({ title, note, code }) => (
        <div key={title} class="code-example">
          <h3>{title}</h3>
          <p class="account-note">{note}</p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
          <section class="code" tabIndex={0} aria-label={`Code: ${title}`}>
            <pre>{code}</pre>
          </section>
          <CopyButton studio={studio} text={code} what={`the code for: ${title}`} />
        </div>
      ))}
    </>
  );
}
