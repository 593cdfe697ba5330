import './main.css';

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { App } from './app/App';
import { applyTheme } from './app/theme';
import { configureAuth } from './auth/session';
import { loadConfig } from './config';

applyTheme();

const config = await loadConfig();
configureAuth(config);

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App config={config} />
    </StrictMode>,
  );
}
