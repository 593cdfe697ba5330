import { auth } from './auth';
import { choices } from './choices';
import { common } from './common';
import { image } from './image';
import { jobs } from './jobs';
import { library } from './library';
import { regenerate } from './regenerate';
import { settings } from './settings';
import { uploads } from './uploads';
import { usage } from './usage';

/** Everything that is said in English, by part of the console. */
export const en = { auth, choices, common, image, jobs, library, regenerate, settings, uploads, usage };
