import { auth } from './auth';
import { common } from './common';
import { library } from './library';

/** Everything that is said in English, by part of the console. */
export const en = { auth, common, library };
