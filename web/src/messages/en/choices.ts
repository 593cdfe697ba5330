/** Words for choices that several pages offer. */
export const choices = {
  providers: { heuristic: 'Without AI', openai: 'OpenAI', bedrock: 'Amazon Bedrock' },
  policies: {
    keep_human: 'Keep what people wrote',
    always: 'Replace what machines wrote',
    only_empty: 'Only fill what is empty',
    if_better: 'Replace only with better ones',
  },
  explained: {
    keep_human: 'New texts replace those of a machine; a field that a person wrote stays.',
    always: 'New texts replace those of a machine, whatever they are like.',
    only_empty: 'Nothing that is filled is touched.',
    if_better: 'A new text replaces an old one of a machine where it scores higher.',
  },
};

/** Languages that are offered; the browser knows their names. */
export const LANGUAGES = ['en', 'de', 'fr', 'es', 'it', 'pt', 'nl', 'pl', 'sv', 'da', 'ja', 'zh'];
