import type { Schemas } from '../../api/client';
import { text } from '../../messages';
import { list } from '../../messages/format';

const { why } = text.library;

/** Why an image was found. */
export function Why({ hit }: { hit: Schemas['Hit'] }) {
  const { colorShare, matched } = hit;
  if (matched.length > 0) {
    const fields = matched.map((field) => why.fields[field]);
    return <span>{why.matched(list(fields))}</span>;
  }
  return <span>{colorShare ? why.share(colorShare) : why.meaning}</span>;
}
