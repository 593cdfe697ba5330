/**
 * All that the console says. Another language is another object of the type `Messages`; what takes numbers or
 * names is a function, so that plurals and word order are the language's own affair.
 */
import { en } from './en';

export type Messages = typeof en;

export const text: Messages = en;
