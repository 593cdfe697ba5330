import { auth } from './auth';
import { common } from './common';
import { image } from './image';
import { jobs } from './jobs';
import { library } from './library';
import { regenerate } from './regenerate';
import { settings } from './settings';
import { studio } from './studio';
import { uploads } from './uploads';
import { usage } from './usage';

/** Everything that is said in English, by part of the console. */
export const en = { auth, common, image, jobs, library, regenerate, settings, studio, uploads, usage };
