import { text } from '../messages';

const { title, text: explanation, reload } = text.common.errors.start;

/** In place of the console where it, or a part without which there is none, could not be loaded. */
export function StartFault() {
  return (
    <main className="start-fault" role="alert">
      <h1>{title}</h1>
      <p>{explanation}</p>
      <button type="button" onClick={() => window.location.reload()}>
        {reload}
      </button>
    </main>
  );
}
