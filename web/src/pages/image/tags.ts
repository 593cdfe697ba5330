const LONGEST = 64;
const MOST = 50;

/** The tags with what was typed, which may be several with commas between. None twice, whatever its case. */
export function withTags(tags: readonly string[], typed: string): string[] {
  const all = [...tags, ...typed.split(',').map((tag) => tag.trim().slice(0, LONGEST))].filter(Boolean);
  const distinct = new Map<string, string>();
  for (const tag of all) if (!distinct.has(tag.toLowerCase())) distinct.set(tag.toLowerCase(), tag);
  return [...distinct.values()].slice(0, MOST);
}
