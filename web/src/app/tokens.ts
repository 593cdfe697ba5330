import * as tokens from '@cloudscape-design/design-tokens';

/** Cloudscape's colours for our own style sheets; they follow the theme. */
const COLOURS: Readonly<Record<string, string>> = {
  text: tokens.colorTextBodyDefault,
  'text-secondary': tokens.colorTextBodySecondary,
  background: tokens.colorBackgroundLayoutMain,
  surface: tokens.colorBackgroundContainerContent,
  border: tokens.colorBorderDividerDefault,
  accent: tokens.colorBorderItemSelected,
  selected: tokens.colorBackgroundItemSelected,
  added: tokens.colorTextStatusSuccess,
  removed: tokens.colorTextStatusError,
};

/** On the body, for that is where the theme's class stands. */
export function nameColours(): void {
  for (const [name, value] of Object.entries(COLOURS)) document.body.style.setProperty(`--gloss-${name}`, value);
}
