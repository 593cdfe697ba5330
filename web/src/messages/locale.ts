/** The language that the console speaks: what is said (`messages/en`), and how numbers, dates and names are written. */
export const locale = 'en';
