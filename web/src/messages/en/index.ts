import { auth } from './auth';
import { common } from './common';
import { image } from './image';
import { library } from './library';
import { regenerate } from './regenerate';
import { uploads } from './uploads';

/** Everything that is said in English, by part of the console. */
export const en = { auth, common, image, library, regenerate, uploads };
