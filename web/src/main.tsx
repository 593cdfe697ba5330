import './main.css';

import { StrictMode, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';

import { App } from './app/App';
import { StartFault } from './app/StartFault';
import { applyTheme } from './app/theme';
import { configureAuth, mayBeSignedIn } from './auth/session';
import { loadConfig } from './config';
import { locale } from './messages/locale';

applyTheme();
document.documentElement.lang = locale;

/** What the console begins with: itself, or why it cannot begin. */
async function begin(): Promise<ReactNode> {
  try {
    const config = await loadConfig();
    configureAuth(config);
    return <App config={config} />;
  } catch {
    return <StartFault />;
  }
}

// Loaded beside the configuration; where it does not arrive, `App` says so.
if (mayBeSignedIn()) import('./app/Session').catch(() => undefined);

const root = document.getElementById('root');
if (root) createRoot(root).render(<StrictMode>{await begin()}</StrictMode>);
